// <compte-signes>: says how many signs are left, on the screen as one types and to assistive technology when one stops.
// Without this script the server counts, and says how many are too many.

const WAIT_MS = 1200;
const NEAR = 100; // signs: before that, nothing is said aloud

class CompteSignes extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea[data-enclos-signes]");
    if (!this.area || this.shown) return;
    this.most = Number(this.area.dataset.enclosSignes);
    this.shown = Object.assign(document.createElement("p"), { className: "compte-signes" });
    this.shown.setAttribute("aria-hidden", "true");
    this.said = Object.assign(document.createElement("p"), { className: "invisible" });
    this.said.setAttribute("role", "status");
    this.append(this.shown, this.said);
    this.area.addEventListener("input", () => this.count());
    this.count();
  }

  count() {
    // As the server counts: a line break is one sign, and the blanks at both ends are none.
    const left = this.most - [...this.area.value.trim()].length;
    const words = left >= 0 ? `Encore ${left} signe${left > 1 ? "s" : ""}.` : `${-left} signe${left < -1 ? "s" : ""} de trop.`;
    this.shown.textContent = words;
    this.shown.toggleAttribute("data-trop", left < 0);
    clearTimeout(this.timer);
    if (left <= NEAR) this.timer = setTimeout(() => (this.said.textContent = words), WAIT_MS);
  }
}

customElements.define("compte-signes", CompteSignes);
