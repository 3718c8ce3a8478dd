// The timeline while the trusts answer.
//
// Rule: what is being read never moves. For a second after the first rows appear, and until
// the reader touches anything, rows take their places at once. After that a row that would
// land inside or above what is in view waits behind a bar until the reader says "Show".

const SETTLING = 1000;
const policy = window.trustedTypes?.createPolicy("trustline", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

const byId = (id) => document.getElementById(id);
const [strip, summary, days, foot, arrivals, counts, missing, entry, lacking] =
  ["strip", "summary", "days", "foot", "arrivals", "counts", "missing", "entry", "lacking"].map(byId);
const [top_, service] = [".top", ".service"].map((one) => document.querySelector(one));
const form = document.querySelector("form.filters");
const hiddenSaid = document.querySelectorAll("[data-hidden]"); // at the top of the window, and at the foot of every sheet
const whole = document.querySelector("[data-whole]");
const columns = document.querySelector(".columns");
const newsLine = byId("news");
const noneCritical = byId("none-critical");
const blocks = ["critical", "corrected"].map((name) => ({ name, element: byId(name), pins: new Map(), drawn: "" })); // key → { sort, html }

const rows = new Map(); // key → { element, sort, day, digest }: what stands on the page
const rowOf = (element) => rows.get(element.dataset.report);
const sections = []; // the days that stand on the page, newest first
const months = []; // what holds the days of a month: of 5,000 days the browser would weigh each one whenever it draws
const held = new Map(); // key → what waits: a row as it came, or null for one to be taken away
let reading = false;
let settled = null; // the timer that began with the first rows
let waiting = "";
let following = 0; // rows of the last step that are still to come
let complete = false;
let finished = "";
let broken = false;
let stream = null;

// ── Reading ─────────────────────────────────────────────────────────────────

function nowReading() {
  reading = rows.size > 0; // before the first row there is nothing to read
  document.documentElement.classList.toggle("reading", reading);
}
for (const touch of ["wheel", "touchmove", "keydown", "pointerdown", "focusin"]) {
  addEventListener(touch, nowReading, { passive: true, capture: true });
}

const viewTop = () => top_.getBoundingClientRect().bottom + parseFloat(document.documentElement.style.getPropertyValue("--above") || "0");
const inView = (box, from, till = innerHeight) => box.bottom > from && box.top < till && box.height > 0;

function rowsInView(till = innerHeight) {
  const from = viewTop();
  const isSeen = (element) => inView(element.getBoundingClientRect(), from, till);
  const seen = monthsInView(from, till).flatMap((month) => [...month.children].filter(isSeen));
  return seen.flatMap((day) => [...day.querySelectorAll(".row")].filter(isSeen));
}

// The months in view, without asking where any other is: to say where a month far away is, the browser lays it out.
function monthsInView(from, till) {
  const area = days.getBoundingClientRect();
  if (area.bottom <= from) return [];
  let at = area.top >= from ? 0 : months.indexOf(monthAt(from));
  if (at < 0) return months.filter((month) => inView(month.getBoundingClientRect(), from, till)); // nothing can be hit, as while a dialog is open
  const seen = [];
  for (let box; at < months.length && (box = months[at].getBoundingClientRect()).top < till; at += 1) {
    if (inView(box, from, till)) seen.push(months[at]);
  }
  return seen;
}

function monthAt(from) {
  const left = days.getBoundingClientRect().left + 1;
  for (let y = from + 1; y < innerHeight; y += 8) {
    const month = document.elementsFromPoint(left, y).map((one) => one.closest(".month")).find(Boolean);
    if (month) return month;
  }
  return null;
}

// Do something to the page, and keep the first row in view where it was; while no row is in view, whatever of ours is.
// Browsers scroll by whole pixels; the part of a pixel that is owed is paid the next time.
let owed = 0;
let scrolled = 0; // by us, since the last step came
function keepingStill(change) {
  const anchor = reading ? (rowsInView()[0] ?? [newsLine, counts, arrivals].find((one) => inView(one.getBoundingClientRect(), viewTop()))) : null;
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (!anchor?.isConnected) return;
  const shift = anchor.getBoundingClientRect().top - before + owed;
  owed = shift - Math.round(shift);
  scrolled += Math.round(shift);
  if (Math.round(shift)) scrollBy({ top: Math.round(shift), behavior: "instant" });
}

// ── Rows ────────────────────────────────────────────────────────────────────

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

// Where something goes in a list that stands in descending order: the first place that is not above it.
function placeIn(count, isAbove) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAbove(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function monthOf(day) {
  const name = day.slice(0, 7);
  const at = placeIn(months.length, (n) => months[n].dataset.month > name);
  if (months[at]?.dataset.month === name) return months[at];
  const month = document.createElement("div");
  month.className = "month";
  month.dataset.month = name;
  days.insertBefore(month, months[at] ?? null);
  months.splice(at, 0, month);
  return month;
}

function sectionOf(day, heading) {
  const at = placeIn(sections.length, (n) => sections[n].dataset.day > day);
  if (sections[at]?.dataset.day === day) return sections[at];
  const section = document.createElement("section");
  section.className = "day";
  section.dataset.day = day;
  const title = section.appendChild(document.createElement("h2"));
  title.append(`${heading} `, document.createElement("span"));
  section.append(document.createElement("ol"));
  const month = monthOf(day);
  month.insertBefore(section, sections[at]?.parentElement === month ? sections[at] : null);
  sections.splice(at, 0, section);
  return section;
}

function place(row) {
  remove(row.key);
  const list = sectionOf(row.day, row.heading).lastElementChild;
  const at = placeIn(list.children.length, (n) => rowOf(list.children[n]).sort > row.sort);
  list.insertBefore(row.element, list.children[at] ?? null);
  rows.set(row.key, row);
}

function remove(key) {
  const old = rows.get(key);
  if (!old) return;
  const section = old.element.closest(".day");
  old.element.remove();
  rows.delete(key);
  if (section.querySelector(".row")) return;
  const month = section.parentElement;
  section.remove();
  sections.splice(sections.indexOf(section), 1);
  if (month.children.length) return;
  month.remove();
  months.splice(months.indexOf(month), 1);
}

// Take what came: at once where it disturbs nobody, else behind the bar.
function arrive(news, removed) {
  keepRoom(counts); // said shorter, it keeps its room
  pin(news, removed);
  keepingStill(drawPins);
  // Where a line at the top has just scrolled the page, rows that far below are held still, too: the browser counts them.
  const lowest = reading ? rowsInView(innerHeight + Math.max(0, scrolled)).at(-1) : null;
  const disturbs = (sort) => lowest && sort >= rowOf(lowest).sort;
  const [now, wanted] = [[], chosen()];
  const fresh = news.filter((one) => rows.get(one.key)?.digest !== one.digest);
  const elements = [...parse(fresh.map((one) => one.html).join("")).children];
  for (const [n, sent] of fresh.entries()) {
    const row = { ...sent, html: "", element: elements[n] };
    const old = rows.get(row.key);
    held.delete(row.key);
    const wouldBeSeen = !hides(row, wanted) || (old && !old.element.hidden);
    if (wouldBeSeen && (disturbs(row.sort) || (old && disturbs(old.sort)))) {
      held.set(row.key, row);
    } else now.push(row);
  }
  for (const key of removed) {
    held.delete(key);
    if (rows.has(key) && !rows.get(key).element.hidden && disturbs(rows.get(key).sort)) held.set(key, null);
  }
  keepingStill(() => {
    removed.filter((key) => !held.has(key)).forEach(remove);
    now.forEach(place);
    sift();
  });
  if (rows.size) settled ??= setTimeout(nowReading, SETTLING);
}

function showHeld() {
  const waited = [...held];
  held.clear();
  waited.forEach(([key, row]) => (row ? place(row) : remove(key)));
  sift();
  tell();
  const newest = waited.map(([, row]) => row).filter(Boolean).sort((a, b) => (a.sort < b.sort ? 1 : -1))[0];
  const element = newest && rows.get(newest.key)?.element;
  element?.scrollIntoView({ block: "nearest" });
  element?.focus({ preventScroll: true });
}

// ── What stands at the top, whatever is chosen or waits behind the bar ──────

function pin(news, removed) {
  for (const { name, pins } of blocks) {
    for (const row of news) row[name] ? pins.set(row.key, { sort: row.sort, html: row[name] }) : pins.delete(row.key);
    removed.forEach((key) => pins.delete(key));
  }
}

// Draw again only what has changed: somebody may be in one of the lines.
function drawPins() {
  for (const block of blocks) {
    const html = [...block.pins.values()].sort((a, b) => (a.sort < b.sort ? 1 : -1)).map((one) => one.html).join("");
    if (block.drawn === html) continue;
    block.drawn = html;
    block.element.hidden = !html;
    block.element.querySelector("[data-count]").textContent = block.pins.size.toLocaleString("en-GB");
    block.element.querySelector("ol").replaceChildren(...parse(html).children);
  }
  const critical = blocks[0].pins.size;
  noneCritical.hidden = critical > 0;
  lacking.querySelector("[data-critical]").textContent = critical ? ` · ${critical.toLocaleString("en-GB")} critical` : "";
}

function leadToFirstNew() {
  const fresh = [...rows.values()].filter((row) => row.since === "new").sort((a, b) => (a.sort < b.sort ? 1 : -1));
  const first = fresh.find((row) => !row.element.hidden);
  const link = newsLine.querySelector("[data-first-new]");
  link.hidden = !first;
  if (first) link.setAttribute("href", `#${first.element.id}`); // not by hash: the address changes as filters are chosen
}

// ── What is chosen ──────────────────────────────────────────────────────────

const plain = (text) => text.replace(/\s+/g, " ").trim().toLowerCase();

function chosen() {
  const [kind, trust, flag] = [form.kind.value, form.trust.value, form.flag.value];
  return { kind, trust, flag, since: form.period.selectedOptions[0].dataset.since, words: plain(form.find.value) };
}

// Why a row is hidden, or "". The same order and words as viewer/pages/filters.py.
function hides({ element, day, wordy, also }, { kind, trust, flag, since, words }) {
  if (kind && element.dataset.kind !== kind) return "of another kind";
  if (trust && element.dataset.trust !== trust) return "from other trusts";
  if (day < since.slice(0, day.length)) return "older";
  if (flag && !("flagged" in element.dataset)) return wordy ? "without results that carry flags" : "not flagged by the laboratory";
  if (words && !plain(`${element.textContent} ${also ?? ""}`).includes(words)) return "without these words";
  return "";
}

// Where the words do not stand on a row, it says where they do. As viewer/pages/filters.py.
function leadOn({ element, also }, { words }) {
  if (!also) return;
  element.querySelector(".sought")?.remove();
  if (!words || plain(element.textContent).includes(words)) return;
  const said = document.createElement("p");
  said.className = "own sought";
  said.textContent = "The words sought stand in the whole report.";
  element.querySelector(".found").append(said);
}

function sift() {
  const [reasons, wanted] = [{}, chosen()];
  let shown = 0;
  for (const row of rows.values()) {
    leadOn(row, wanted);
    const why = hides(row, wanted);
    if (row.element.hidden !== Boolean(why)) row.element.hidden = Boolean(why);
    if (why) reasons[why] = (reasons[why] ?? 0) + 1;
    else shown += 1;
  }
  for (const section of sections) {
    const count = section.querySelectorAll(".row:not([hidden])").length;
    if (section.hidden !== (count === 0)) section.hidden = count === 0;
    const [said, now] = [section.querySelector("h2 span"), `${count} ${count === 1 ? "report" : "reports"}`];
    if (said.textContent !== now) said.textContent = now;
  }
  for (const month of months) {
    const standing = month.querySelectorAll(".day:not([hidden])").length;
    month.style.containIntrinsicBlockSize = `auto ${standing * 8}rem`; // until it has been drawn once
  }
  days.classList.toggle("many", sections.length >= 60); // what is far from the view is not laid out
  columns.hidden = isWhole() && !rows.size;
  leadToFirstNew();
  count(shown, reasons);
}

function count(shown, reasons) {
  const fresh = [...held].filter(([key, row]) => row && !rows.has(key)).length;
  if (fresh) reasons["newly arrived"] = fresh;
  if (following) reasons[broken ? "not obtained" : "still being drawn"] = following;
  for (const one of [counts, summary]) one.setAttribute("aria-busy", following > 0 && !broken); // the last is read out, and not each
  const hidden = Object.values(reasons).reduce((sum, n) => sum + n, 0);
  const why = Object.entries(reasons).map(([reason, n]) => `${n.toLocaleString("en-GB")} ${reason}`).join(", ");
  counts.replaceChildren(bold(shown.toLocaleString("en-GB")), " shown · ", bold(`${hidden.toLocaleString("en-GB")} hidden`), why ? `: ${why}` : "");
  if (hidden > following) counts.append(" · ", showAllLink(shown + hidden)); // nothing brings sooner what is on its way
  for (const one of hiddenSaid) one.textContent = hidden ? ` · ${hidden.toLocaleString("en-GB")} hidden` : "";
  markLacking();
}

// One line at the top says what is missing or hidden, wherever the reader has scrolled to.
function markLacking() {
  const isSome = strip.querySelector(".gap, .waiting, .not-agreed") || lacking.querySelector("[data-hidden]").textContent;
  lacking.classList.toggle("some", Boolean(isSome));
}
new IntersectionObserver(([seen]) => {
  lacking.classList.toggle("seen", !seen.isIntersecting);
  measure();
}, { rootMargin: "-96px 0px 0px" }).observe(strip);

function bold(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}

function showAllLink(all) {
  const link = document.createElement("a");
  link.href = location.pathname;
  link.dataset.showAll = "";
  link.textContent = `Show all ${all.toLocaleString("en-GB")}`;
  return link;
}

// The words that are sought may be a name or a number: they stay out of the address.
form.addEventListener("input", () => {
  sift();
  const chosen = new URLSearchParams([...form.querySelectorAll("select")].filter((one) => one.value).map((one) => [one.name, one.value]));
  history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
});
form.addEventListener("submit", (event) => event.preventDefault());
counts.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-all]")) return;
  event.preventDefault();
  for (const field of form.querySelectorAll("select, [name=find]")) field.value = "";
  history.replaceState(null, "", location.pathname);
  showHeld();
});

