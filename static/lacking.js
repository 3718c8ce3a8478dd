// On every page of a patient: once what is missing has left the window, one line at the top goes on saying it.
// The timeline does this itself, beside what it hides.
const lacking = document.getElementById("lacking");
const strip = document.getElementById("strip");
const who = document.querySelector(".top");

function measure() {
  const height = who.offsetHeight + parseFloat(getComputedStyle(who).top || "0");
  document.documentElement.style.setProperty("--top", `${height}px`);
}

if (lacking && strip) {
  lacking.classList.toggle("some", Boolean(strip.querySelector(".gap, .waiting, .not-agreed")));
  new IntersectionObserver(([seen]) => lacking.classList.toggle("seen", !seen.isIntersecting), {
    rootMargin: "-96px 0px 0px",
  }).observe(strip);
  new ResizeObserver(measure).observe(who);
  measure();
}
