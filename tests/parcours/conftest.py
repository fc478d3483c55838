"""A real browser before the running demo. Nothing here touches the database: what a person can do is all there is."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from shutil import which
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from enclos.comptes import totp
from tests import maison
from tests.services.clamd import Clamd
from tests.services.processus import ROOT, die_with_parent, free_port, prepared, stop, wait_until

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.parcours)


@dataclass
class Demo:
    """The demo, running."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def json(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path) as response:
            return json.load(response)

    def person(self, words: str) -> dict[str, Any]:
        """The demo person whose description holds `words`."""
        return next(one for one in self.json("/demo/personnes.json") if words in one["libelle"])

    def received(self, address: str) -> list[dict[str, str]]:
        """What this address received so far, the latest first."""
        found: list[dict[str, str]] = self.json(f"/demo/boite-mail.json?a={urllib.parse.quote(address)}")
        return found

    def mails(self, address: str, *, about: str = "", but: Sequence[dict[str, str]] = ()) -> list[dict[str, str]]:
        """What this address received, once something about `about` has come that is not one of `but`."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = [one for one in self.received(address) if about in one["objet"] and one not in but]
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError(f"no mail about « {about} » to {address}")


def run_demo(folder: Path, **settings: str) -> Iterator[Demo]:
    port = free_port()
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENCLOS_", "TESTS_", "DJANGO_", "PYTEST"))
    }
    # A NIR in the log would be found there; those the demo prints on purpose go elsewhere.
    log = folder.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "enclos", "demo", "--port", str(port), "--data", str(folder)],
            stdout=subprocess.DEVNULL, stderr=errors, env=env | settings, cwd=ROOT, preexec_fn=die_with_parent,
        )  # fmt: skip
    demo = Demo(port, folder)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{demo.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    wait_until(answers, process, log, patience=180)
    yield demo
    stop(process, patience=30)
    assert "Traceback" not in log.read_text(), log.read_text()[-4000:]


@pytest.fixture(scope="session")
def demo_prete() -> Path:
    """The data of a demo that was made, then stopped: each module begins with a copy, and owes nothing to the others."""
    folder = maison.DOSSIER / f"parcours-{maison.WORKER}"
    for _ in run_demo(folder):
        pass
    return folder


@pytest.fixture(scope="module")
def demo(demo_prete: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    """As `make demo` gives it: SQLite, no antivirus."""
    folder = demo_prete.with_name(f"{demo_prete.name}-{request.module.__name__.rpartition('.')[2]}")
    shutil.copytree(demo_prete, folder)
    yield from run_demo(folder)


@pytest.fixture(scope="session")
def demo_analysee(clamd: Clamd) -> Iterator[Demo]:
    """The same, with a real antivirus."""
    yield from run_demo(maison.DOSSIER / f"parcours-clamd-{maison.WORKER}", ENCLOS_CLAMD=clamd.url)


@pytest.fixture(scope="module")
def navigateur() -> Iterator[Browser]:
    # One per module, closed with it: its event loop would forbid the database to the tests that follow.
    program = prepared("browser") or next(
        filter(None, map(which, ("chromium", "google-chrome", "chromium-browser"))), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visite:
    """One person's browser: a page, and what went wrong in it."""

    demo: Demo
    context: BrowserContext
    page: Page
    faults: list[str]

    def goes(self, path: str) -> "Visite":
        self.page.goto(self.demo.url + path)
        return self

    def signs_in(self, words: str) -> "Visite":
        """By the sign-in page, second factor included."""
        person = self.demo.person(words)
        self.goes("/connexion/")
        self.page.get_by_label("Identifiant").fill(person["identifiant"])
        self.page.get_by_label("Mot de passe", exact=True).fill(person["mot_de_passe"])
        self.page.get_by_role("main").get_by_role("button", name="Se connecter").click()
        if person.get("totp"):
            code = totp.code_at(base64.b32decode(person["totp"]), totp.current_step())
            self.page.get_by_label("Code à 6 chiffres").fill(code)
            self.page.get_by_role("button", name="Continuer").click()
        return self

    def enters_by_a_click(self, words: str) -> "Visite":
        self.goes("/demo/")
        self.page.get_by_role("row").filter(has_text=words).get_by_role("button").click()
        return self


@pytest.fixture
def visite(demo: Demo, navigateur: Browser) -> Iterator[Callable[..., Visite]]:
    """Opens browsers: `visite()`, `visite(javascript=False)`, `visite(taille=PHONE)`. Any console error fails the test."""
    opened: list[Visite] = []

    def ouvre(*, javascript: bool = True, taille: dict[str, int] = DESK, chez: Demo = demo) -> Visite:
        context = navigateur.new_context(
            java_script_enabled=javascript, viewport=taille, locale="fr-FR", accept_downloads=True, reduced_motion="reduce"
        )  # type: ignore[arg-type]  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(15_000)
        visit = Visite(chez, context, page, [])
        page.on("pageerror", lambda error: visit.faults.append(f"script: {error}"))
        page.on("console", lambda said: visit.faults.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("response", lambda response: note_failure(visit, response))
        opened.append(visit)
        return visit

    yield ouvre
    faults = [fault for visit in opened for fault in visit.faults]
    for visit in opened:
        visit.context.close()
    assert not faults, "\n".join(faults)


def note_failure(visit: Visite, response: Response) -> None:
    if response.status >= 500:
        visit.faults.append(f"{response.status} {response.url}")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three photos of a paper lying on a table, as a phone takes them: heavy, and lying on their side."""
    folder = tmp_path_factory.mktemp("photos")
    return [photograph(folder / f"IMG_204{number}.jpg", page=number) for number in (1, 2, 3)]


def photograph(path: Path, *, page: int) -> Path:
    chance = Random(page)
    paper = Image.new("L", (1800, 2500), 245)
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(size=44)
    for line in range(38):
        words = " ".join(
            chance.choice(("loyer", "quittance", "mensuel", "propriétaire", "signé", "locataire")) for _ in range(6)
        )
        draw.text((140, 140 + line * 58), words, fill=25, font=font)
    table = Image.effect_noise((2400, 3200), 40).point(lambda value: value // 2 + 60)
    table.paste(paper.rotate(2, expand=True, fillcolor=90), (280, 300))
    photo = table.filter(ImageFilter.GaussianBlur(0.6)).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn me a quarter to the right
    exif[0x0110] = "Téléphone d’essai"
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=93, exif=exif)
    path.write_bytes(buffer.getvalue())
    assert path.stat().st_size > 1_000_000
    return path
