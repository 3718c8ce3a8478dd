// Offer to copy what stands in the text field. Without script, or where the browser refuses, it can be selected there.
const [button, said, field] = ["[data-copy]", "[data-copied]", "#copied"].map((one) => document.querySelector(one));
button.hidden = false;
button.addEventListener("click", async () => {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    said.textContent = "Copied.";
  } catch {
    said.textContent = "The browser did not let it be copied: it is selected, copy it by hand.";
  }
});
