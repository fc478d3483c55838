"""FranceConnect in a real browser, against a real provider: the button, the way there and back, the tie, the way out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.parcours.conftest import DESK, PHONE, Visite
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]

BUTTON = "S’identifier avec FranceConnect"
COMPTE = "/espace/compte/franceconnect/"


def identifies(visit: Visite, personne: str, *, defaut: str = "") -> None:
    """From the sign-in page, be somebody over there."""
    visit.goes("/connexion/")
    visit.page.get_by_role("button", name=BUTTON).click()
    expect(visit.page).to_have_url(re.compile("/choix/"))
    answers(visit.page, personne, defaut=defaut)


def answers(page: Page, personne: str, *, defaut: str = "") -> None:
    if defaut:
        page.get_by_text("Simuler un défaut").click()
        page.get_by_label("Ce qui ira mal").select_option(defaut)
    page.get_by_role("button", name=re.compile(personne)).click()


@pytest.mark.parametrize(
    ("javascript", "taille"), [(True, DESK), (False, PHONE)], ids=["desk", "phone without scripts"]
)
def test_one_comes_in_by_franceconnect_and_leaves_at_both_ends(visite: Ouvre, javascript: bool, taille: dict[str, int]):
    visit = visite(javascript=javascript, taille=taille)
    identifies(visit, "Ange Mattei")
    expect(visit.page).to_have_url(re.compile("/espace/$"))
    expect(visit.page.get_by_label("Connexion")).to_contain_text("Ange M.")
    visit.page.get_by_role("button", name="Se déconnecter").click()
    if not javascript:  # over there, a script presses the button
        visit.page.get_by_role("button", name="Continuer").click()
    expect(visit.page).to_have_url(visit.demo.url + "/")
    expect(visit.page.get_by_label("Connexion").first).to_contain_text("Déconnecté")
    visit.goes("/espace/")
    expect(visit.page).to_have_url(re.compile("/connexion/"))


def test_the_button_follows_the_official_rules(visite: Ouvre):
    """Standards §4.7: first, State blue, its own words, a link under it, a separator that says « ou »."""
    visit = visite()
    visit.goes("/connexion/")
    page = visit.page
    button = page.get_by_role("button", name=BUTTON)
    style = button.evaluate("node => { const s = getComputedStyle(node); return [s.backgroundColor, s.color]; }")
    assert style == ["rgb(0, 0, 145)", "rgb(255, 255, 255)"]
    link = page.get_by_role("link", name="Qu’est-ce que FranceConnect ?")
    assert link.get_attribute("href") == "https://franceconnect.gouv.fr/"
    tops = [
        one.bounding_box()["y"]  # type: ignore[index]
        for one in (button, link, page.get_by_text("ou", exact=True), page.get_by_label("Identifiant"))
    ]
    assert tops == sorted(tops)
    assert button.bounding_box()["height"] >= 44  # type: ignore[index]
    button.focus()
    assert button.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/choix/"))
    assert len(page.context.pages) == 1  # in this very tab


def test_every_page_of_the_way_is_for_every_body(visite: Ouvre):
    visit = visite()
    page, found = visit.page, []
    visit.goes("/connexion/")
    found += faults_of(page)
    page.get_by_role("button", name=BUTTON).click()
    found += faults_of(page)
    page.get_by_role("button", name="Renoncer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous n’êtes pas connecté")
    found += faults_of(page)
    page.get_by_role("button", name="Réessayer").click()
    answers(page, "Jeanne Delattre", defaut="signature")
    expect(page.get_by_role("heading", level=1)).to_have_text("La connexion avec FranceConnect n’a pas abouti")
    found += faults_of(page)
    page.get_by_role("button", name="Réessayer").click()
    answers(page, "Zoé")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nous ne vous avons pas trouvé")
    found += faults_of(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette connexion n’est plus valable")
    found += faults_of(page)
    visit.goes("/connexion/?suite=/agent/")
    found += faults_of(page)
    visit.faults = [fault for fault in visit.faults if "403" not in fault]  # refusals, on purpose
    assert not found, "\n".join(found)


def test_a_member_ties_her_account_and_unties_it(visite: Ouvre):
    """A fresh proof first; somebody else's identity is refused; both ends are left when it is untied."""
    visit = visite()
    visit.signs_in("Jeanne Delattre")
    expect(visit.page).to_have_url(re.compile("/espace/$"))
    visit.goes(COMPTE)
    page = visit.page
    found = faults_of(page)
    page.get_by_role("button", name=BUTTON).click()
    proves(visit, "jeanne.delattre@courriel.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("FranceConnect")
    page.get_by_role("button", name=BUTTON).click()
    answers(page, "Ange Mattei")
    expect(page.get_by_role("alert")).to_contain_text("n’est pas celle de ce compte")
    found += faults_of(page)
    page.get_by_role("button", name=BUTTON).click()
    answers(page, "Jeanne Delattre")
    expect(page.get_by_role("status")).to_contain_text("Votre compte est relié à FranceConnect")
    found += faults_of(page)
    visit.demo.mails("jeanne.delattre@courriel.example", about="FranceConnect")
    page.get_by_role("button", name="Ne plus relier mon compte").click()
    expect(page.get_by_role("status")).to_contain_text("n’est plus relié")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    visit.faults = [fault for fault in visit.faults if "403" not in fault]  # the refusal, on purpose
    assert not found, "\n".join(found)


def code_sent(visit: Visite, address: str) -> str:
    found = re.search(r"\b\d{6}\b", visit.demo.mails(address, about="code")[0]["texte"])
    assert found
    return found[0]


def proves(visit: Visite, address: str) -> None:
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Prouvez que c’est vous")
    page.get_by_role("button", name="Recevoir le code").click()
    page.get_by_label("Code à 6 chiffres").fill(code_sent(visit, address))
    page.get_by_role("button", name="Continuer").click()


def test_somebody_without_account_opens_it_in_two_pages(visite: Ouvre):
    visit = visite(taille=PHONE)
    identifies(visit, "Hélène Decroix")
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir votre espace privé")
    found = faults_of(page)
    page.get_by_label("Adresse e-mail").fill("helene.decroix@courriel.example")
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_role("alert")).to_be_visible()  # the conditions are not accepted
    found += faults_of(page)
    page.get_by_label("J’ai lu et j’accepte").check()
    page.get_by_role("button", name="Recevoir le code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Le code reçu par courriel")
    found += faults_of(page)
    page.get_by_label("Code à 6 chiffres").fill(code_sent(visit, "helene.decroix@courriel.example"))
    page.get_by_role("button", name="Ouvrir mon espace").click()
    expect(page).to_have_url(re.compile("/espace/$"))
    expect(page.get_by_label("Connexion").first).to_contain_text("Hélène D.")
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the error, on purpose
    assert not found, "\n".join(found)


