// <mot-de-passe><input type="password"></mot-de-passe>: a button that shows what is typed.

class MotDePasse extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input || this.hasAttribute("data-pret")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    const hidden = document.createElement("span");
    hidden.className = "invisible";
    hidden.textContent = " ce que je tape";
    button.append("Afficher", hidden);
    button.addEventListener("click", () => {
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      button.firstChild.data = show ? "Masquer" : "Afficher";
      button.setAttribute("aria-pressed", String(show));
      input.focus();
    });
    // Shown on a shared screen, then kept by the browser's form memory: hide it again before it leaves.
    input.form?.addEventListener("submit", () => (input.type = "password"));
    this.append(button);
    this.setAttribute("data-pret", "");
  }
}

customElements.define("mot-de-passe", MotDePasse);
