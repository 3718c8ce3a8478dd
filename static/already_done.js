// What was done already, above the timeline, while the trusts answer.
//
// Rule: its room is reserved and scrolls within itself, and what somebody is using stays as it is until they leave it.

const box = document.getElementById("already");
let newest = null;
let shown = "";

function show() {
  if (!newest || newest.html === shown || box.contains(document.activeElement)) return;
  const opened = box.querySelector("details")?.open;
  const scrolled = box.querySelector(".done-lists")?.scrollTop ?? 0;
  box.replaceChildren(...newest.parse(newest.html).children);
  if (opened) box.querySelector("details")?.setAttribute("open", "");
  box.querySelector(".done-lists")?.scrollTo(0, scrolled);
  shown = newest.html;
}

document.addEventListener("trustline:already", (event) => {
  newest = event.detail;
  show();
});
box?.addEventListener("focusout", () => requestAnimationFrame(show));