// ── The bar ─────────────────────────────────────────────────────────────────

function tell() {
  const text = arrivals.querySelector("[data-arrived]");
  const button = arrivals.querySelector("[data-show]");
  keepingStill(() => {
    arrivals.classList.toggle("holding", held.size > 0 && !broken);
    arrivals.classList.toggle("broken", broken);
    whole.classList.toggle("unneeded", isWhole()); // its room is kept: what follows does not move
    button.hidden = held.size === 0;
    text.textContent = broken ? broken : held.size ? `↑ ${heldInWords()}` : waiting ? `Waiting for ${waiting}.` : isWhole() ? finished : complete ? "More reports are still being drawn." : "Results appear as each trust answers.";
    arrivals.querySelector(".promise").hidden = isWhole() && !held.size;
    keepRoom(summary);
    sayHeld();
    measure();
  });
}

const isWhole = () => complete && !following;

// "Complete" is said of what came: beside it stands what of that is not on the page yet.
function sayHeld() {
  const complete_ = summary.querySelector(".complete");
  complete_?.querySelector("[data-held]")?.remove();
  const drawn = following ? `${followingInWords()}. ` : "";
  const waits = held.size ? `${heldInWords()}, and not on the page until you press Show. ` : "";
  if (!complete_ || !(drawn || waits)) return;
  const said = bold(drawn + waits);
  said.dataset.held = "";
  complete_.prepend(said);
}

