"""« Mes avis » in a real browser: an agent decides, the home says it, reading it is enough; preferences by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.parcours.conftest import PHONE, Visite
from tests.parcours.gestes import attend_le_recu, envoie
from tests.parcours.test_banc import banc
from tests.parcours.test_mon_compte import titre
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_an_agent_decides_the_home_says_it_and_reading_it_is_enough(
    visite: Ouvre, photos: list[Path], javascript: bool
) -> None:
    agent = banc(visite, photos, 1)
    agent.page.keyboard.press("a")
    agent.page.keyboard.type("Merci, c’est complet.")
    agent.page.keyboard.press("Control+Enter")
    expect(agent.page.get_by_role("status")).to_contain_text("Traité")

    member = visite(javascript=javascript, taille=PHONE)
    member.enters_by_a_click("Claire Lefebvre")
    page, found = member.page, []
    news = page.get_by_role("region", name="Nouveaux avis")
    first = news.get_by_role("link").first
    expect(first).to_contain_text("un agent a répondu")
    if javascript:
        found += faults_of(page)
    first.click()
    expect(page.get_by_text("Merci, c’est complet.").first).to_be_visible()

    member.goes("/espace/avis/")
    titre(page, "Mes avis")
    expect(page.get_by_role("listitem").filter(has_text="un agent a répondu").first).to_contain_text("Lu le")
    if javascript:
        found += faults_of(page)
    everything = page.get_by_role("button", name="Tout marquer comme lu")
    if everything.count():
        everything.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Tous vos avis sont marqués comme lus")
    member.goes("/espace/")
    expect(news).to_have_count(0)
    assert not found, "\n".join(found)


def test_the_page_of_a_receipt_marks_its_notice_read(visite: Ouvre, photos: list[Path]) -> None:
    member = visite(taille=PHONE)
    member.enters_by_a_click("Marc Vandamme")
    envoie(member.page, photos[:1], nature="Bail")
    attend_le_recu(member.page)
    member.goes("/espace/avis/")
    line = member.page.get_by_role("listitem").filter(has_text="Nous avons bien reçu votre envoi").first
    expect(line).to_contain_text("Nouveau")
    member.goes("/espace/envois/")
    member.page.get_by_role("link", name="Envoi").first.click()
    member.goes("/espace/avis/")
    expect(line).to_contain_text("Lu le")


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_preferences_by_keyboard_alone(visite: Ouvre, javascript: bool) -> None:
    member = visite(javascript=javascript, taille=PHONE)
    member.enters_by_a_click("Claire Lefebvre")
    member.goes("/espace/compte/preferences/")
    page = member.page
    titre(page, "Mes préférences")
    day = page.get_by_label("Une fois par jour, à 18 h")
    page.get_by_label("Tout de suite").focus()
    page.keyboard.press("ArrowDown")
    expect(day).to_be_checked()
    quiet = page.get_by_label("Pas d’e-mail non plus")
    page.keyboard.press("Tab")
    expect(quiet).to_be_focused()
    page.keyboard.press("Space")
    while page.evaluate("document.activeElement.type") != "submit":  # past what is said of paper
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Vos préférences sont enregistrées")
    expect(day).to_be_checked()
    expect(quiet).to_be_checked()
    if javascript:
        assert not (found := faults_of(page)), "\n".join(found)
    page.get_by_label("Tout de suite").check()
    quiet.uncheck()
    page.get_by_role("button", name="Enregistrer").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Vos préférences sont enregistrées")
    member.goes("/espace/compte/")
    expect(page.get_by_text("E-mails une fois par jour")).to_have_count(0)
