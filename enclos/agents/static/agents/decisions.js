// The panel of decisions: its folds open in place. Without this file each is a page of its own, drawn by the server.

const panel = document.querySelector("#panneau");
const choice = panel?.querySelector("[data-enclos-choix]");

function open(slug) {
  const form = panel.querySelector(`[data-enclos-panneau="${slug}"]`);
  if (!form) return false;
  choice.hidden = true;
  form.hidden = false;
  form.querySelector(":is(select, input:not([type=hidden]), textarea):not(choix-modele *)").focus();
  return true;
}

function close() {
  const form = panel.querySelector("[data-enclos-panneau]:not([hidden])");
  if (!form) return;
  form.hidden = true;
  choice.hidden = false;
  choice.querySelector(`[value="${form.dataset.enclosPanneau}"]`)?.focus();
}

// What is written to colleagues opens the same way.
document.querySelector(".notes")?.addEventListener("click", openReady);

function openReady(event) {
  const fold = event.target.closest("summary")?.parentElement;
  if (!fold || event.defaultPrevented) return;
  event.preventDefault();
  fold.open = !fold.open;
  if (fold.open) fold.querySelector("textarea, select, input:not([type=hidden])")?.focus();
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
  panel.addEventListener("click", openReady);
}

// One more paper: the fields of the first, empty, under the next number. Its list of natures comes once with the page.
panel?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-enclos-papier]");
  if (!link) return;
  event.preventDefault();
  const rank = Number(link.dataset.enclosPapier) + 1;
  const copy = link.closest("form").querySelector("fieldset[data-premier]").cloneNode(true);
  delete copy.dataset.premier;
  for (const element of copy.querySelectorAll("*")) {
    for (const name of ["id", "for", "name", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/_1(?!\d)/g, `_${rank}`));
    }
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) node.data = node.data.replace(/(papier) 1\b/i, `$1 ${rank}`);
    }
    element.removeAttribute("aria-invalid");
    element.removeAttribute("required");
    delete element.dataset.erreur;
  }
  for (const field of copy.querySelectorAll("input")) field.value = "";
  copy.querySelector("select").selectedIndex = 0;
  for (const error of copy.querySelectorAll(".champ-erreur")) error.remove();
  for (const fold of copy.querySelectorAll("details")) fold.open = false;
  link.parentElement.before(copy);
  link.dataset.enclosPapier = rank;
  link.textContent = "Demander un autre papier";
  link.parentElement.hidden = rank >= Number(link.dataset.enclosPapiersMax);
  copy.querySelector("select").focus();
});

// <choix-modele>: a ready answer fills the word to the member at once, for the agent to read again. What she typed is kept above.
const texts = JSON.parse(document.querySelector("#textes-modeles")?.textContent ?? "{}");

class ChoixModele extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    this.querySelector("button").remove(); // hidden, it would still be what Enter presses
    this.last = "";
    select.addEventListener("change", () => this.fill(select.value));
    select.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || !select.value) return;
      event.preventDefault();
      this.target.focus();
    });
    // A key clicks the label: where a mouse opens the list, a hand on the keyboard must stand on it.
    this.querySelector("label").addEventListener("click", () => select.focus());
  }

  get target() {
    return document.getElementById(this.dataset.cible);
  }

  fill(key) {
    const text = texts[key];
    if (!text) return;
    const field = this.target;
    const typed = this.last && field.value.endsWith(this.last) ? field.value.slice(0, -this.last.length) : field.value;
    const before = typed.trim() ? `${typed.trimEnd()}\n\n` : "";
    field.value = before + text;
    this.last = text;
    const fold = field.closest("details");
    if (fold) fold.open = true;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("choix-modele", ChoixModele);
