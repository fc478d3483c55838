// The panel of decisions: its folds open in place. Without this file each is a page of its own, drawn by the server.

const panel = document.querySelector("#panneau");
const choice = panel?.querySelector("[data-enclos-choix]");

function open(slug) {
  const form = panel.querySelector(`[data-enclos-panneau="${slug}"]`);
  if (!form) return false;
  choice.hidden = true;
  form.hidden = false;
  form.querySelector("select, input:not([type=hidden]), textarea").focus();
  return true;
}

function close() {
  const form = panel.querySelector("[data-enclos-panneau]:not([hidden])");
  if (!form) return;
  form.hidden = true;
  choice.hidden = false;
  choice.querySelector(`[value="${form.dataset.enclosPanneau}"]`)?.focus();
}

if (choice) {
  panel.addEventListener("submit", (event) => {
    const launcher = event.submitter;
    if (launcher?.name === "decision" && open(launcher.value)) event.preventDefault();
  });
  panel.addEventListener("click", (event) => {
    if (!event.target.closest("[data-enclos-annuler]")) return;
    event.preventDefault();
    close();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  // A word to the member opens ready to be written, in the very event: `toggle` comes a moment later, and a quick hand would
  // have typed the first letters over the keys that decide.
  panel.addEventListener("click", (event) => {
    const fold = event.target.closest("summary")?.parentElement;
    if (!fold || event.defaultPrevented) return;
    event.preventDefault();
    fold.open = !fold.open;
    if (fold.open) fold.querySelector("textarea, select")?.focus();
  });
}
