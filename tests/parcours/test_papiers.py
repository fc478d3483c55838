"""Papers asked, both sides: an agent asks, the member answers one by what she gave before and one by a photo, the agent accepts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.parcours.conftest import DESK, PHONE, Visite
from tests.parcours.gestes import ajoute, attend_le_recu, envoie
from tests.parcours.test_envoi import prend_jusqu_a
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]


def demande(agent: Visite, reference: str) -> None:
    """« À compléter » on the document just sent: a lease and a receipt for rent, why, by when."""
    page = agent.page
    agent.goes("/agent/")
    prend_jusqu_a(page, reference)
    page.goto(page.url.split("?")[0] + "?decision=completer")
    panneau = page.locator('form[data-enclos-panneau="completer"]')
    panneau.get_by_label("Papier 1", exact=True).select_option(label="Bail")
    panneau.get_by_label("Pourquoi", exact=True).fill("Le bail dit quel est votre loyer.")
    panneau.get_by_text("Demander d’autres papiers").click()
    panneau.locator("select[name=completer-nature_2]").select_option(label="Quittance de loyer")
    panneau.get_by_role("button", name=re.compile("^À compléter")).click()


@pytest.mark.parametrize(
    ("javascript", "taille"), [(True, DESK), (False, PHONE)], ids=["with scripts", "without, on a phone"]
)
def test_papers_asked_answered_and_accepted(
    visite: Ouvre, photos: list[Path], javascript: bool, taille: dict[str, int]
):
    member = visite(javascript=javascript, taille=taille).signs_in("Claire Lefebvre")
    envoie(member.page, photos[:1], nature="Bail")
    reference, _ = attend_le_recu(member.page)

    agent = visite(javascript=javascript)
    agent.enters_by_a_click("Camille Roy")
    demande(agent, reference)

    # The member sees it first, and answers the first paper by what she gave before.
    page = member.goes("/espace/").page
    page.get_by_role("link", name=re.compile("^Voir et répondre")).first.click()
    expect(page.get_by_text("Le bail dit quel est votre loyer.").first).to_be_visible()
    adresse = page.url
    page.get_by_role("link", name="Reprendre un document déjà donné : Bail").click()
    expect(page.get_by_role("radio", name=re.compile("Bail")).first).to_be_checked()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer ce document").click()
    attend_le_recu(page)

    # The second by a photo.
    page.goto(adresse)
    expect(page.locator("#papier-1")).to_contain_text("Envoyé le")
    page.get_by_role("button", name="L’envoyer : Quittance de loyer").click()
    ajoute(page, photos[1:2])
    page.get_by_role("button", name="Suivant", exact=True).click()
    page.get_by_role("group", name="Ce document contient-il des informations médicales ?").get_by_label("Non").check()
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer", exact=True).click()
    attend_le_recu(page)

    # The agent reads the same list, and accepts.
    agent.goes(adresse.removeprefix(agent.demo.url).replace("/espace/", "/agent/"))
    accepte(agent.page, "Bail")
    accepte(agent.page, "Quittance de loyer")
    page.goto(adresse)
    expect(page.get_by_role("main")).to_contain_text("Vous n’avez plus rien à envoyer")
    for rang in (1, 2):
        expect(page.locator(f"#papier-{rang}")).to_contain_text("Accepté")


def accepte(page: Page, nature: str) -> None:
    page.get_by_role("button", name=f"Accepter {nature}").click()
    expect(page.get_by_role("status")).to_contain_text("Le papier est accepté")


def test_papers_that_come_by_the_post_are_ticked_from_the_sheet(visite: Ouvre):
    member = visite(taille=PHONE).signs_in("Jeanne Delattre")
    member.page.get_by_role("link", name=re.compile("^Voir et répondre")).first.click()
    adresse = member.page.url
    reference = adresse.rstrip("/").rsplit("/", 1)[1]

    agent = visite()
    agent.enters_by_a_click("Camille Roy")
    page = agent.goes("/agent/papiers/").page
    page.get_by_label("Référence de la page à joindre").fill(reference.lower().replace("-", ""))
    page.get_by_role("button", name="Chercher").click()
    page.get_by_label(re.compile("2. Quittance de loyer")).check()
    page.get_by_role("button", name="Confirmer la réception").click()
    expect(page.get_by_role("status")).to_contain_text("Les papiers cochés sont reçus")

    member.page.goto(adresse)
    expect(member.page.locator("#papier-2")).to_contain_text("Reçu par la poste le")
    expect(member.page.locator("#papier-1")).to_contain_text("Attendu")


def test_a_member_says_that_she_has_not_a_paper(visite: Ouvre):
    page = visite(taille=PHONE).signs_in("Antoine Dubois").page
    page.get_by_role("link", name=re.compile("^Voir et répondre")).first.click()
    page.get_by_role("link", name=re.compile("^Je n’ai pas ce papier")).first.click()
    page.get_by_label("Dites-nous pourquoi").fill("Le géomètre passe la semaine prochaine.")
    page.get_by_role("button", name="Envoyer ce mot").click()
    expect(page.get_by_role("status").first).to_contain_text("Votre mot est envoyé")
    expect(page.locator("#papier-1")).to_contain_text("Le géomètre passe la semaine prochaine.")


def test_every_page_of_papers_is_for_every_body(visite: Ouvre, photos: list[Path]):
    """First shown, then with their errors; the member’s and the agents’."""
    member = visite().signs_in("Jeanne Delattre")
    page, found = member.page, []
    envoie(page, photos[2:], nature="Attestation de loyer")
    attend_le_recu(page)
    member.goes("/espace/")
    page.get_by_role("link", name=re.compile("^Voir et répondre")).first.click()
    adresse = page.url
    found += faults_of(page)
    page.get_by_role("link", name=re.compile("^Reprendre un document déjà donné")).first.click()
    found += faults_of(page)
    page.get_by_role("button", name="Envoyer ce document").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    found += faults_of(page)
    page.goto(adresse)
    page.get_by_role("link", name=re.compile("^Je n’ai pas ce papier")).first.click()
    page.get_by_role("button", name="Envoyer ce mot").click()
    expect(page).to_have_title(re.compile("^Erreur"))
    found += faults_of(page)
    page.goto(adresse)
    page.get_by_role("button", name=re.compile("^L’envoyer")).first.click()
    page.get_by_role("link", name="Reprendre un document déjà donné").click()
    found += faults_of(page)
    member.faults = [fault for fault in member.faults if "422" not in fault]  # the errors, on purpose

    agent = visite()
    agent.enters_by_a_click("Camille Roy")
    agent.goes(adresse.removeprefix(agent.demo.url).replace("/espace/", "/agent/"))
    for resume in agent.page.locator(".papier-gestes summary").all():
        resume.click()
    found += faults_of(agent.page)
    agent.page.get_by_role("link", name="Cocher les papiers reçus").click()
    found += faults_of(agent.page)
    agent.page.get_by_role("button", name="Confirmer la réception").click()
    expect(agent.page).to_have_title(re.compile("^Erreur"))
    found += faults_of(agent.page)
    agent.faults = [fault for fault in agent.faults if "422" not in fault]
    assert not found, "\n".join(found)


def test_a_document_of_the_fund_answers_a_paper_from_the_library(visite: Ouvre):
    """On a telephone: opened, chosen for the paper asked, attested; then begun in a sending of its own."""
    member = visite(taille=PHONE).signs_in("Jeanne Delattre")
    page, found = member.goes("/espace/documents/").page, []
    page.get_by_role("link", name="Attestation de paiement").first.click()
    page.get_by_role("link", name="Répondre à une demande de papiers").click()
    found += faults_of(page)
    page.get_by_role("link", name=re.compile("^C’est ce papier")).first.click()
    expect(page.get_by_role("radio")).to_be_checked()
    found += faults_of(page)
    page.get_by_label("J’atteste la conformité des documents").check()
    page.get_by_role("button", name="Envoyer ce document").click()
    attend_le_recu(page)

    member.goes("/espace/documents/")
    page.get_by_role("link", name="Attestation de paiement").first.click()
    page.get_by_role("button", name="Utiliser dans un envoi").click()
    expect(page.get_by_text("1 fichier déjà choisi")).to_be_visible()
    found += faults_of(page)
    assert not found
