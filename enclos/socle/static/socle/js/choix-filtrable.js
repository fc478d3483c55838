// <choix-filtrable label="Chercher une nature"> around a native <select> with groups, or a list of radios:
// a search field above it leaves only the choices that match. The native control stays the one that is sent.

const simple = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[’']/g, " ").toLowerCase();

class ChoixFiltrable extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".filtre")) return;
    this.select = this.querySelector("select");
    this.radios = [...this.querySelectorAll('input[type="radio"]')];
    const size = this.select ? this.select.options.length : this.radios.length;
    if (size < 8) return;

    const id = `filtre-${this.select?.id || this.radios[0]?.name}`;
    const box = document.createElement("div");
    box.className = "filtre champ";
    const label = document.createElement("label");
    label.htmlFor = id;
    label.className = "champ-titre";
    label.textContent = this.getAttribute("label") || "Chercher dans la liste";
    this.input = document.createElement("input");
    Object.assign(this.input, { id, type: "text", autocomplete: "off", spellcheck: false });
    this.input.setAttribute("enterkeyhint", "search");
    this.status = document.createElement("p");
    this.status.className = "filtre-nombre";
    this.status.setAttribute("role", "status");
    box.append(label, this.input);
    this.prepend(box, this.status);

    if (this.select) {
      this.keepOptions();
      this.select.addEventListener("click", (event) => event.target.tagName === "OPTION" && this.fold());
      this.select.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !this.select.size) return;
        event.preventDefault();
        this.fold();
      });
      this.select.addEventListener("blur", () => this.fold());
    }
    this.input.addEventListener("input", () => this.filter());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault(); // it would send the form
        this.chooseOnly();
      }
      if (event.key === "Escape" && this.input.value) {
        this.input.value = "";
        this.filter();
      }
    });
  }

  // Hidden options still show in some browsers: the select is rebuilt from what it held.
  keepOptions() {
    this.groups = [...this.select.children].map((node) => ({
      node,
      options: node.tagName === "OPTGROUP" ? [...node.children] : null,
    }));
  }

  // While one searches, the list lies open under the field: what is found is seen without a click.
  unfold(shown) {
    const lines = shown + this.select.querySelectorAll("optgroup").length + 1;
    this.select.size = Math.min(Math.max(lines, 2), 9);
  }

  // Once a choice is made, the whole list again, closed.
  fold() {
    if (!this.select.size) return;
    this.select.size = 0;
    this.select.removeAttribute("size");
    if (!this.select.value) return;
    this.input.value = "";
    this.filter();
  }

  words() {
    return simple(this.input.value).split(/\s+/).filter(Boolean);
  }

  matches(element, text) {
    const hay = simple(`${text} ${element.dataset.mots || ""}`);
    return this.words().every((word) => hay.includes(word));
  }

  filter() {
    const shown = this.select ? this.filterSelect() : this.filterRadios();
    const wanted = this.words().length > 0;
    this.status.textContent = !wanted
      ? ""
      : shown === 0
        ? "Rien ne correspond. Essayez un autre mot, ou choisissez « Autre document »."
        : shown === 1
          ? "1 choix correspond."
          : `${shown} choix correspondent.`;
  }

  filterSelect() {
    const kept = this.select.value;
    let shown = 0;
    const children = [];
    for (const { node, options } of this.groups) {
      if (!options) {
        if (!node.value || this.matches(node, node.textContent)) {
          children.push(node);
          if (node.value) shown += 1;
        }
        continue;
      }
      const fit = options.filter((option) => this.matches(option, `${option.textContent} ${node.label}`));
      shown += fit.length;
      // What is already chosen never leaves the list by itself.
      const stay = options.filter((option) => fit.includes(option) || (option.value && option.value === kept));
      if (stay.length) {
        node.replaceChildren(...stay);
        children.push(node);
      }
    }
    this.select.replaceChildren(...children);
    this.select.value = kept;
    if (this.words().length) this.unfold(shown);
    else this.select.removeAttribute("size");
    return shown;
  }

  filterRadios() {
    let shown = 0;
    for (const radio of this.radios) {
      const label = radio.closest("label") || radio.parentElement;
      const line = label.parentElement === this ? label : label.parentElement.closest("[data-choix]") || label;
      const group = radio.closest("[data-groupe]");
      const fits = this.matches(radio, `${label.textContent} ${group?.dataset.groupe || ""}`);
      line.hidden = !fits && !radio.checked;
      if (fits) shown += 1;
    }
    for (const group of this.querySelectorAll("[data-groupe]")) {
      group.hidden = ![...group.querySelectorAll('input[type="radio"]')].some((radio) => !radio.closest("[hidden]:not([data-groupe])"));
    }
    return shown;
  }

  chooseOnly() {
    if (this.select) {
      const fit = [...this.select.options].filter((option) => option.value && this.matches(option, `${option.textContent} ${option.parentElement.label || ""}`));
      if (fit.length === 1) {
        this.select.value = fit[0].value;
        this.select.dispatchEvent(new Event("change", { bubbles: true }));
      }
      this.select.focus();
      if (fit.length === 1) this.fold();
    } else {
      this.radios.find((radio) => !radio.closest("[hidden]"))?.focus();
    }
  }
}

customElements.define("choix-filtrable", ChoixFiltrable);
