// What every page may need: the focus on what must be corrected, and the elements that are on it.

// A page that came back with errors: the reader, and the screen reader, start at their sum.
const errors = document.querySelector("[data-enclos-focus]");
errors?.focus();
// « Précédent » and « Recharger » then ask for this page, where the browser would ask to send again what was refused.
if (errors) history.replaceState(history.state, "");

// Each element's code comes only with a page that holds it.
if (document.querySelector("mot-de-passe")) import("./mot-de-passe.js");
if (document.querySelector("choix-filtrable")) import("./choix-filtrable.js");
if (document.querySelector("veille-session")) import("./veille-session.js");

// A second click on a button that sends does nothing: the server would sort it out, the person would wonder.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-enclos-libre")) return;
  if (form.dataset.parti) {
    event.preventDefault();
    return;
  }
  form.dataset.parti = "1";
  setTimeout(() => delete form.dataset.parti, 8000);
});
// A page brought back by « Précédent » must be able to send again.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-parti]").forEach((form) => delete form.dataset.parti));
