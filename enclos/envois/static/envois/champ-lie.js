// <champ-lie>: fields that only matter for one answer of another field. Without this script they are all shown, each saying when.
class ChampLie extends HTMLElement {
  connectedCallback() {
    const source = document.getElementById(this.dataset.enclosChamp);
    const values = this.dataset.enclosValeurs.split(" ");
    const update = () => {
      this.hidden = !values.includes(source.value) && !this.querySelector("[data-erreur]");
    };
    source.addEventListener("change", update);
    update();
  }
}

customElements.define("champ-lie", ChampLie);
