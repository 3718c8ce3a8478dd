// Tell the log that the browser prints what it shows. Best effort: a browser may print without saying so.
const [, , handle] = location.pathname.split("/");
addEventListener("beforeprint", () => {
  const csrf = document.querySelector("input[name=csrf]")?.value ?? "";
  navigator.sendBeacon(`/patients/${handle}/printed`, new URLSearchParams({ csrf }));
});
