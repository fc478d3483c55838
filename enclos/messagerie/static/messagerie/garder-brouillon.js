// <garder-brouillon>: keeps on the server what is being typed in its form, and says truly where that stands. Nothing stays in the browser.
// Without this script a button « Enregistrer » does it.

const REST_MS = 1500; // after the last sign
const MOST_MS = 8000; // somebody who never stops is kept all the same
const AGAIN_MS = 5000; // after a cut

const SAYS = {
  attente: () => "Pas encore enregistré.",
  garde: (at) => `Enregistré à ${at}.`,
  coupe: () => "Pas de réseau : gardez cette page ouverte.",
  panne: () => "Pas encore enregistré : nous réessayons. Gardez cette page ouverte.",
  session: () => "Pas encore enregistré : votre session est terminée. Copiez votre texte avant de vous reconnecter.",
  parti: () => "Pas enregistré : ce message est déjà parti. Rechargez cette page.",
  refus: () => "Pas enregistré : votre texte est trop long.",
};

class GarderBrouillon extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.area = this.form?.querySelector("textarea");
    if (!this.area || this.said) return;
    this.line = this.querySelector("[data-enclos-etat]");
    this.said = Object.assign(document.createElement("span"), { className: "invisible" });
    this.said.setAttribute("role", "status");
    this.append(this.said);
    this.querySelector("[data-enclos-garder]")?.setAttribute("hidden", "");
    this.version = this.kept = 0; // how often it was typed, and the last of these that the server has
    if (this.dataset.garde) this.says("garde", this.dataset.garde, { aloud: false });
    else this.line.textContent = "Votre texte s’enregistre tout seul.";
    for (const sign of ["input", "change"]) this.form.addEventListener(sign, () => this.changed());
    this.form.addEventListener("submit", () => this.leaves());
    addEventListener("online", () => this.save());
    addEventListener("beforeunload", (event) => this.isUnsaved && event.preventDefault());
    addEventListener("pageshow", () => { this.gone = false; });
    addEventListener("pagehide", () => this.isUnsaved && navigator.sendBeacon(this.dataset.url, this.body()));
    document.addEventListener("visibilitychange", () => document.hidden && this.save({ keepalive: true }));
  }

  get isUnsaved() {
    return !this.gone && this.version > this.kept;
  }

  body() {
    const data = new FormData(this.form);
    data.delete("fichiers"); // a file goes by its own button
    return data;
  }

  changed() {
    this.version += 1;
    if (this.state !== "attente") this.says("attente", "", { aloud: false });
    this.first ??= Date.now();
    this.soon(Math.min(REST_MS, Math.max(0, this.first + MOST_MS - Date.now())));
  }

  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  // The form takes the words along: nothing must come after it.
  leaves() {
    this.gone = true;
    clearTimeout(this.timer);
    this.flight?.abort();
  }

  async save({ keepalive = false } = {}) {
    if (!this.isUnsaved || (this.flight && !keepalive)) return;
    clearTimeout(this.timer);
    const version = this.version;
    this.first = undefined;
    const flight = (this.flight = new AbortController());
    try {
      const response = await fetch(this.dataset.url, {
        method: "POST", body: this.body(), redirect: "manual", keepalive, signal: flight.signal,
      });
      if (response.ok) {
        const { heure } = await response.json();
        this.kept = Math.max(this.kept, version);
        if (this.version === version) this.says("garde", heure);
      } else {
        this.says(this.why(response));
      }
    } catch {
      if (!this.gone) this.says(navigator.onLine ? "panne" : "coupe");
    } finally {
      if (this.flight === flight) this.flight = undefined;
    }
    if (this.isUnsaved && !["session", "parti", "refus"].includes(this.state)) {
      this.soon(this.state === "panne" || this.state === "coupe" ? AGAIN_MS : REST_MS);
    }
  }

  why(response) {
    if (response.type === "opaqueredirect" || response.status === 403) return "session";
    if (response.status === 409) return "parti";
    return response.status === 422 ? "refus" : "panne";
  }

  says(state, at = "", { aloud = true } = {}) {
    const words = SAYS[state](at);
    this.state = this.dataset.etat = state;
    this.line.textContent = words;
    if (aloud && this.said.textContent !== words) this.said.textContent = words;
  }
}

customElements.define("garder-brouillon", GarderBrouillon);
