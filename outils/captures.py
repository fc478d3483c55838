"""Takes the screenshots of the README from a demo of its own: `make captures`."""

import base64
import hmac
import json
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.coffre.inspection.fabrique import jpeg_photo  # noqa: E402  (a script, not a module of the package)
from tests.services.processus import free_port  # noqa: E402

OUT = ROOT / "docs" / "captures"
COLOURS = 128  # screens are flat: a palette makes the pictures four times lighter
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 860}


@contextmanager
def demo() -> Iterator[str]:
    """A demo on a free port, gone at the end."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="enclos-captures-")
    process = subprocess.Popen(
        [ROOT / ".venv/bin/enclos", "demo", "--port", str(port), "--data", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/healthz")
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    path = OUT / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(path.relative_to(ROOT))


def sign_in(page: Page, url: str, person: dict[str, str]) -> None:
    page.goto(f"{url}/connexion/")
    page.get_by_label("Identifiant").fill(person["identifiant"])
    page.get_by_label("Mot de passe").fill(person["mot_de_passe"])
    page.get_by_role("button", name="Se connecter").click()
    if person.get("totp"):
        page.get_by_label("Code à 6 chiffres").fill(code_now(person["totp"]))
        page.get_by_role("button", name="Continuer").click()


def code_now(secret: str) -> str:
    """The six figures of RFC 6238 that an agent's telephone would show."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def member(browser: Browser, url: str, person: dict[str, str], photos: list[Path]) -> None:
    """Her home, adding photos, the receipt; on a phone."""
    page = browser.new_page(viewport=PHONE, locale="fr-FR")
    page.goto(url)
    shot(page, "public-360")
    sign_in(page, url, person)
    shot(page, "espace-360")
    page.goto(f"{url}/espace/envoyer-un-document/")
    page.get_by_label("D’autres documents").check()
    page.get_by_role("button", name="Suivant").click()
    page.get_by_role("button", name="Suivant").click()
    page.get_by_label("Nature du document").select_option(label="Attestation de loyer")
    page.get_by_label("Motif de l’envoi").select_option("complement_dossier")
    page.get_by_role("button", name="Suivant").click()
    page.get_by_label("Fichiers").set_input_files([str(photo) for photo in photos])
    page.locator("#pages .fichier").nth(len(photos) - 1).wait_for()
    page.wait_for_load_state("networkidle")
    shot(page, "fichiers-360")
    page.get_by_role("button", name="Suivant").click()
    page.get_by_label("Non").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_role("heading", name="Envoi et accusé de réception").wait_for()
    shot(page, "accuse-360", whole=True)


def agent(browser: Browser, url: str, person: dict[str, str]) -> None:
    """The bench; on a desk."""
    page = browser.new_page(viewport=DESK, locale="fr-FR")
    sign_in(page, url, person)
    page.get_by_role("button", name="Prendre le suivant").first.click()
    page.get_by_role("button", name="Traité").wait_for()
    page.wait_for_load_state("networkidle")
    shot(page, "agent-1280")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, demo() as url, sync_playwright() as playwright:
        photos = [Path(folder) / f"IMG_204{n}.jpg" for n in range(1, 4)]
        for photo, quality in zip(photos, (70, 75, 80), strict=True):
            photo.write_bytes(jpeg_photo(quality=quality))
        people = json.load(urllib.request.urlopen(f"{url}/demo/personnes.json"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        member(browser, url, next(one for one in people if one["role"] == "adherent"), photos)
        agent(browser, url, next(one for one in people if one["role"] == "agent"))
        browser.close()


if __name__ == "__main__":
    main()