// Not "older": what another trust sent before may be older than they are, and they belong between.
function followingInWords() {
  const reports = `${following.toLocaleString("en-GB")} more ${following === 1 ? "report is" : "reports are"}`;
  return `${reports} ${broken ? "not on the page" : "still being drawn"}`;
}

function heldInWords() {
  const fresh = [...held].filter(([key, row]) => row && !rows.has(key));
  const others = held.size - fresh.length;
  const trusts = new Set(fresh.map(([, row]) => row.from));
  const highest = rowsInView()[0];
  const newer = highest && fresh.every(([, row]) => row.sort > rowOf(highest).sort) ? "newer" : "more";
  const said = [];
  if (fresh.length) said.push(`${fresh.length} ${newer} ${fresh.length === 1 ? "report" : "reports"} arrived from ${listed([...trusts])}`);
  if (others) said.push(`${others} ${others === 1 ? "report" : "reports"} changed`);
  return said.join(", ");
}

const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");

arrivals.querySelector("[data-show]").addEventListener("click", showHeld);

// ── The strip ───────────────────────────────────────────────────────────────

// Replace only the tiles that changed, so that a button being pressed stays where it is.
function updateStrip(html, again) {
  const fresh = parse(html);
  if (!strip.querySelector(".strip")) strip.replaceChildren(...fresh.cloneNode(true).children);
  for (const tile of fresh.querySelectorAll(".tile")) {
    const old = strip.querySelector(`.tile[data-trust="${tile.dataset.trust}"]`);
    if (again && tile.classList.contains("waiting") && tile.dataset.trust !== again) continue;
    if (old?.querySelector("details[open]")) tile.querySelector("details")?.setAttribute("open", "");
    if (!old || old.outerHTML === tile.outerHTML) continue;
    const focused = old.contains(document.activeElement);
    old.replaceWith(tile);
    if (focused) (tile.querySelector("button") ?? strip).focus({ preventScroll: true });
  }
  strip.querySelector(".folded").replaceWith(fresh.querySelector(".folded"));
}

