// What the pages of Owners and Admins do besides: they copy links, suggest one for a new room, and stay
// where they are when something was saved.

import { say } from "./forms.js";

const SAID = "clinic said";

// Pages that are not live are loaded anew once something was granted. A reload keeps the place on the page.
addEventListener("granted", (event) => {
  const form = event.target;
  const back = new FormData(form).get("back");
  if (!back || new URL(back, location.href).pathname !== location.pathname) return;
  event.preventDefault();
  if (form.dataset.done) sessionStorage.setItem(SAID, form.dataset.done);
  location.reload();
});

const said = sessionStorage.getItem(SAID);
sessionStorage.removeItem(SAID);
if (said) say(said);

/** What an element shows, or what was typed there. */
const text = (element) => element.value ?? element.textContent;

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const shown = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(text(shown));
      say(button.dataset.copied);
    } catch {
      // Browsers let pages copy only where they came by TLS or from this machine: then by hand.
      getSelection().selectAllChildren(shown);
    }
  });
}

/** The end of a link that a name suggests. */
function slug(name) {
  const letters = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss");
  return letters.replace(/[^a-z0-9]+/g, "-").slice(0, 63).replace(/^-+|-+$/g, "");
}

for (const field of document.querySelectorAll("[data-suggested-by]")) {
  const name = field.form.elements[field.dataset.suggestedBy];
  // What somebody has typed by herself stays.
  let ours = field.value === "";
  field.addEventListener("input", () => { ours = field.value === ""; });
  name.addEventListener("input", () => { if (ours) field.value = slug(name.value); });
}
