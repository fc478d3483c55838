"""From nothing to a receipt: somebody whom the fund knows registers, chooses a password, and sends a document."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.parcours.conftest import DESK, PHONE, Visite
from tests.parcours.gestes import attend_le_recu, envoie
from tests.parcours.test_pages import faults_of

type Ouvre = Callable[..., Visite]

PROVISOIRE = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")
CHOISI = "Topinambour-du-jardin-7"


@dataclass(frozen=True)
class Personne:
    """Somebody to register as, and what they type."""

    nir: str
    profil: str
    situation: str
    civilite: str
    nom: str
    prenoms: str
    naissance: str
    question: str
    reponse: str
    courriel: str


NATHALIE = Personne(
    "2 75 04 59 999 145", "Particulier", "J’ai une carte Vitale", "Madame", "WALLAERT", "nathalie", "30/04/1975",
    "Numéro de série de votre carte Vitale", "90000 123464", "nathalie.six@courriel.example",
)  # fmt: skip
JEAN_LUC = Personne(
    "1840659999123", "Exploitant", "", "Monsieur", "d'haene", "Jean Luc", "18/06/1984",
    "Montant d’une facture MSA que vous avez payée", "1562,30 €", "jl@ferme-du-pont.example",
)  # fmt: skip


def titre(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def suivant(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Suivant", exact=True).click()


def s_inscrit(visit: Visite, who: Personne) -> None:
    """The seven steps, by the words on the screen."""
    page = visit.page
    visit.goes("/")
    page.get_by_role("banner").get_by_role("link", name="S’inscrire").click()
    titre(page, "Sélection du profil")
    page.get_by_label(who.profil).check()
    suivant(page)
    titre(page, "Saisie des identifiants")
    page.get_by_label("Identifiant").fill(who.nir)
    suivant(page)
    page.get_by_role("link", name="Continuer mon inscription").click()
    titre(page, "Informations des documents nécessaires")
    if who.situation:
        page.get_by_label(who.situation).check()
    suivant(page)
    titre(page, "Saisie de vos coordonnées")
    page.get_by_label(who.civilite).check()
    for label, value in {
        "Nom de naissance": who.nom,
        "Prénoms": who.prenoms,
        "Date de naissance": who.naissance,
        "Adresse": "7 rue des Tisserands",
        "Code postal": "59280",
        "Commune": "Armentières",
        "Adresse e-mail": who.courriel,
        "Téléphone portable": "06 12 34 56 11",
    }.items():
        page.get_by_role("textbox", name=re.compile(f"^{label}( \\(facultatif\\))?$")).fill(value)
    suivant(page)
    titre(page, "Vérification de votre identité")
    page.get_by_label(who.question).fill(who.reponse)
    suivant(page)
    titre(page, "Recevoir votre mot de passe")
    expect(page.get_by_text(who.courriel)).to_be_visible()
    suivant(page)
    code = re.search(r"^\s*(\d{6})\s*$", visit.demo.mails(who.courriel, about="code")[0]["texte"], re.MULTILINE)
    assert code
    page.get_by_label("Code à 6 chiffres").fill(code[1])
    suivant(page)
    page.get_by_label("J’ai lu et j’accepte les conditions générales").check()
    page.get_by_role("button", name="Envoyer mon mot de passe").click()
    titre(page, "Votre demande est enregistrée")


def entre(visit: Visite, who: Personne) -> None:
    """The link of the mail, the provisional password, then one’s own."""
    page = visit.page
    text = visit.demo.mails(who.courriel, about="mot de passe provisoire")[0]["texte"]
    provisoire = PROVISOIRE.search(text)
    assert provisoire, "no provisional password in the mail"
    link = re.search(r"^http\S+/connexion/$", text, re.MULTILINE)
    assert link
    page.goto(link[0])
    page.get_by_label("Identifiant").fill(who.nir)
    page.get_by_label("Mot de passe", exact=True).fill(provisoire[0])
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    titre(page, "Choisir votre mot de passe")
    visit.goes("/espace/")
    titre(page, "Choisir votre mot de passe")  # nothing else opens before
    page.get_by_label("Nouveau mot de passe").fill("facile")
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    expect(page.locator(".champ-erreur")).to_be_visible()
    page.get_by_label("Nouveau mot de passe").fill(CHOISI)
    page.get_by_role("button", name="Enregistrer mon mot de passe").click()
    expect(page.get_by_text("Connecté", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/espace/$"))
    visit.faults = [fault for fault in visit.faults if "422" not in fault]  # the password refused, on purpose


@pytest.mark.parametrize("javascript", [True, False], ids=["avec-javascript", "sans-javascript"])
def test_one_registers_chooses_a_password_and_sends_a_document(
    visite: Ouvre, photos: list[Path], javascript: bool
) -> None:
    who = NATHALIE if javascript else JEAN_LUC
    visit = visite(javascript=javascript, taille=PHONE if javascript else DESK)
    s_inscrit(visit, who)
    entre(visit, who)
    envoie(visit.page, photos[:1], nature="Quittance de loyer")
    attend_le_recu(visit.page)
    visit.goes("/espace/compte/niveau/")
    if who is NATHALIE:  # her address is the one that the fund knew
        expect(visit.page.get_by_text("Votre compte est confirmé")).to_be_visible()
    else:
        expect(visit.page.get_by_text("Votre lettre se prépare")).to_be_visible()
        assert visit.demo.mails("jeanluc.dhaene@courriel.example", about="Un accès en ligne")


def test_the_steps_are_usable_by_everybody(visite: Ouvre) -> None:
    """axe finds nothing to say of each step, on a phone."""
    visit = visite(taille=PHONE)
    page = visit.page
    faults = {}
    visit.goes("/inscription/par-telephone/")
    faults["telephone"] = faults_of(page)
    visit.goes("/inscription/")
    faults["profil"] = faults_of(page)
    page.get_by_label("Particulier").check()
    suivant(page)
    titre(page, "Saisie des identifiants")
    faults["identifiant"] = faults_of(page)
    page.get_by_label("Identifiant").fill("2490359999999")
    page.keyboard.press("Enter")
    titre(page, "Avez-vous déjà un espace privé ?")
    faults["deja"] = faults_of(page)
    page.get_by_role("link", name="Continuer mon inscription").click()
    titre(page, "Informations des documents nécessaires")
    faults["documents"] = faults_of(page)
    suivant(page)
    expect(page.locator(".champ-erreur")).to_be_visible()
    faults["documents refused"] = faults_of(page)
    page.get_by_label("J’ai une carte Vitale").check()
    suivant(page)
    titre(page, "Saisie de vos coordonnées")
    faults["coordonnees"] = faults_of(page)
    page.get_by_label("Madame").check()
    for name, value in {
        "nom_naissance": "Picavet", "prenoms": "Odette", "date_naissance": "27/03/1949", "adresse": "11 rue de l’Abbaye",
        "code_postal": "59270", "commune": "Bailleul", "courriel": "odette@voisine.example",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    suivant(page)
    titre(page, "Vérification de votre identité")
    faults["verification"] = faults_of(page)
    page.get_by_label("Numéro de série de votre carte Vitale").fill("80000123463")
    suivant(page)
    titre(page, "Recevoir votre mot de passe")
    faults["mot de passe"] = faults_of(page)
    suivant(page)
    expect(page.get_by_label("Code à 6 chiffres")).to_be_visible()
    faults["code"] = faults_of(page)
    page.get_by_role("button", name="Recevoir mon mot de passe par la poste").click()
    expect(page.get_by_label("J’ai lu")).to_be_visible()
    faults["conditions"] = faults_of(page)
    page.get_by_label("J’ai lu").check()
    page.get_by_role("button", name="Envoyer mon mot de passe").click()
    titre(page, "Votre demande est enregistrée")
    faults["confirmation"] = faults_of(page)
    visit.faults = [fault for fault in visit.faults if "422" not in fault]
    assert not {name: found for name, found in faults.items() if found}
