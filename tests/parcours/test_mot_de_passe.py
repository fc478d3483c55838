"""A lost password and a new one, in a real browser: rules ticked as they are met, shown, pasted, and all of it without script."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import maison
from tests.parcours.conftest import PHONE, Demo, Visite, run_demo
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]

WHO = "Jeanne"


@pytest.fixture(scope="module")
def maison_a_part() -> Iterator[Demo]:
    """A demo of its own: passwords change here."""
    yield from run_demo(maison.DOSSIER / f"parcours-mdp-{maison.WORKER}")


def asks(visit: Visite) -> str:
    """« Mot de passe oublié ? » up to the code of the e-mail."""
    page, person = visit.page, visit.demo.person(WHO)
    visit.goes("/connexion/")
    page.get_by_role("link", name="Mot de passe oublié ?").click()
    page.get_by_label("Identifiant").fill(person["identifiant"])
    before = len(codes(visit))
    page.get_by_role("button", name="Recevoir un code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Le code que vous avez reçu")
    for _ in range(100):
        if len(found := codes(visit)) > before:
            return found[0]
        page.wait_for_timeout(200)
    raise AssertionError("no code came")


def codes(visit: Visite) -> list[str]:
    """The codes that were sent, newest first."""
    mails = visit.demo.json("/demo/boite-mail.json")
    told = [one["texte"] for one in mails if one["objet"] == "Votre code de vérification"]
    return [re.findall(r"^(\d{6})$", text, re.MULTILINE)[0] for text in told]


def test_the_rules_are_ticked_as_one_types_and_the_new_password_opens(visite: Ouvre, maison_a_part: Demo) -> None:
    visit = visite(taille=PHONE, chez=maison_a_part)
    page, found = visit.page, []
    code = asks(visit)
    found += faults_of(page)
    page.get_by_label("Code à 6 chiffres").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisir votre mot de passe")
    found += faults_of(page)
    field = page.get_by_label("Nouveau mot de passe")
    field.press_sequentially("Tr4c")
    met = page.locator("[data-respectee]")
    expect(met).to_have_count(3)
    expect(page.get_by_role("status")).to_contain_text("Il manque : 8 signes au moins, un caractère spécial")
    field.press_sequentially("teur; 7")
    expect(met).to_have_count(5)
    expect(page.get_by_role("status")).to_have_text("Les règles sont respectées.")
    page.get_by_role("button", name="Afficher ce que je tape").click()
    expect(field).to_have_attribute("type", "text")
    found += faults_of(page)
    paste(page, "chevaux bleus sous la pluie")
    expect(met).to_have_count(4)  # length, small letters, a special sign, and the phrase
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    expect(page).to_have_url(f"{maison_a_part.url}/espace/")
    visit.goes("/espace/compte/coordonnees/adresse/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Prouvez que c’est vous")
    found += faults_of(page)
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_label("Code à 6 chiffres")).to_be_visible()
    found += faults_of(page)
    assert not found, "\n".join(found)


def paste(page: Page, text: str) -> None:
    """As a password manager or a clipboard does."""
    page.get_by_label("Nouveau mot de passe").fill("")
    page.get_by_label("Nouveau mot de passe").focus()
    page.keyboard.insert_text(text)


def test_without_javascript_everything_is_there(visite: Ouvre, maison_a_part: Demo) -> None:
    visit = visite(javascript=False, taille=PHONE, chez=maison_a_part)
    page = visit.page
    code = asks(visit)
    page.get_by_label("Code à 6 chiffres").fill(code)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("link", name="Voir ce que je tape").click()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_attribute("type", "text")
    page.get_by_label("Nouveau mot de passe").fill("vaches rousses au pré vert")
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    expect(page).to_have_url(f"{maison_a_part.url}/espace/")


def test_the_letter_is_one_link_away(visite: Ouvre, maison_a_part: Demo) -> None:
    visit = visite(taille=PHONE, chez=maison_a_part)
    page, found = visit.page, []
    visit.goes("/mot-de-passe-oublie/")
    found += faults_of(page)
    page.get_by_label("Identifiant").fill("2 85 05 59 999 011")
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_role("link", name="retrouver l’accès autrement").click()
    found += faults_of(page)
    page.get_by_role("button", name="Recevoir un courrier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande de courrier est faite")
    found += faults_of(page)
    assert not found, "\n".join(found)
