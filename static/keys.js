// Move by keyboard: / to search, j and k from row to row, ? for what there is, Esc to close.
//
// Rule: a key means nothing of ours while somebody types, nor with Ctrl, Alt or Meta held; and the keys that are
// single characters can be switched off, for as long as this browser remembers (WCAG 2.1.4).

const ROWS = ".row, [data-row]";
const FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";
const SEARCHES = "[data-find], form.filters [name=find], #nhs_number";
const SWITCH = "trustline-keys";

const byKey = { "/": toSearch, j: () => step(1), k: () => step(-1), "?": help };
const always = { ArrowDown: () => inARow() && step(1), ArrowUp: () => inARow() && step(-1), Escape: leaveField };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return; // its own Esc closes it
  const typing = event.target.closest?.(FIELDS);
  if (typing && event.key !== "Escape") return;
  const move = always[event.key] ?? (areOn() ? byKey[event.key] : undefined);
  if (move?.()) event.preventDefault();
});

// ── The switch ──────────────────────────────────────────────────────────────

// A browser that keeps nothing, or may not, has the keys on and cannot remember otherwise.
function areOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
}

function turn(on) {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    return;
  }
  document.querySelectorAll("[data-keys]").forEach(say);
}

function say(place) {
  const on = areOn();
  place.hidden = false;
  place.querySelector("[data-keys-said]").textContent = on ? "Single keys are on in this browser." : "Single keys are off in this browser.";
  place.querySelector("button").textContent = on ? "Turn single keys off" : "Turn single keys on";
}

addEventListener("click", (event) => {
  if (event.target.closest?.("[data-keys] button")) turn(!areOn());
});
document.querySelectorAll("[data-keys]").forEach(say);

// ── Searching ───────────────────────────────────────────────────────────────

function toSearch() {
  const field = [...document.querySelectorAll(SEARCHES)].find((one) => one.checkVisibility());
  if (field) {
    field.focus();
    field.select?.();
    uncover(field);
    return true;
  }
  const link = document.querySelector('a[href="/find"]');
  link?.click();
  return Boolean(link);
}

function leaveField() {
  const field = document.activeElement?.closest?.(FIELDS);
  field?.blur();
  return false; // whatever else Esc does there, it does
}

// ── From row to row ─────────────────────────────────────────────────────────

function rows() {
  const marked = [...document.querySelectorAll(ROWS)];
  const all = marked.length ? marked : [...document.querySelectorAll("main tbody tr")];
  return all.filter((row) => row.checkVisibility());
}

const inARow = () => rows().some((row) => row.contains(document.activeElement));

// From the row that has the focus; without one, from the first that can be read.
function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const row = at >= 0 ? all[at + by] : all.find((one) => one.getBoundingClientRect().top >= coveredTo(one));
  if (!row) return false;
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest", behavior: "instant" });
  uncover(row);
  return true;
}

// What sticks to the top, of the window or of a table that scrolls, never lies over what has the focus (WCAG 2.4.11).
function uncover(element) {
  const table = scrollerOf(element);
  for (let tries = 0; tries < 6; tries += 1) {
    const covered = Math.ceil(coveredTo(element) - element.getBoundingClientRect().top);
    if (covered <= 0) return;
    const up = { top: -covered - 6, behavior: "instant" }; // 6: the ring around what has the focus
    if (table?.scrollTop > 0) table.scrollBy(up);
    else scrollBy(up);
  }
}

function scrollerOf(element) {
  let one = element.parentElement;
  while (one && one !== document.body) {
    if (one.scrollHeight > one.clientHeight && ["auto", "scroll"].includes(getComputedStyle(one).overflowY)) return one;
    one = one.parentElement;
  }
  return null;
}

// How far down whatever sticks reaches over this element; 0 when nothing lies over it.
function coveredTo(element) {
  const box = element.getBoundingClientRect();
  const left = Math.max(box.left, scrollerOf(element)?.getBoundingClientRect().left ?? 0);
  const x = Math.min(Math.max(left + 12, 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + 1, 1), innerHeight - 1);
  const lies = document.elementsFromPoint(x, y).filter((one) => !element.contains(one) && sticks(one));
  return Math.max(0, ...lies.map((one) => one.getBoundingClientRect().bottom));
}

const sticks = (one) => ["sticky", "fixed"].includes(getComputedStyle(one).position) && !one.closest("dialog");

addEventListener("focusin", (event) => {
  if (event.target.matches?.("main *:focus-visible")) uncover(event.target);
});

// ── Help ────────────────────────────────────────────────────────────────────

// The words stand once, on a page that also works without script.
function help() {
  const asked = new XMLHttpRequest();
  asked.open("GET", "/keyboard");
  asked.responseType = "document";
  asked.addEventListener("load", () => show(asked.response?.querySelector("#keys")));
  asked.addEventListener("error", () => location.assign("/keyboard"));
  asked.send();
  return true;
}

function show(keys) {
  if (!keys) return location.assign("/keyboard");
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  const before = document.activeElement;
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-heading");
  close.className = "nhsuk-button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(document.importNode(keys, true), close);
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.querySelectorAll("[data-keys]").forEach(say);
  dialog.showModal();
}
