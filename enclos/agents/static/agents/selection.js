// « Tout cocher » and how many are ticked: said beside the buttons. Without it, the boxes and the buttons do the same.
customElements.define(
  "choix-lignes",
  class extends HTMLElement {
    connectedCallback() {
      const form = this.closest("form");
      const boxes = [...form.querySelectorAll('input[type="checkbox"][name="affaire"]')];
      if (!boxes.length) return;
      const label = document.createElement("label");
      label.className = "filtres-case";
      const all = document.createElement("input");
      all.type = "checkbox";
      const words = document.createElement("span");
      label.append(all, " ", words);
      this.prepend(label);
      const count = () => {
        const ticked = boxes.filter((box) => box.checked).length;
        all.checked = ticked === boxes.length;
        all.indeterminate = ticked > 0 && ticked < boxes.length;
        words.textContent = ticked ? `Tout cocher (${ticked} ${ticked > 1 ? "cochés" : "coché"})` : "Tout cocher sur cette page";
      };
      all.addEventListener("change", () => {
        for (const box of boxes) box.checked = all.checked;
        count();
      });
      form.addEventListener("change", count);
      count();
    }
  },
);