def test_between_two_homonyms_the_page_says_what_to_do(visite: Ouvre):
    visit = visite()
    identifies(visit, "Lucas Morel")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Nous préférons vérifier que c’est bien vous")
    visit.faults = [fault for fault in visit.faults if "403" not in fault]


def test_a_click_of_the_demo_signs_in_by_the_whole_protocol(visite: Ouvre):
    visit = visite()
    visit.goes("/demo/")
    visit.page.get_by_role("listitem").filter(has_text="Claire Lefebvre, née Roussel").get_by_role("button").click()
    expect(visit.page).to_have_url(re.compile("/espace/$"))
    visit.goes(COMPTE)
    expect(visit.page.get_by_role("main")).to_contain_text("relié à FranceConnect depuis")
    assert faults_of(visit.page) == []


def test_an_agent_comes_in_by_the_organisation(visite: Ouvre):
    visit = visite()
    visit.goes("/connexion/?suite=/agent/")
    visit.page.get_by_role("button", name="Connexion de votre organisme").click()
    expect(visit.page).to_have_url(re.compile("/choix/"))
    answers(visit.page, "Camille Roy")
    expect(visit.page).to_have_url(re.compile("/agent/$"))  # a second factor was given over there
    other = visite(javascript=False)
    other.goes("/demo/")
    other.page.get_by_role("listitem").filter(has_text="n’y donne qu’un mot de passe").get_by_role("button").click()
    expect(other.page).to_have_url(re.compile("/connexion/code/"))
