"""« Mon compte » in a real browser: contact details, devices, preferences, electronic documents, and « ce n’est pas moi »."""

import re
from collections.abc import Callable, Sequence

from playwright.sync_api import Page, expect

from tests.parcours.conftest import PHONE, Visite
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]

PAGES = (
    "/espace/", "/espace/compte/", "/espace/compte/coordonnees/", "/espace/compte/mot-de-passe/", "/espace/compte/appareils/",
    "/espace/compte/preferences/", "/espace/compte/e-documents/",
)  # fmt: skip
SENSITIVE = (
    "/espace/compte/coordonnees/courriel/", "/espace/compte/coordonnees/telephone/", "/espace/compte/coordonnees/adresse/",
)  # fmt: skip


def titre(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def prouve(visit: Visite, address: str) -> None:
    """Give the code that the mailbox of the account receives."""
    titre(visit.page, "Prouvez que c’est vous")
    before = visit.demo.received(address)
    visit.page.get_by_role("button", name="Recevoir le code").click()
    visit.page.get_by_label("Code").fill(code_recu(visit, address, but=before))
    visit.page.get_by_role("button", name="Continuer").click()


def code_recu(visit: Visite, address: str, *, but: Sequence[dict[str, str]] = ()) -> str:
    text = visit.demo.mails(address, about="Votre code de vérification", but=but)[0]["texte"]
    found = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
    assert found, text
    return found[1]


def address_of(visit: Visite) -> str:
    """The e-mail that « Mes coordonnées » shows."""
    visit.goes("/espace/compte/coordonnees/")
    return visit.page.locator(".valeur", has_text="@").first.inner_text().strip()


def demenage(visit: Visite, rue: str) -> None:
    page = visit.page
    visit.goes("/espace/compte/coordonnees/adresse/")
    titre(page, "Changer d’adresse postale")
    page.get_by_label("Numéro et rue").fill(rue)
    page.get_by_label("Code postal").fill("62000")
    page.get_by_label("Commune").fill("Arras")
    page.get_by_role("button", name="Demander le changement").click()
    expect(page.get_by_text("Changement en attente")).to_be_visible()
    expect(page.get_by_text(rue)).to_be_visible()


def test_from_the_home_to_each_section_with_a_script(visite: Ouvre) -> None:
    visit = visite()
    visit.enters_by_a_click("Marion Vasseur")
    page, found = visit.page, []
    page.get_by_role("navigation", name="Principale").get_by_role("link", name="Mon compte").click()
    titre(page, "Mon compte")
    for path in PAGES:
        found += faults_of(visit.goes(path).page)

    # A new e-mail: a proof first, a code to the new address, the former one stays until then.
    old = address_of(visit)
    new = "marion@nouveau.courriel.example"
    page.get_by_role("link", name="Changer d’adresse e-mail").click()
    found += faults_of(page)
    prouve(visit, old)
    titre(page, "Changer d’adresse e-mail")
    for path in SENSITIVE:
        found += faults_of(visit.goes(path).page)
    visit.goes(SENSITIVE[0])
    page.get_by_role("button", name="Recevoir le code").click()  # nothing typed: said beside the field
    expect(page.get_by_role("link", name="Tapez votre nouvelle adresse e-mail.")).to_be_visible()
    found += faults_of(page)
    page.get_by_label("Nouvelle adresse e-mail").fill(new)
    page.keyboard.press("Enter")
    titre(page, "Taper le code reçu")
    found += faults_of(page)
    assert address_of(visit) == old
    visit.goes("/espace/compte/coordonnees/courriel/code/")
    page.get_by_label("Code à 6 chiffres").fill(code_recu(visit, new))
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Votre adresse e-mail est vérifiée")
    assert address_of(visit) == new

    demenage(visit, "12 rue du Moulin")
    found += faults_of(page)

    # The notice to the former address: read by somebody who is not signed in, it undoes everything.
    text = visit.demo.mails(old, about="L’adresse e-mail de votre compte a changé")[0]["texte"]
    link = re.search(r"https?://[^/\s]+(/ce-n-est-pas-moi/\S+)", text)
    assert link
    other = visite(taille=PHONE)
    other.goes(link[1])
    titre(other.page, "Ce n’est pas vous ?")
    found += faults_of(other.page)
    other.page.get_by_role("button", name="Ce n’est pas moi : bloquer le compte").click()
    titre(other.page, "Le compte est bloqué")
    found += faults_of(other.page)
    other.faults.clear()
    visit.goes("/espace/compte/")
    titre(page, "Se connecter")
    other.goes(link[1])
    titre(other.page, "Ce lien a déjà servi, ou il est trop vieux")
    other.faults = [fault for fault in other.faults if "410" not in fault]
    visit.faults = [fault for fault in visit.faults if "422" not in fault]
    assert not found, "\n".join(found)


def test_without_a_script_on_a_telephone(visite: Ouvre) -> None:
    first = visite(taille=PHONE)
    first.enters_by_a_click("Thomas Lefebvre")
    visit = visite(javascript=False, taille=PHONE)
    visit.enters_by_a_click("Thomas Lefebvre")
    page = visit.page

    # The other browser is seen, and closed.
    visit.goes("/espace/compte/appareils/")
    expect(page.get_by_text("Cet appareil")).to_be_visible()
    page.get_by_role("button", name="Fermer toutes les autres connexions").click()
    expect(page.get_by_text("Toutes les autres connexions sont fermées")).to_be_visible()
    first.goes("/espace/")
    titre(first.page, "Se connecter")

    # Preferences are kept.
    visit.goes("/espace/compte/preferences/")
    box = page.get_by_label("Par e-mail : Un envoi n’est pas terminé")
    box.uncheck()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vos préférences sont enregistrées")).to_be_visible()
    expect(box).not_to_be_checked()

    # Electronic documents: the box first, then yes, then back to paper.
    visit.goes("/espace/compte/e-documents/")
    page.get_by_role("button", name="Recevoir mes documents ici").click()
    expect(page.get_by_role("link", name=re.compile("Cochez la case"))).to_be_visible()
    page.get_by_label("J’ai lu ce texte et je l’accepte").check()
    page.get_by_role("button", name="Recevoir mes documents ici").click()
    expect(page.get_by_text("Documents dans mon espace")).to_be_visible()
    page.get_by_role("button", name="Revenir au papier").click()
    expect(page.get_by_text("Retour au papier demandé", exact=True)).to_be_visible()

    # A change of address, given up.
    address = address_of(visit)
    visit.goes("/espace/compte/coordonnees/adresse/")
    prouve(visit, address)
    demenage(visit, "3 place Verte")
    page.get_by_role("button", name="Annuler ce changement").click()
    expect(page.get_by_text("Le changement d’adresse est annulé")).to_be_visible()

    # The advice is put aside for good.
    visit.goes("/espace/")
    page.get_by_role("button", name="Ne plus afficher ce conseil").click()
    expect(page.get_by_role("heading", name="Pensez à modifier vos paramètres")).to_have_count(0)
    visit.faults = [fault for fault in visit.faults if "422" not in fault]