// Room once taken is kept, so that nothing below slides up under the reader's eye. When all have answered it is given
// back as soon as the reader has scrolled so far that what is read can stay where it is.
function keepRoom(element) {
  if (reading) element.style.minHeight = `${element.getBoundingClientRect().height}px`;
}

function giveRoomBack() {
  if (!isWhole() || scrollY < strip.offsetHeight + summary.offsetHeight) return;
  removeEventListener("scrollend", giveRoomBack);
  keepingStill(() => [strip, summary, noneCritical, counts].forEach((one) => { one.style.minHeight = "0"; }));
}
addEventListener("scrollend", giveRoomBack);

strip.tabIndex = -1;
strip.addEventListener("submit", (event) => {
  const asked = event.target.querySelector("[name=trust]");
  if (!asked) return;
  event.preventDefault();
  const address = new URL(arrivals.dataset.stream, location.href);
  address.searchParams.set("again", asked.value);
  listen(address, asked.value);
});

// ── The stream ──────────────────────────────────────────────────────────────

// What is chosen goes with the asking, so that nothing hidden is taken for seen; the words stay here.
function sayChosen(address) {
  for (const { name, value } of form.querySelectorAll("select")) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (plain(form.find.value)) address.searchParams.set("words", "sought");
}

function listen(address, again = "") {
  stream?.close();
  sayChosen(address);
  const source = (stream = new EventSource(address));
  const seen = new Set();
  broken = false;
  addEventListener("scrollend", giveRoomBack);
  source.addEventListener("step", (event) => {
    const step = JSON.parse(event.data);
    step.rows.forEach((row) => seen.add(row.key));
    step.removed.forEach((key) => seen.delete(key));
    take(step, again);
    if (step.complete && again) arrive([], [...rows.keys()].filter((key) => !seen.has(key) && answered(key)));
  });
  source.addEventListener("rows", (event) => {
    const part = JSON.parse(event.data);
    following = part.following;
    arrive(part.rows, []);
    tell();
  });
  source.addEventListener("done", () => {
    source.close();
    tell();
  });
  source.addEventListener("ended", (event) => {
    source.close();
    held.clear();
    rows.clear();
    blocks.forEach(({ pins }) => pins.clear());
    document.querySelector("main").replaceChildren(...parse(JSON.parse(event.data).html).children);
    missing.textContent = "";
  });
  source.addEventListener("lost", (event) => lose(source, JSON.parse(event.data).why));
  source.addEventListener("error", () => lose(source, "The connection to Trustline was lost. What is shown is not complete. Reload the page to ask again."));
}

