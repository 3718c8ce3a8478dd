// What was done already, above the timeline, while the trusts answer.
//
// Rule: its line says at once what has come. What stands open stays as it is until it is closed, and the line says that
// there is more: what is read never moves.

const box = document.getElementById("already");
const details = box?.querySelector("details");
let newest = null;

function show() {
  if (!newest) return;
  const fresh = newest.parse(newest.html);
  box.querySelector(".line").replaceWith(fresh.querySelector(".line"));
  const [within, came] = [box, fresh].map((one) => one.querySelector(".within"));
  const differs = within.textContent !== came.textContent;
  const held = details.open && Boolean(within.querySelector(".done")) && differs;
  box.classList.toggle("held", held);
  if (held || !differs) return;
  newest.keepingStill(() => within.replaceWith(came));
}

document.addEventListener("trustline:already", (event) => {
  newest = event.detail;
  show();
});
details?.addEventListener("toggle", show);
