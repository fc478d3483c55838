"""What every page owes to every body: axe finds nothing, 320 pixels suffice, the keyboard suffices, and it is light."""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import brotli
from playwright.sync_api import Page, Response, expect

from tests.parcours.conftest import DESK, Visite
from tests.parcours.gestes import ajoute, attend_le_recu, choisit, envoie

type Ouvre = Callable[..., Visite]

PUBLIQUES = (
    "/", "/inscription/", "/connexion/", "/verifier/", "/aide/", "/accessibilite/", "/donnees-personnelles/", "/mentions-legales/",
    "/modalites-utilisation/", "/plan/", "/cette-page-n-existe-pas/", "/demo/", "/demo/composants/", "/demo/boite-mail/",
)  # fmt: skip
FIRST_LOAD = 100_000
NEXT_PAGE = 20_000
ZOOM_320 = {"width": 320, "height": 700}


@cache
def axe_script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def faults_of(page: Page) -> list[str]:
    """What axe finds, and what it does not look for: fields without a visible edge, a page wider than its window."""
    page.evaluate(axe_script())
    results: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{page.url} axe {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
    page.set_viewport_size(ZOOM_320)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > ZOOM_320["width"]:
        widest = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 321)
            .slice(0, 3).map(e => e.tagName + '.' + e.className)""")
        found.append(f"{page.url}: {width} pixels wide in a window of 320: {widest}")
    page.set_viewport_size(DESK)
    return found


def test_public_pages(visite: Ouvre) -> None:
    visit = visite()
    found: list[str] = []
    for path in PUBLIQUES:
        visit.goes(path)
        found += faults_of(visit.page)
    visit.faults = [fault for fault in visit.faults if "404" not in fault]  # the page that does not exist, on purpose
    assert not found, "\n".join(found)


def test_every_page_of_the_journey(visite: Ouvre, photos: list[Path]) -> None:
    """Each step as it is first shown, then with its errors."""
    visit = visite()
    visit.signs_in("Antoine Dubois")
    page, found = visit.page, []
    for path in ("/espace/", "/espace/contact/", "/espace/envois/", "/espace/envoyer-un-document/"):
        visit.goes(path)
        found += faults_of(page)
    page.get_by_label("D’autres documents").check()
    page.get_by_role("button", name="Suivant").click()
    found += faults_of(page)
    page.get_by_label("Nombre de documents").select_option("1")
    page.get_by_role("button", name="Suivant").click()
    found += faults_of(page)
    page.get_by_role("button", name="Suivant").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    found += faults_of(page)
    choisit(page, "Nature du document", "RIB")
    choisit(page, "Personne concernée", "")
    choisit(page, "Motif de l’envoi", "")
    page.get_by_role("button", name="Suivant").click()
    found += faults_of(page)
    ajoute(page, photos[:1])
    found += faults_of(page)
    page.get_by_role("link", name=re.compile("^(Comparer|Voir)")).first.click()
    found += faults_of(page)
    page.go_back()
    page.get_by_role("button", name="Suivant", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérification")
    verification = page.url
    found += faults_of(page)
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page).to_have_title(re.compile("^Erreur"))
    found += faults_of(page)
    page.get_by_role("group", name="Ce document contient-il des informations médicales ?").get_by_label("Oui").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    found += faults_of(page)  # the postal way
    page.goto(verification)
    page.get_by_role("group", name="Ce document contient-il des informations médicales ?").get_by_label("Non").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    reference, _ = attend_le_recu(page)
    found += faults_of(page)
    visit.goes(f"/espace/envois/{reference}/")
    found += faults_of(page)
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the errors, on purpose

    agent = visite()
    agent.enters_by_a_click("Sophie Lemaire")
    found += faults_of(agent.page)
    agent.page.get_by_role("button", name="Prendre le suivant").first.click()
    found += faults_of(agent.page)
    for decision in ("completer", "refuser", "reorienter", "signaler-medical"):
        agent.page.goto(agent.page.url.split("?")[0] + f"?decision={decision}")
        found += faults_of(agent.page)
    agent.goes("/agent/a-surveiller/")
    found += faults_of(agent.page)

    envoie(page, photos[:1], nature="Bail")  # for a team of hers
    attend_le_recu(page)
    chief = visite()
    chief.enters_by_a_click("Nadia Fontaine")
    for path in ("/agent/?tout=1&retard=oui", "/agent/filtres/", "/agent/equipe/", "/agent/absences/", "/agent/lots/"):
        chief.goes(path)
        found += faults_of(chief.page)
    chief.page.goto(chief.demo.url + "/agent/equipe/")
    chief.page.get_by_role("table").get_by_role("link").first.click()
    found += faults_of(chief.page)
    chief.goes("/agent/lots/nouveau/?tout=1")
    found += faults_of(chief.page)
    chief.page.get_by_role("radio", name="Remettre dans la file").check()
    chief.page.get_by_role("button", name="Voir ce qui va se passer").click()
    found += faults_of(chief.page)
    chief.goes("/agent/?tout=1&genre=document")
    chief.page.get_by_role("table").get_by_role("link").first.click()
    where = chief.page.url.split("?")[0]
    for page_of_item in ("attribuer/", "transferer/", "precarite/"):
        chief.page.goto(where + page_of_item)
        found += faults_of(chief.page)
    assert not found, "\n".join(found)


def test_a_first_load_and_the_next_page_are_light(visite: Ouvre) -> None:
    """Counted as a proxy that compresses sends them; what the server compressed itself is counted as it came."""
    heavy: list[str] = []
    for first, following in (("/", "/aide/"), ("/connexion/", "/"), ("/aide/", "/verifier/")):
        visit = visite()
        heavy += weigh(visit, first, FIRST_LOAD)
        heavy += weigh(visit, following, NEXT_PAGE)
    member = visite()
    member.enters_by_a_click("Marc Vandamme")
    for path in ("/espace/", "/espace/envoyer-un-document/", "/espace/envois/"):
        heavy += weigh(member, path, NEXT_PAGE)
    assert not heavy, "\n".join(heavy)


def weigh(visit: Visite, path: str, limit: int) -> list[str]:
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    visit.page.on("response", note)
    visit.goes(path)
    visit.page.wait_for_load_state("networkidle")
    visit.page.remove_listener("response", note)
    weights = {}
    for answer in answers:
        if answer.from_service_worker or answer.status in {304, 302} or answer.url.startswith("data:"):
            continue
        if answer.request.sizes()["responseBodySize"] == 0:
            continue  # from the browser's own cache
        sent = answer.request.sizes()["responseBodySize"]
        weights[answer.url] = (
            sent if "/statique/" in answer.url else min(sent, len(brotli.compress(answer.body(), quality=5)))
        )
    total = sum(weights.values())
    return [f"{path}: {total} bytes, {weights}"] if total > limit else []


def test_the_journey_by_keyboard_alone(visite: Ouvre, photos: list[Path]) -> None:
    """Tab, space, enter and arrows from the sign-in to the receipt; what has the focus is always visible."""
    visit = visite()
    person = visit.demo.person("Ange Mattei")
    visit.goes("/connexion/")
    page = visit.page
    tab_to(page, "Identifiant")
    page.keyboard.type(person["identifiant"].lower())
    tab_to(page, "Mot de passe")
    page.keyboard.type(person["mot_de_passe"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/espace/$"))
    visit.goes("/espace/envoyer-un-document/")
    tab_to(page, "D’autres documents")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nombre de documents")
    tab_to(page, "Nombre de documents")
    page.keyboard.press("Home")
    tab_to(page, "Suivant")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Saisie des informations")
    for label in ("Nature du document", "Personne concernée", "Motif de l’envoi"):
        choose_by_keyboard(page, label)
    tab_to(page, "Suivant")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajout d’un fichier")
    ajoute(page, photos[:1])  # the system's own window opens from the keyboard; no test can type in it
    tab_to(page, "Suivant")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérification")
    tab_to(page, "Non")
    page.keyboard.press("Space")
    tab_to(page, "J’atteste la conformité des documents")
    page.keyboard.press("Space")
    tab_to(page, "Envoyer")
    page.keyboard.press("Enter")
    attend_le_recu(page)


FOCUS = """() => {
    const node = document.activeElement;
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    const label = node.labels?.length ? [...node.labels].map(label => label.innerText).join(' ') : '';
    return {
        name: (node.getAttribute('aria-label') || label || node.innerText || node.value || '').trim(),
        group: node.closest('fieldset')?.querySelector('legend')?.innerText.trim() || '',
        tag: node.tagName, type: node.type || '', class: node.className,
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
        marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    };
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus bears this name; on the way, everything that takes the focus shows it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["tag"] == "BODY":
            continue
        if focus["type"] not in {"radio", "checkbox", "file"} and "evitement" not in focus["class"]:
            assert focus["seen"], f"the focus is out of sight on {focus}"
            assert focus["marked"], f"the focus does not show on {focus}"
        if focus["name"].startswith(name) or (focus["type"] == "radio" and name == focus["group"]):
            return
        if focus["type"] == "radio" and walk_radios(page, name):
            return
    raise AssertionError(f"« {name} » is not reached by Tab on {page.url}")


def walk_radios(page: Page, name: str) -> bool:
    """Tab stops once in a group of radio buttons: the arrows go through it."""
    group = page.evaluate(FOCUS)["group"]
    start = page.evaluate(FOCUS)["name"]
    for _ in range(30):
        page.keyboard.press("ArrowDown")
        focus = page.evaluate(FOCUS)
        if focus["name"].startswith(name):
            return True
        if focus["name"] == start or focus["group"] != group:
            return False
    return False


def choose_by_keyboard(page: Page, label: str) -> None:
    tab_to(page, label)
    focus = page.evaluate(FOCUS)
    if focus["type"] == "radio":
        page.keyboard.press("Space")
    else:
        page.keyboard.press("ArrowDown")