function take(step, again) {
  scrolled = 0;
  keepRoom(strip);
  keepRoom(summary);
  keepingStill(() => {
    updateStrip(step.strip, again);
    keepRoom(strip);
    if (!again || step.complete) {
      summary.replaceChildren(...parse(step.summary).children);
      newsLine.querySelector("[data-news]").textContent = step.news;
      keepRoom(noneCritical); // likewise
      noneCritical.textContent = step.none_critical;
      byId("corrected").querySelector("[data-heading]").textContent = step.corrected;
      foot.replaceChildren(...parse(step.foot).children);
      missing.textContent = step.missing;
      lacking.querySelector("[data-missing]").textContent = step.missing;
      markLacking();
      entry.textContent = step.entry;
      keepRoom(summary);
    }
  });
  document.dispatchEvent(new CustomEvent("trustline:already", { detail: { html: step.already, parse, keepingStill } }));
  waiting = step.waiting;
  complete = step.complete;
  finished = step.finished;
  if (!again || complete) following = step.following; // what the stream before this one owed comes with the last step
  arrive(step.rows, step.removed);
  tell();
}

// A trust that was asked again and is silent now takes nothing away that it said before.
function answered(key) {
  const tile = strip.querySelector(`.tile[data-trust="${key.split("/")[0]}"]`);
  return Boolean(tile) && !tile.matches(".gap, .waiting");
}

