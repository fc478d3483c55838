"""The bench by keyboard alone: take, look, write, refuse, ask, and every key switched off when the agent says so."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.parcours.conftest import Visite
from tests.parcours.gestes import attend_le_recu, envoie

type Ouvre = Callable[..., Visite]


def banc(visite: Ouvre, photos: list[Path], count: int) -> Visite:
    """So many documents sent, and an agent on the first, the script of the page being there."""
    member = visite()
    member.signs_in("Claire Lefebvre")
    for _ in range(count):
        envoie(member.page, photos[:2], nature="Bail")
        attend_le_recu(member.page)
    agent = visite()
    agent.enters_by_a_click("Camille Roy")
    agent.goes("/agent/")
    prete(agent.page)
    agent.page.keyboard.press("n")
    expect(agent.page).to_have_url(re.compile("/agent/documents/"))
    prete(agent.page)
    return agent


def prete(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-raccourcis", re.compile("oui|non"))


def test_the_paper_is_turned_enlarged_and_leafed_through_by_keys(visite: Ouvre, photos: list[Path]) -> None:
    page = banc(visite, photos, 1).page
    rang, first = page.locator("[data-enclos-rang]"), page.locator(".feuille").first
    page.keyboard.press("ArrowRight")
    expect(rang).to_have_text("2")
    page.keyboard.press("ArrowLeft")
    expect(rang).to_have_text("1")
    width, height = first.evaluate("e => [e.offsetWidth, e.offsetHeight]")
    page.keyboard.press("p")
    turned_width, turned_height = first.evaluate("e => [e.offsetWidth, e.offsetHeight]")
    assert turned_width == width
    assert abs(turned_height / turned_width - width / height) < 0.02
    page.keyboard.press("+")
    assert first.evaluate("e => e.offsetWidth") > width * 1.2
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Page entière")).to_have_attribute("aria-pressed", "true")
    view = page.locator(".liseuse-vue").evaluate("e => e.clientHeight")
    assert first.evaluate("e => e.offsetHeight") <= view
    page.keyboard.press("l")


def test_decisions_by_keys_alone(visite: Ouvre, photos: list[Path]) -> None:
    agent = banc(visite, photos, 3)
    page = agent.page
    start = page.url

    page.keyboard.press("r")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Refusé")).to_be_focused()

    page.keyboard.press("a")
    page.keyboard.type("Merci, c’est complet.")  # a t in a field decides nothing
    assert page.url == start
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Traité")

    prete(page)
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".erreurs")).to_be_focused()
    expect(page).to_have_title(re.compile("^Erreur : "))
    agent.faults = [fault for fault in agent.faults if "422" not in fault]  # a form that comes back, on purpose
    page.get_by_label("Le document n’est pas lisible").press("Space")
    page.get_by_label("Ce que l’adhérent doit comprendre et faire").fill(
        "La photo est floue : refaites-la près d’une fenêtre."
    )
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Refusé")

    prete(page)
    page.keyboard.press("c")
    expect(page.get_by_label("Papier 1", exact=True)).to_be_focused()
    page.keyboard.type("Quittance")
    page.get_by_label("Pourquoi", exact=True).fill("Pour calculer votre aide.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("À compléter")


def test_keys_can_be_switched_off(visite: Ouvre, photos: list[Path]) -> None:
    page = banc(visite, photos, 1).page
    start = page.url
    page.get_by_role("button", name="Désactiver les raccourcis clavier").click()
    page.keyboard.press("t")
    page.wait_for_timeout(300)
    assert page.url == start
    expect(page.locator("kbd").first).to_be_hidden()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-raccourcis", "non")
    page.get_by_role("button", name="Activer les raccourcis clavier").click()
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("/agent/$"))
