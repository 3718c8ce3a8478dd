// The cumulative table: remember, while this window is open, which groups of tests the reader has folded, and let the
// table fill what the banner leaves of the window, with no column cut where the first one covers it.
//
// Rule: only the names of groups are kept, under the patient's random handle, so that the next patient begins with
// everything in view; the table folds, and says what it folds, without script.

const KEPT = `folded groups ${location.pathname.split("/")[2]}`;
const boxes = [...document.querySelectorAll(".cumulative [data-group]")].map((block) => [block.dataset.group, block.querySelector("input")]);

const folded = new Set(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
for (const [group, box] of boxes) {
  box.checked = !folded.has(group);
  box.addEventListener("change", () => {
    if (box.checked) folded.delete(group);
    else folded.add(group);
    sessionStorage.setItem(KEPT, JSON.stringify([...folded]));
  });
}

const top_ = document.querySelector(".top");
const root = document.documentElement;
new ResizeObserver(() => root.style.setProperty("--top", `${top_.offsetHeight + (parseFloat(getComputedStyle(top_).top) || 0)}px`)).observe(top_);

// A link in a heading that stays at the left: Chromium leaves it below or above the edge of the box when it is tabbed to.
const sheet = document.querySelector(".sheet");
sheet?.addEventListener("focusin", ({ target }) => requestAnimationFrame(() => {
  const [link, room] = [target, sheet].map((one) => one.getBoundingClientRect());
  const [top, bottom] = [room.top + sheet.querySelector("thead").offsetHeight + 8, room.bottom - 24];
  if (target.closest("thead") || target === sheet) return;
  if (link.bottom > bottom) sheet.scrollTop += link.bottom - bottom;
  else if (link.top < top) sheet.scrollTop -= top - link.top;
}));

// The first column, which stays, takes what room the whole columns beside it leave; it gives way by a little, as to the
// bar that scrolls, before it takes a column's room.
const GIVES = 24;
const narrow = matchMedia("(max-width: 48rem)");
let spare = 0;

function fit() {
  const [first, ...others] = [...sheet.querySelectorAll("thead th")].map((one) => one.getBoundingClientRect().width);
  let room = sheet.clientWidth - (first - spare);
  const whole = others.reduce((sum, width) => sum + width, 0) <= room;
  for (const width of others.reverse()) {
    if (width > room + GIVES) break;
    room -= width;
  }
  spare = whole || narrow.matches ? 0 : room;
  root.style.setProperty("--spare", `${spare}px`);
}
if (sheet) {
  const fitting = new ResizeObserver(fit);
  [sheet, sheet.querySelector("table")].forEach((one) => fitting.observe(one));
}
