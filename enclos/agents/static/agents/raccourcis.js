// One key, one act: each element that has one says it in `data-enclos-touche`, and shows it. Off inside fields, off when the
// agent says so (WCAG 2.1.4), and never with Ctrl, Alt or Meta: those keys belong to the browser.

const STORED = "enclos.raccourcis";
const root = document.documentElement;

function wanted() {
  try {
    return localStorage.getItem(STORED) !== "non";
  } catch {
    return true;
  }
}

function show(on) {
  root.dataset.raccourcis = on ? "oui" : "non";
  for (const button of document.querySelectorAll("bascule-raccourcis button")) {
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Désactiver les raccourcis clavier" : "Activer les raccourcis clavier";
  }
}

customElements.define(
  "bascule-raccourcis",
  class extends HTMLElement {
    connectedCallback() {
      this.hidden = false;
      this.querySelector("button").removeAttribute("aria-pressed");
      this.addEventListener("click", () => {
        const on = root.dataset.raccourcis !== "oui";
        try {
          localStorage.setItem(STORED, on ? "oui" : "non");
        } catch {
          // A browser that keeps nothing still obeys for this page.
        }
        show(on);
      });
    }
  },
);
show(wanted());

// « ? »: every key of this very page, read from its own buttons, so that the list is never wrong.
const NAMES = { ArrowLeft: "←", ArrowRight: "→" };

customElements.define(
  "liste-raccourcis",
  class extends HTMLElement {
    connectedCallback() {
      this.hidden = false;
      this.querySelector("button").addEventListener("click", () => this.open());
    }

    open() {
      const dialog = this.querySelector("dialog");
      const list = dialog.querySelector("dl");
      list.replaceChildren(...this.rows());
      dialog.showModal();
    }

    rows() {
      const seen = new Map();
      for (const element of document.querySelectorAll("[data-enclos-touche]")) {
        const key = element.dataset.enclosTouche;
        if (!seen.has(key) && !this.contains(element) && element.checkVisibility()) seen.set(key, wordsOf(element));
      }
      const rows = [...seen].map(([key, words]) => [NAMES[key] ?? key.toUpperCase(), words]);
      if (document.querySelector("form textarea")) {
        rows.push(["Ctrl Entrée", "Envoyer le formulaire où l’on écrit"], ["Échap", "Revenir aux décisions"]);
      }
      return rows.map(([key, words]) => {
        const row = document.createElement("div");
        const term = document.createElement("dt");
        const shown = document.createElement("kbd");
        const sense = document.createElement("dd");
        shown.textContent = key;
        sense.textContent = words;
        term.append(shown);
        row.append(term, sense);
        return row;
      });
    }
  },
);

function wordsOf(element) {
  if (element.hasAttribute("aria-label")) return element.getAttribute("aria-label");
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd")) key.remove();
  return copy.textContent.trim();
}

function isTyping(target) {
  return target.isContentEditable || target.closest("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])");
}

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  const form = target.closest("form");
  if (event.key === "Enter" && event.ctrlKey && form?.method === "post") {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[type=submit]:not([form])"));
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (root.dataset.raccourcis !== "oui" || event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Arrows belong to what already uses them: radios, and a paper wider than its frame.
  if (key.startsWith("Arrow") && (target.matches("input, summary") || target.scrollWidth > target.clientWidth + 1)) return;
  const element = [...document.querySelectorAll("[data-enclos-touche]")].find(
    (candidate) => candidate.dataset.enclosTouche === key && candidate.checkVisibility() && !candidate.disabled,
  );
  if (!element) return;
  event.preventDefault();
  element.click();
});
