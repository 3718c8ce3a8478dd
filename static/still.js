// On a page of a patient, or of several: ask every few seconds whether it may stand still, and go blank when not.
//
// Rule: nothing of the patient is left in the page. While the viewer cannot be reached the page says so, and stays:
// a result that disappears because a cable came loose is a danger too.

const EVERY = 5000;
const asked = whereToAsk();
let missed = 0;
let timer = 0;

if (asked) {
  timer = setInterval(() => document.visibilityState === "visible" && ask(), EVERY);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

// A page that finds or lists people names what it asks; of one who is open that follows from the page's own address.
function whereToAsk() {
  const named = document.querySelector("meta[name=still]");
  const [, patients, handle] = location.pathname.split("/");
  if (named) return named.content;
  return patients === "patients" && handle && document.querySelector(".banner") ? `/patients/${handle}/still` : "";
}

async function ask() {
  try {
    const said = await fetch(asked, { cache: "no-store" });
    const still = await said.json();
    missed = 0;
    if (!still.open) blank(still.why);
  } catch {
    missed += 1;
  }
  document.documentElement.classList.toggle("out-of-touch", missed > 2);
}

function blank(why) {
  clearInterval(timer);
  timer = 0;
  dispatchEvent(new Event("pagehide")); // whoever listens to the trusts stops
  const main = document.createElement("main");
  main.id = "main";
  main.tabIndex = -1;
  main.setAttribute("role", "alert");
  main.append(made("h1", "Nothing of a patient is shown here now"), made("p", why), linked("/", "Start again"), linked("/telephones", "Laboratories by telephone"));
  document.body.className = "plain blank";
  document.body.replaceChildren(main);
  main.focus();
}

function made(name, text) {
  const element = document.createElement(name);
  element.className = name === "p" ? "nhsuk-body" : "";
  element.textContent = text;
  return element;
}

function linked(address, text) {
  const line = made("p", "");
  const link = line.appendChild(document.createElement("a"));
  link.href = address;
  link.textContent = text;
  return line;
}
