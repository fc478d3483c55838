// <envoi-fichiers>: sends each file as soon as it is chosen, one at a time, and tries again when the line cuts.
// Without this script the same form sends the same files: nothing here is needed, all of it helps.
//
// The server answers each upload with the new list, already in French; this element only puts it in place, shows how far
// an upload is, and says so to assistive technology without saying it too often.

const REDUCE_ABOVE = 1_000_000; // bytes: lighter photos travel as they are
const LONGEST_SIDE = 2400; // points: the server asks for 1754 at least, and aims at 2000
const QUALITY = 0.82;
const RETRIES_MS = [1000, 3000, 8000, 20000, 45000];
const ANNOUNCE_EVERY = 25; // percent
const TOO_HEAVY = "Ce fichier est trop lourd : 20 Mo au plus.";
const NOT_SENT = "Ce fichier n’a pas pu être envoyé. Rechargez la page, puis réessayez.";

class CutLine extends Error {}
class SignedOut extends Error {
  constructor() {
    super("Votre session a pris fin. Vos autres fichiers sont gardés.");
  }
}

class EnvoiFichiers extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("[data-enclos-envoi]");
    this.list = this.querySelector("[data-enclos-liste]");
    this.input = this.form.querySelector("input[type=file]");
    this.queue = [];
    this.isBusy = false;

    this.status = element("p", { className: "invisible", role: "status" });
    this.waiting = element("ul", { className: "fichiers" });
    this.list.after(this.status, this.waiting);
    this.form.querySelector("[data-enclos-ajouter]").hidden = true;

    this.input.addEventListener("change", () => this.take(this.input.files));
    this.addCamera();
    this.addDrop();
    this.form.addEventListener("submit", (event) => this.holdBack(event));
    this.list.addEventListener("submit", (event) => this.changeInPlace(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.isBusy) event.preventDefault();
    });
    window.addEventListener("online", () => this.wake?.());
    window.addEventListener("pageshow", () => this.stay());
  }

  // A telephone opens its camera at once; a computer has no use for the button.
  addCamera() {
    if (!window.matchMedia("(pointer: coarse)").matches) return;
    const camera = element("input", { type: "file", accept: "image/*", hidden: true, tabIndex: -1 });
    camera.setAttribute("capture", "environment");
    camera.setAttribute("aria-hidden", "true");
    camera.addEventListener("change", () => this.take(camera.files));
    const button = element("button", { type: "button", className: "bouton", textContent: "Prendre une photo" });
    button.dataset.ton = "second";
    button.addEventListener("click", () => camera.click());
    this.form.querySelector("[data-enclos-depot]").append(button, camera);
  }

  addDrop() {
    const zone = this.form.querySelector("[data-enclos-depot]");
    const over = (isOver) => (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      zone.toggleAttribute("data-survol", isOver);
    };
    zone.addEventListener("dragenter", over(true));
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    for (const file of [...files]) this.queue.push(this.lineOf(file));
    this.input.value = "";
    this.forgetErrors();
    this.drain();
  }

  // What the page came back with is answered by the files just chosen.
  forgetErrors() {
    document.querySelector(".erreurs")?.remove();
    this.form.querySelector(".champ-erreur")?.remove();
    this.form.querySelector("[data-erreur]")?.removeAttribute("data-erreur");
    this.input.removeAttribute("aria-invalid");
  }

  lineOf(file) {
    const line = element("li", { className: "fichier" });
    const body = element("div");
    const name = element("p", { className: "fichier-nom", textContent: file.name });
    const state = element("p", { className: "fichier-etat", textContent: "En attente" });
    const progress = element("progress", { max: 100, value: 0 });
    progress.setAttribute("aria-label", `Envoi de ${file.name}`);
    const cancel = element("button", { type: "button", className: "bouton", textContent: "Annuler" });
    Object.assign(cancel.dataset, { ton: "second", taille: "petit" });
    cancel.setAttribute("aria-label", `Annuler ${file.name}`);
    body.append(name, state, progress);
    line.append(element("span", { className: "vignette" }), body, cancel);
    this.waiting.append(line);
    const item = { file, line, state, progress, cancel, jeton: crypto.randomUUID?.() ?? String(Math.random()).slice(2), isCancelled: false };
    cancel.addEventListener("click", () => {
      item.isCancelled = true;
      item.request?.abort();
      line.remove();
      this.say(`${file.name} : annulé.`);
      this.wake?.();
    });
    return item;
  }

  async drain() {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.queue.length) {
      const item = this.queue.shift();
      if (!item.isCancelled) await this.sendOne(item);
    }
    this.isBusy = false;
    if (this.wantsNext) this.form.requestSubmit(this.wantsNext.button);
  }

  async sendOne(item) {
    item.state.textContent = "Préparation…";
    const file = await reduced(item.file);
    for (let attempt = 0; !item.isCancelled; attempt += 1) {
      try {
        const answer = await this.upload(item, file);
        const refusal = this.show(answer);
        if (answer.isKept) {
          item.line.remove();
          this.say(`${item.file.name} : ajouté.`);
        } else this.giveUp(item, refusal || "Ce fichier n’a pas été ajouté.");
        return;
      } catch (error) {
        if (item.isCancelled) return;
        if (!(error instanceof CutLine)) {
          this.giveUp(item, error.message, error instanceof SignedOut && signInLink());
          return;
        }
        const wait = RETRIES_MS[Math.min(attempt, RETRIES_MS.length - 1)];
        item.state.textContent = "Connexion coupée. Nous réessayons tout seuls.";
        if (attempt === 0) this.say(`${item.file.name} : connexion coupée, nous réessayons.`);
        await new Promise((resolve) => {
          this.wake = resolve;
          setTimeout(resolve, wait);
        });
      }
    }
  }

  giveUp(item, message, cure) {
    this.stay();
    item.progress.remove();
    item.state.textContent = message;
    if (cure) item.state.append(" ", cure);
    item.state.setAttribute("role", "alert");
    item.state.dataset.refus = "";
    item.cancel.textContent = "Fermer";
    item.cancel.setAttribute("aria-label", `Fermer le message sur ${item.file.name}`);
  }

  upload(item, file) {
    return new Promise((resolve, reject) => {
      const data = new FormData();
      data.set("csrfmiddlewaretoken", this.form.querySelector("[name=csrfmiddlewaretoken]").value);
      data.set("jeton", item.jeton);
      data.set("fichiers", file, file.name);
      const request = new XMLHttpRequest();
      item.request = request;
      let announced = 0;
      request.upload.addEventListener("progress", (event) => {
        const percent = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
        item.progress.value = percent;
        item.state.textContent = percent < 100 ? `Envoi : ${percent} %` : "Vérification du fichier…";
        if (percent >= announced + ANNOUNCE_EVERY) {
          announced = percent - (percent % ANNOUNCE_EVERY);
          this.say(`${item.file.name} : ${announced} %`);
        }
      });
      request.addEventListener("load", () => {
        const isList = request.getResponseHeader("X-Enclos-Partie") === "liste";
        if (isList) {
          document.dispatchEvent(new Event("enclos:session-vivante"));
          resolve({ html: request.responseText, isKept: request.status === 200 });
        } else if (request.status === 401 || request.responseURL.includes("/connexion/")) reject(new SignedOut());
        else if (request.status >= 500 || request.status === 429 || request.status === 0) reject(new CutLine());
        else reject(new Error(request.status === 413 ? TOO_HEAVY : NOT_SENT));
      });
      for (const event of ["error", "abort", "timeout"]) request.addEventListener(event, () => reject(new CutLine()));
      // Not `form.action`: a button of that name hides it.
      request.open("POST", this.form.getAttribute("action") || location.href);
      request.setRequestHeader("X-Requested-With", "envoi-fichiers");
      request.send(data);
    });
  }

  show({ html }) {
    // Our own server's template, escaped there: the same that a reload would show.
    this.list.innerHTML = html;
    // What was refused is said on the file's own line: the next file's answer would wipe it from the list.
    const alarm = this.list.querySelector('.alerte[data-ton="rouge"]');
    alarm?.remove();
    return [...(alarm?.querySelectorAll("li") ?? [])].map((one) => one.textContent).join(" ");
  }

  // « Suivant » while files are still leaving: it waits for them, and says so.
  holdBack(event) {
    if (!this.isBusy) return;
    event.preventDefault();
    delete this.form.dataset.parti;
    this.wantsNext ??= { button: event.submitter, words: event.submitter.textContent };
    event.submitter.textContent = "Vos fichiers finissent de partir…";
    this.say("Encore un instant : vos fichiers finissent de partir.");
  }

  // A file was refused, or the page was left and found again: one reads before going on.
  stay() {
    if (this.wantsNext) this.wantsNext.button.textContent = this.wantsNext.words;
    this.wantsNext = null;
  }

  // Remove, turn, move: the list alone changes, and the focus stays near.
  async changeInPlace(event) {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form, event.submitter);
    const label = event.submitter.textContent.trim();
    const at = [...this.list.querySelectorAll("button")].indexOf(event.submitter);
    try {
      const response = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { "X-Requested-With": "envoi-fichiers" } });
      if (response.status === 401) throw new SignedOut();
      if (response.headers.get("X-Enclos-Partie") !== "liste") throw new CutLine();
      this.show({ html: await response.text() });
    } catch (error) {
      delete form.dataset.parti;
      // Only a page can ask to sign in: it then goes on from there.
      if (error instanceof SignedOut) location.assign(signInLink().href);
      this.say("La connexion est coupée : cela n’a pas été fait. Réessayez.", { isVisible: true });
      return;
    }
    const buttons = this.list.querySelectorAll("button");
    (buttons[Math.min(at, buttons.length - 1)] ?? this.input).focus();
    this.say(`${label} : fait.`);
  }

  say(text, { isVisible = false } = {}) {
    this.status.classList.toggle("invisible", !isVisible);
    this.status.textContent = text;
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function signInLink() {
  return element("a", { href: `/connexion/?suite=${encodeURIComponent(location.pathname)}`, textContent: "Se reconnecter" });
}

// A heavy photo is made lighter before it travels. Whatever fails here, the original leaves instead: the server knows how.
async function reduced(file) {
  if (file.size <= REDUCE_ABOVE || !/^image\/(jpeg|png|heic|heif)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = element("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

customElements.define("envoi-fichiers", EnvoiFichiers);
