// <regles-mot-de-passe> around the field of a new password and its rules: ticks each rule as it is met. The server alone decides.

const MET = {
  longueur: (text) => [...text].length >= 8,
  minuscule: (text) => /\p{Ll}/u.test(text),
  majuscule: (text) => /\p{Lu}/u.test(text),
  chiffre: (text) => /\p{Nd}/u.test(text),
  special: (text) => /[^\p{L}\p{N}]/u.test(text),
  phrase: (text) => [...text].length >= 15,
};
const SILENCE = 900; // milliseconds without a key before the count is said

class ReglesMotDePasse extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[autocomplete='new-password']");
    this.rules = [...this.querySelectorAll("[data-regle]")];
    if (!this.input || !this.rules.length) return;
    this.voice = document.createElement("p");
    this.voice.className = "invisible";
    this.voice.setAttribute("role", "status");
    this.append(this.voice);
    this.input.addEventListener("input", () => this.look());
    this.look();
  }

  look() {
    const text = this.input.value.normalize("NFC");
    for (const rule of this.rules) {
      const met = MET[rule.dataset.regle](text);
      rule.toggleAttribute("data-respectee", met);
      rule.querySelector(".invisible")?.remove();
      if (met) {
        const said = document.createElement("span");
        said.className = "invisible";
        said.textContent = " : c’est fait";
        rule.append(said);
      }
    }
    clearTimeout(this.timer);
    if (text) this.timer = setTimeout(() => this.say(), SILENCE);
  }

  say() {
    const short = this.rules.filter((rule) => rule.dataset.regle !== "phrase");
    const missing = short.filter((rule) => !rule.hasAttribute("data-respectee"));
    const phrase = this.rules.find((rule) => rule.dataset.regle === "phrase");
    if (phrase?.hasAttribute("data-respectee") || (short.length && !missing.length)) this.voice.textContent = "Les règles sont respectées.";
    else if (short.length) this.voice.textContent = `Il manque : ${missing.map((rule) => rule.textContent.split(" :")[0]).join(", ")}.`;
    else this.voice.textContent = "Il faut 15 signes au moins.";
  }
}

customElements.define("regles-mot-de-passe", ReglesMotDePasse);
