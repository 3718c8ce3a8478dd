// On the page laid out for paper: offer the browser's own print. The log has it as printed already.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
