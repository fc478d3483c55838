// <precharge-suivant>: while a document is read, the first images of the next one are fetched, so that it opens at once.
// What it prepares is set aside for a few minutes, and let go when the page closes. Without this file the next one opens, slower.

const RENEW = 240_000; // milliseconds: a little before what was set aside is given to others, and its images are forgotten
const REST = 300; // the document on the screen comes first

class PrechargeSuivant extends HTMLElement {
  connectedCallback() {
    this.active = true;
    for (const sign of ["keydown", "pointermove", "wheel"]) {
      addEventListener(sign, () => { this.active = true; }, { passive: true });
    }
    addEventListener("pagehide", () => this.letGo());
    const start = () => setTimeout(() => this.prepare(), REST);
    if (document.readyState === "complete") start();
    else addEventListener("load", start, { once: true });
    // Whoever reads for long keeps it; whoever left lets it go.
    setInterval(() => {
      if (!this.active || document.hidden) return;
      this.active = false;
      this.prepare({ again: true });
    }, RENEW);
  }

  body() {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", this.querySelector("[name=csrfmiddlewaretoken]").value);
    if (this.dataset.service) data.set("service", this.dataset.service);
    if (this.dataset.file) data.set("file", this.dataset.file);
    return data;
  }

  async prepare({ again = false } = {}) {
    try {
      const response = await fetch(this.dataset.url, { method: "POST", body: this.body(), redirect: "error" });
      if (response.status !== 200) return;
      const { images, laisser } = await response.json();
      this.laisser = laisser;
      for (const image of images) {
        const one = await fetch(image, {
          headers: { "X-Enclos-Precharge": "1" }, priority: "low", redirect: "error", cache: again ? "reload" : "default",
        });
        await one.blob();
      }
      this.dataset.prete = images.length;
    } catch {
      // The line is cut, or the page is leaving: the next document opens all the same.
    }
  }

  letGo() {
    if (this.laisser) navigator.sendBeacon(this.laisser, this.body());
    this.laisser = "";
  }
}

customElements.define("precharge-suivant", PrechargeSuivant);
