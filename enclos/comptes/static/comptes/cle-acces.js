// <cle-acces data-site="hôte" data-options="adresse" hidden><form>…<input type="hidden" name="reponse">…</form></cle-acces>:
// the browser shows or makes a passkey, and the form leaves with its answer. Where no passkey can be, the element stays hidden
// and what follows it, marked `data-enclos-sans-cle`, shows instead.

const WORDS = {
  NotAllowedError: "Le geste n’a pas abouti. Vous pouvez recommencer.",
  AbortError: "Le geste n’a pas abouti. Vous pouvez recommencer.",
  InvalidStateError: "Cet appareil a déjà une clé d’accès pour votre compte.",
  ConstraintError: "Cet appareil ne sait pas vous reconnaître : activez d’abord son code, son doigt ou son visage.",
  SecurityError: "Les clés d’accès ne marchent pas à cette adresse.",
};

class CleAcces extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || !this.canAsk()) return;
    this.hidden = false;
    this.parentElement.querySelectorAll("[data-enclos-sans-cle]").forEach((words) => (words.hidden = true));
    this.answer = this.form.elements.namedItem("reponse");
    this.form.addEventListener("submit", (event) => this.leave(event));
  }

  canAsk() {
    const known = window.PublicKeyCredential;
    return Boolean(
      window.isSecureContext &&
        known?.parseCreationOptionsFromJSON &&
        known.parseRequestOptionsFromJSON &&
        location.hostname === this.dataset.site,
    );
  }

  // The first submission asks for the key, the second one carries it.
  async leave(event) {
    if (this.answer.value) return;
    event.preventDefault();
    if (this.isAsking) return;
    this.isAsking = true;
    this.say("");
    try {
      const options = await this.options();
      if (!options) return;
      this.answer.value = JSON.stringify((await this.ask(options)).toJSON());
      this.form.requestSubmit();
    } catch (error) {
      this.say(WORDS[error.name] || "La clé d’accès n’a pas pu être lue. Recommencez, ou choisissez un autre moyen.");
    } finally {
      this.isAsking = false;
    }
  }

  async options() {
    const sent = new FormData(this.form);
    sent.delete("reponse");
    const response = await fetch(this.dataset.options, { method: "POST", body: sent, redirect: "error" });
    if (response.ok) return response.json();
    // The session ended meanwhile: the page itself says so.
    if (response.status === 401 || response.status === 403) location.reload();
    else this.say((await response.json()).phrase);
    return null;
  }

  ask(options) {
    if ("user" in options) {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  say(words) {
    this.querySelector("[role=alert]").textContent = words;
  }
}

customElements.define("cle-acces", CleAcces);

// A page brought back by « Précédent » must ask again: what the key signed serves once.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("cle-acces input[name=reponse]").forEach((answer) => (answer.value = ""));
});
