// <liseuse-papier>: the pages, one under the other, turned and enlarged at will. Without this file they are plain images.

const STORED = "enclos.liseuse";
const STEP = 1.25;
const LARGEST = 6;

function remembered() {
  try {
    return localStorage.getItem(STORED) === "entiere" ? "entiere" : "largeur";
  } catch {
    return "largeur";
  }
}

class LiseusePapier extends HTMLElement {
  connectedCallback() {
    this.view = this.querySelector(".liseuse-vue");
    this.sheets = [...this.querySelectorAll(".feuille")];
    this.tools = this.querySelector(".liseuse-outils");
    this.mode = remembered();
    this.zoom = 1;
    this.current = 0;
    this.dataset.prete = "";
    this.tools.hidden = false;
    this.tools.addEventListener("click", (event) => this.use(event.target.closest("button")));
    this.querySelector(".liseuse-vignettes")?.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      this.go(this.sheets.findIndex((sheet) => `#${sheet.id}` === link.getAttribute("href")));
    });
    this.view.addEventListener("scroll", () => this.follow(), { passive: true });
    for (const image of this.querySelectorAll(".feuille img")) image.addEventListener("load", () => this.lay());
    new ResizeObserver(() => this.lay()).observe(this.view);
    this.lay();
  }

  use(button) {
    if (!button) return;
    const act = {
      precedente: () => this.go(this.current - 1),
      suivante: () => this.go(this.current + 1),
      plus: () => this.enlarge(STEP),
      moins: () => this.enlarge(1 / STEP),
      largeur: () => this.fit("largeur"),
      entiere: () => this.fit("entiere"),
      tourner: () => this.turn(),
    }[button.dataset.enclosOutil];
    act?.();
  }

  fit(mode) {
    this.mode = mode;
    this.zoom = 1;
    try {
      localStorage.setItem(STORED, mode);
    } catch {
      // Not remembered, that is all.
    }
    this.lay();
    this.go(this.current);
  }

  enlarge(factor) {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.view;
    const before = this.zoom;
    this.zoom = Math.min(LARGEST, Math.max(0.4, this.zoom * factor));
    this.lay();
    // What was in the middle stays in the middle.
    const ratio = this.zoom / before;
    this.view.scrollTo((scrollLeft + clientWidth / 2) * ratio - clientWidth / 2, (scrollTop + clientHeight / 2) * ratio - clientHeight / 2);
  }

  turn() {
    const sheet = this.sheets[this.current];
    sheet.dataset.quart = (Number(sheet.dataset.quart ?? 0) + 1) % 4;
    this.lay();
    this.go(this.current);
  }

  // Sizes are computed, so that a turned page takes the room of a turned page.
  lay() {
    const style = getComputedStyle(this.view);
    const width = this.view.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const height = this.view.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    if (width <= 0) return;
    for (const sheet of this.sheets) {
      const image = sheet.querySelector("img");
      const quart = Number(sheet.dataset.quart ?? 0);
      const ratio = image.naturalWidth ? image.naturalHeight / image.naturalWidth : 1980 / 1400;
      const shape = quart % 2 ? 1 / ratio : ratio;
      const whole = this.mode === "entiere" && height > 100 ? Math.min(width, height / shape) : width;
      const across = Math.round(whole * this.zoom);
      const down = Math.round(across * shape);
      sheet.style.width = `${across}px`;
      sheet.style.height = `${down}px`;
      image.style.width = `${quart % 2 ? down : across}px`;
      image.style.left = image.style.right = `${quart % 2 ? (across - down) / 2 : 0}px`;
      image.style.top = image.style.bottom = `${quart % 2 ? (down - across) / 2 : 0}px`;
      image.style.rotate = `${quart * 90}deg`;
      // Close up, the finer picture is fetched, once.
      if (image.dataset.loupe && image.naturalWidth && Math.max(across, down / shape) * devicePixelRatio > image.naturalWidth * 1.15) {
        const finer = new Image();
        finer.addEventListener("load", () => { image.src = finer.src; });
        finer.src = image.dataset.loupe;
        delete image.dataset.loupe;
      }
    }
    for (const mode of ["largeur", "entiere"]) {
      this.tools.querySelector(`[data-enclos-outil="${mode}"]`).setAttribute("aria-pressed", String(this.mode === mode && this.zoom === 1));
    }
    this.follow();
  }

  go(rank) {
    const sheet = this.sheets[Math.min(this.sheets.length - 1, Math.max(0, rank))];
    this.view.scrollTo({ top: sheet.offsetTop - this.view.offsetTop - 8 });
    this.mark(this.sheets.indexOf(sheet));
  }

  // The page that fills most of the frame is the current one.
  follow() {
    const middle = this.view.scrollTop + this.view.offsetTop + this.view.clientHeight / 3;
    let found = 0;
    this.sheets.forEach((sheet, rank) => {
      if (sheet.offsetTop <= middle) found = rank;
    });
    this.mark(found);
  }

  mark(rank) {
    if (rank === this.current) return;
    this.current = rank;
    const shown = this.querySelector("[data-enclos-rang]");
    if (shown) shown.textContent = rank + 1;
    this.querySelectorAll(".liseuse-vignettes a").forEach((link, index) => {
      link.toggleAttribute("aria-current", index === rank);
      if (index === rank) {
        link.setAttribute("aria-current", "true");
        link.scrollIntoView({ block: "nearest" });
      }
    });
  }
}

customElements.define("liseuse-papier", LiseusePapier);
