"""The queues in a browser, with a script and without, by keyboard alone: filter, keep, take the next, decide for several and drop it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.parcours.conftest import Visite
from tests.parcours.gestes import attend_le_recu, envoie
from tests.parcours.test_pages import tab_to

type Ouvre = Callable[..., Visite]


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_from_the_filter_to_a_lot_dropped_in_time(visite: Ouvre, photos: list[Path], javascript: bool) -> None:
    member = visite()
    member.signs_in("Claire Lefebvre")
    for _ in range(3):
        envoie(member.page, photos[:1], nature="Bail")
        attend_le_recu(member.page)

    agent = visite(javascript=javascript)
    agent.enters_by_a_click("Nadia Fontaine")
    page = agent.page
    agent.goes("/agent/?service=famille")

    # Filter, by keyboard.
    tab_to(page, "Filtrer la file")
    page.keyboard.press("Enter")
    page.get_by_label("Groupe", exact=True).select_option("Logement")
    tab_to(page, "Filtrer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("groupe=Logement"))
    expect(page.get_by_role("list", name="Filtre appliqué")).to_contain_text("Logement")

    # Keep it: it becomes a tab.
    nom = f"Logement {'avec' if javascript else 'sans'}"
    tab_to(page, "Nom du filtre")
    page.keyboard.type(nom)
    tab_to(page, "Enregistrer le filtre")
    page.keyboard.press("Enter")
    tab = page.get_by_role("navigation", name="Mes filtres et outils").get_by_role("link", name=nom)
    expect(tab).to_have_attribute("aria-current", "true")

    # The next one is of the filter.
    tab_to(page, "Prendre le suivant")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/agent/documents/.*file=groupe"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bail")
    agent.goes("/agent/?groupe=Logement")

    # Several at once: tick, choose, look, confirm, drop.
    boxes = page.get_by_role("checkbox", name=re.compile("^Choisir « Bail »"))
    before = boxes.count()
    assert before >= 2
    if javascript:
        page.get_by_role("checkbox", name=re.compile("^Tout cocher")).check()
    else:
        for box in boxes.all():
            box.focus()
            page.keyboard.press("Space")
    tab_to(page, "Décider pour les documents cochés")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Décider pour {before} documents")
    page.get_by_role("radio", name="Traité").check()
    page.get_by_label("Un mot pour les adhérents").fill("Merci, c’est complet.")
    tab_to(page, "Voir ce qui va se passer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Traité : {before} documents")
    tab_to(page, "Confirmer le lot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("Décision en lot prévue")
    held(page, agent, before)
    agent.page.get_by_role("button", name="Annuler ce lot").first.click()
    expect(page.get_by_role("main")).to_contain_text("rien n’a changé")
    agent.goes("/agent/?groupe=Logement")
    expect(boxes).to_have_count(before)

    # What was taken goes back, for whoever comes next.
    agent.goes("/agent/?qui=miens")
    page.get_by_role("main").get_by_role("link", name="Bail", exact=True).first.click()
    page.get_by_role("button", name="Remettre dans la file").click()


def held(page: Page, agent: Visite, count: int) -> None:
    """In the queue, each says what awaits it, and cannot be ticked."""
    agent.goes("/agent/?groupe=Logement")
    expect(page.get_by_role("row").filter(has_text="Décision en lot prévue")).to_have_count(count)
    expect(page.get_by_role("checkbox", name=re.compile("^Choisir « Bail »"))).to_have_count(0)
