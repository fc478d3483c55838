// <imprimer-page hidden><button type="button">: shown where a page can be printed by a script.

class ImprimerPage extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.querySelector("button").addEventListener("click", () => window.print());
  }
}

customElements.define("imprimer-page", ImprimerPage);
