// On the board: say what is new of a patient where they stand, of one or of all, a few at a time.
//
// Rule: what is said is what the server wrote down that it shows, and which trusts are missing stands before it; nothing
// moves but below the row that was asked for. What was said stays when it is too soon to ask again.

const AT_ONCE = 2; // each asks seven trusts
const NOT_ASKED = "This could not be asked. Open the patient instead.";
const all = document.querySelector("[data-all-new]");
const bays = [...document.querySelectorAll(".bay")];

for (const bay of bays) {
  const button = bay.querySelector("[name=then]");
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    tell(bay);
  });
}

if (all) {
  all.closest(".all-new").hidden = false;
  all.addEventListener("click", async () => {
    all.disabled = true;
    const said = document.querySelector("[data-all-said]");
    const left = [...bays];
    let asked = 0;
    const one = async () => {
      for (let bay = left.shift(); bay; bay = left.shift()) {
        await tell(bay);
        asked += 1;
        said.textContent = `${asked} of ${bays.length} asked`;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    all.disabled = false;
  });
}

async function tell(bay) {
  const place = bay.querySelector(".bay-new");
  const before = [...place.children].filter((one) => one.className !== "bay-later");
  place.replaceChildren(line("p", "Asking the trusts…"));
  try {
    const asked = bay.querySelector("form");
    const form = new URLSearchParams(new FormData(asked));
    const answer = await fetch(asked.dataset.new, { method: "POST", body: form, cache: "no-store" });
    const said = await answer.json();
    if (said.later) place.replaceChildren(...before, named("bay-later", line("p", `${said.later}.`)));
    else show(place, said);
  } catch {
    place.replaceChildren(line("p", NOT_ASKED));
  }
}

function show(place, said) {
  const heading = line("p", said.heading);
  const list = document.createElement("ul");
  list.append(...(said.lines ?? []).map((one) => line("li", one)));
  heading.className = said.lines?.length ? "some" : "";
  place.replaceChildren();
  if (said.missing && said.missing !== "no trust missing") place.append(named("bay-missing", line("p", `Not complete – ${said.missing}.`)));
  place.append(heading);
  if (list.children.length) place.append(list);
}

function named(name, element) {
  element.className = name;
  return element;
}

function line(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
