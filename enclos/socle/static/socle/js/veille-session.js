// <veille-session data-duree="1200">: says, at least two minutes before, that the session will end; one click goes on.

const WARNING = 150; // seconds before the end

class VeilleSession extends HTMLElement {
  connectedCallback() {
    this.duration = Number(this.dataset.duree) || 0;
    if (!this.duration) return;
    // Another tab that goes on keeps this one alive too: they share the session.
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel("enclos-session") : null;
    this.channel?.addEventListener("message", () => this.renew());
    this.channel?.postMessage("vivante");
    this.renew();
    // A phone that slept: the clock went on, the timers did not.
    document.addEventListener("visibilitychange", () => !document.hidden && this.check());
    document.addEventListener("enclos:session-vivante", () => this.renew());
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.channel?.close();
  }

  renew() {
    this.end = Date.now() + this.duration * 1000;
    this.close();
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    const left = this.left();
    const next = left > WARNING ? left - WARNING : Math.min(left, left > 60 ? 15 : 1);
    this.timer = setTimeout(() => this.check(), Math.max(next, 0.2) * 1000);
  }

  left() {
    return (this.end - Date.now()) / 1000;
  }

  check() {
    const left = this.left();
    if (left <= 0) return this.finish();
    if (left <= WARNING + 1) this.warn(left);
    this.wait();
  }

  warn(left) {
    if (!this.open) {
      this.draw(
        "group",
        "Vous allez être déconnecté",
        "Sans geste de votre part, la session se ferme bientôt. Ce qui est enregistré reste gardé.",
      );
      const button = document.createElement("button");
      button.type = "button";
      button.className = "bouton";
      button.textContent = "Rester connecté";
      button.addEventListener("click", () => this.extend(button));
      this.box.append(button);
      this.speak("Vous serez déconnecté dans deux minutes. Le bouton Rester connecté est en bas de la page.");
    }
    const minutes = Math.ceil(left / 60);
    // Seen, not spoken: a voice that counts down is a torment.
    this.clock.textContent = left > 60 ? `Il reste ${minutes} minutes.` : `Il reste ${Math.ceil(left)} secondes.`;
  }

  async extend(button) {
    button.disabled = true;
    try {
      const token = document.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
      const response = await fetch("/session/prolonger/", {
        method: "POST",
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        redirect: "error",
      });
      if (!response.ok) throw new Error(String(response.status));
      this.channel?.postMessage("vivante");
      this.renew();
      this.speak("C’est fait : vous restez connecté.");
    } catch {
      button.disabled = false;
      this.text.textContent = "Nous n’avons pas pu prolonger la session. Vérifiez votre réseau, puis essayez encore.";
    }
  }

  finish() {
    clearTimeout(this.timer);
    this.draw(
      "region",
      "Vous êtes déconnecté",
      "La session est fermée, pour protéger vos données. Ce qui était enregistré est gardé ; ce que vous voyez encore à l’écran n’est pas envoyé.",
    );
    this.clock.remove();
    const link = document.createElement("a");
    link.className = "bouton";
    link.href = `/connexion/?suite=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Revenir à mon espace";
    this.box.append(link);
    this.speak("Vous êtes déconnecté. Ce qui était enregistré est gardé.");
    document.querySelector(".pave-etat")?.replaceChildren("Déconnecté");
    document.querySelector(".pave")?.setAttribute("data-etat", "deconnecte");
  }

  draw(role, title, text) {
    this.open = true;
    this.hidden = false;
    this.setAttribute("data-ouverte", "");
    this.box = document.createElement("div");
    this.box.setAttribute("role", role);
    const words = document.createElement("div");
    const heading = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = title;
    strong.id = "veille-titre";
    this.box.setAttribute("aria-labelledby", strong.id);
    heading.append(strong);
    this.text = document.createElement("p");
    this.text.textContent = text;
    this.clock = document.createElement("p");
    this.clock.setAttribute("data-reste", "");
    this.clock.setAttribute("aria-hidden", "true");
    words.append(heading, this.text, this.clock);
    this.box.append(words);
    this.replaceChildren(this.box);
  }

  close() {
    this.open = false;
    this.hidden = true;
    this.removeAttribute("data-ouverte");
    this.replaceChildren();
  }

  // A live region must exist before it speaks.
  speak(words) {
    let region = document.getElementById("veille-voix");
    if (!region) {
      region = document.createElement("p");
      region.id = "veille-voix";
      region.className = "invisible";
      region.setAttribute("role", "status");
      document.body.append(region);
    }
    setTimeout(() => (region.textContent = words), 100);
  }
}

customElements.define("veille-session", VeilleSession);
