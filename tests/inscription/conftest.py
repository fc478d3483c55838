"""Somebody whom the fund knows and who has no account, and how one registers, page by page."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enclos.courrier.models import Courriel, Lettre
from enclos.demo.factories import FactureFactory, PaiementFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir
from enclos.inscription.models import Conclusion, Inscription
from enclos.registre.models import Personne
from enclos.socle import sealed

SERIE = "90000999450"
COURRIEL = "claire@enclos.example"


@dataclass
class Candidat:
    """What somebody types at each step."""

    nir: str
    profil: str = "particulier"
    situation: str = "vitale"
    reponse: str = SERIE
    courriel: str = COURRIEL
    personne: Personne | None = None
    details: dict[str, str] = field(default_factory=dict)

    @property
    def coordonnees(self) -> dict[str, str]:
        return {
            "civilite": "MME",
            "nom_naissance": "Roussel",
            "nom_usage": "Lefèbvre",
            "prenoms": "Claire",
            "date_naissance": "21/07/1988",
            "adresse": "28 rue des Bleuets",
            "code_postal": "62000",
            "commune": "Arras",
            "courriel": self.courriel,
            "telephone": "06 12 34 56 03",
        } | self.details


def code_to(address: str) -> str:
    """The code of the last e-mail written to this address."""
    row = Courriel.objects.filter(to__iexact=address, cle__startswith="comptes.code.").order_by("-pk").first()
    assert row is not None
    return row.secret


class Parcours(Client):
    """A browser that registers."""

    work: Callable[[], int]

    def until(self, place: str, candidat: Candidat) -> Any:
        """Every step before `place`; the answer to the last one posted."""
        steps = {
            "profil": lambda: self.post("/inscription/", {"profil": candidat.profil}),
            "identifiant": lambda: self.post("/inscription/identifiant/", {"identifiant": candidat.nir}),
            "documents": lambda: self.post("/inscription/documents/", {"situation": candidat.situation}),
            "coordonnees": lambda: self.post("/inscription/coordonnees/", candidat.coordonnees),
            "verification": lambda: self.post("/inscription/verification/", {"reponse": candidat.reponse}),
            "mot_de_passe": lambda: self.post("/inscription/mot-de-passe/"),
            "code": lambda: self.post("/inscription/mot-de-passe/code/", {"code": code_to(candidat.courriel)}),
            "conditions": lambda: self.post("/inscription/mot-de-passe/conditions/", {"conditions": "on"}),
        }
        if not candidat.courriel:
            steps["mot_de_passe"] = lambda: self.post("/inscription/mot-de-passe/par-la-poste/")
            del steps["code"]
        response = None
        for name, go in steps.items():
            if name == place:
                return response
            response = go()
            assert response.status_code == 303, (name, response.content.decode()[:3000])
        return response

    def registers(self, candidat: Candidat) -> Conclusion:
        """All the steps, then the worker's look."""
        response = self.until("", candidat)
        assert response["Location"] == "/inscription/confirmation/"
        self.work()
        return Conclusion.objects.latest("pk")

    @property
    def inscription(self) -> Inscription:
        return Inscription.objects.latest("pk")


def card_of(personne: Personne, serial: str = SERIE) -> Personne:
    personne.vitale_serie_sealed = sealed.seal(serial.encode(), purpose="vitale", aad=personne.ref.encode())
    personne.save(update_fields=["vitale_serie_sealed"])
    return personne


@pytest.fixture
def claire(db: None) -> Candidat:
    """Claire, who has a card; the fund knows her e-mail."""
    nir = synthetic_nir(51_001)
    personne = PersonneFactory(
        nir=nir,
        civilite="MME",
        nom_naissance="Roussel",
        nom_usage="Lefebvre",
        prenoms="Claire Anne",
        date_naissance=date(1988, 7, 21),
        email=COURRIEL,
        telephone="0612345603",
    )
    return Candidat(nir, personne=card_of(personne))


@pytest.fixture
def marc(db: None) -> Candidat:
    """Marc, who farms, and paid an invoice."""
    nir = synthetic_nir(51_002)
    personne = PersonneFactory(
        nir=nir, exploitant=True, civilite="M", nom_naissance="Vandamme", nom_usage="", prenoms="Marc",
        date_naissance=date(1972, 3, 8), email="marc@enclos.example",
    )  # fmt: skip
    FactureFactory(personne=personne, payee=True, montant=Decimal("2184.60"))
    return Candidat(
        nir, profil="exploitant", situation="", reponse="2 184,60 €", courriel="marc@enclos.example", personne=personne,
        details={"civilite": "M", "nom_naissance": "Vandamme", "nom_usage": "", "prenoms": "Marc", "date_naissance": "08/03/1972"},
    )  # fmt: skip


@pytest.fixture
def suzanne(db: None) -> Candidat:
    """Suzanne, who has neither card nor rights here, and gets a pension."""
    nir = synthetic_nir(51_003)
    personne = PersonneFactory(
        nir=nir, civilite="MME", nom_naissance="Caron", prenoms="Suzanne", date_naissance=date(1938, 2, 11),
        droits_sante_ouverts=False, email="suzanne@enclos.example",
    )  # fmt: skip
    PaiementFactory(personne=personne, montant=Decimal("912.40"), branche="retraite")
    return Candidat(
        nir, situation="sans", reponse="912.40", courriel="suzanne@enclos.example", personne=personne,
        details={"nom_naissance": "Caron", "nom_usage": "", "prenoms": "Suzanne", "date_naissance": "11/02/1938"},
    )  # fmt: skip


@pytest.fixture
def nouveau(travailleur: Callable[[], int]) -> Callable[[], Parcours]:
    """Another browser."""

    def opens() -> Parcours:
        client = Parcours()
        client.work = travailleur
        return client

    return opens


@pytest.fixture
def parcours(nouveau: Callable[[], Parcours]) -> Parcours:
    return nouveau()


def without_chance(response: Any) -> str:
    """A page without what is drawn anew for each answer."""
    html = response.content.decode()
    html = re.sub(r'nonce="[^"]*"', "", html)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)


def letters(personne: Personne) -> list[str]:
    """The letters to this person, as (genre) in the order they were asked."""
    return [str(lettre.genre) for lettre in Lettre.objects.filter(personne=personne).order_by("created_at", "pk")]
