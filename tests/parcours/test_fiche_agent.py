"""The screen of a document without a mouse: what is known beside it, a ready answer, a note, and the next one already there."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.parcours.conftest import Visite
from tests.parcours.gestes import attend_le_recu, envoie
from tests.parcours.test_banc import banc, prete

type Ouvre = Callable[..., Visite]

# The bytes that the network brought for the first page on the screen; 0 when the browser had it.
FETCHED = """() => {
  const image = document.querySelector('.feuille img');
  if (!image.complete || !image.naturalWidth) return -1;
  return performance.getEntriesByName(image.src).at(-1).transferSize;
}"""


def is_prepared(page: Page) -> None:
    """The script has fetched what the next screen will ask for."""
    expect(page.locator("precharge-suivant")).to_have_attribute("data-prete", re.compile("[1-9]"))


def test_by_keys_alone_with_the_next_document_already_there(visite: Ouvre, photos: list[Path]) -> None:
    agent = banc(visite, photos, 3)
    page = agent.page
    for words in ("Claire Lefebvre", "Foyer", "28 RUE DES BLEUETS", "En attente d’une réponse"):
        expect(page.get_by_role("main")).to_contain_text(words)
    assert page.evaluate(FETCHED) != 0, "the first one was nobody's to prepare"

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Traité")
    page.keyboard.press("t")  # the list is open: no key decides behind it
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    page.keyboard.press("i")
    page.keyboard.type("Appelée ce matin.")
    page.keyboard.press("Control+Enter")
    prete(page)
    expect(page.locator(".notes-liste")).to_contain_text("Appelée ce matin.")

    page.keyboard.press("s")
    expect(page.get_by_label("Réponse toute prête").first).to_be_focused()
    page.keyboard.type("Document enr")
    page.keyboard.press("Enter")
    word = page.get_by_label("Un mot pour l’adhérent").first
    expect(word).to_be_focused()
    expect(word).to_have_value(re.compile(r"Bonjour Claire,\s.*« Bail » est enregistré", re.DOTALL))
    is_prepared(page)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("status")).to_contain_text("Traité")
    prete(page)
    page.wait_for_function(f"({FETCHED})() >= 0")
    assert page.evaluate(FETCHED) == 0, "the next one was there before it was asked for"

    is_prepared(page)
    page.keyboard.press("z")  # « Annuler »
    expect(page.get_by_role("heading", level=2, name="Votre décision")).to_be_visible()
    expect(page.locator(".notes-liste")).to_contain_text("Appelée ce matin.")


def test_without_javascript_a_ready_answer_is_chosen_and_the_next_document_opens(
    visite: Ouvre, photos: list[Path]
) -> None:
    member = visite()
    member.signs_in("Claire Lefebvre")
    envoie(member.page, photos[:1], nature="Bail")
    attend_le_recu(member.page)
    agent = visite(javascript=False)
    agent.enters_by_a_click("Camille Roy")
    agent.goes("/agent/")
    page = agent.page
    page.get_by_role("button", name="Prendre le suivant").click()
    page.get_by_label("Réponse toute prête").first.select_option(label="Document enregistré")
    page.get_by_role("button", name="Utiliser").first.click()
    expect(page.get_by_label("Un mot pour l’adhérent").first).to_have_value(re.compile("est enregistré"))
    page.get_by_role("button", name="Traité").click()
    expect(page.get_by_role("status")).to_contain_text("Traité")
    page.get_by_role("button", name="Annuler cette décision").click()
    expect(page.get_by_role("heading", level=2, name="Votre décision")).to_be_visible()
