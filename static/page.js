// On every page: tell the server that this browser runs script, and bring an error summary to the reader.
document.cookie = `script=1; path=/; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
document.documentElement.classList.add("with-script");
document.querySelector(".nhsuk-error-summary")?.focus();