function lose(source, words) {
  if (source !== stream) return;
  source.close();
  broken = words;
  complete = false;
  keepingStill(() => {
    sift();
    for (const tile of strip.querySelectorAll(".tile.waiting")) {
      tile.classList.replace("waiting", "gap");
      tile.querySelector("p:nth-of-type(2)").textContent = "not obtained";
    }
    const warning = bold("Not complete. ");
    summary.querySelector(".complete")?.prepend(warning);
    noneCritical.prepend(bold("Not complete. "));
    if (following) foot.querySelector(".accounts h2")?.after(bold(`Not complete: ${followingInWords()}.`)); // there the same are counted as shown
  });
  tell();
}

addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => event.persisted && location.reload());

// How much stays at the top of the window: the days' headings and the bar stand right under it.
function measure() {
  const page = document.documentElement.style;
  page.setProperty("--service", `${service.offsetHeight}px`); // the place of what stays goes by it
  const top = top_.offsetHeight + parseFloat(getComputedStyle(top_).top);
  const said = lacking.classList.contains("seen") ? lacking.firstElementChild.offsetHeight : 0;
  const above = said + (arrivals.classList.contains("holding") ? arrivals.offsetHeight : 0);
  for (const [name, height] of [["top", top], ["lacking", said], ["above", above]]) page.setProperty(`--${name}`, `${height}px`);
}
const measuring = new ResizeObserver(measure);
[top_, service, arrivals, lacking.firstElementChild].forEach((one) => measuring.observe(one));
addEventListener("resize", measure);
measure();
listen(new URL(arrivals.dataset.stream, location.href));
