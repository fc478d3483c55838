"""The seven steps of « S’inscrire », and where a registration stands in them.

As for a sending, the path is computed from what was already told, never stored: no step is skipped by its address, and one comes
back to the right page. Nothing here asks the registry anything: the path is the same for somebody it knows and for anybody else.
"""

from collections.abc import Callable
from enum import StrEnum

from django.urls import reverse

from enclos.inscription.models import Inscription, Reponses

ETAPES = 7


class Lieu(StrEnum):
    """The pages, in order; two steps of the leaflet take several pages."""

    PROFIL = "profil"
    IDENTIFIANT = "identifiant"
    DEJA = "deja"
    DOCUMENTS = "documents"
    COORDONNEES = "coordonnees"
    VERIFICATION = "verification"
    MOT_DE_PASSE = "mot_de_passe"
    CODE = "code"
    CONDITIONS = "conditions"
    CONFIRMATION = "confirmation"

    @property
    def url(self) -> str:
        return reverse(f"inscription:{self.value}")

    @property
    def etape(self) -> int:
        return {Lieu.PROFIL: 1, Lieu.IDENTIFIANT: 2, Lieu.DEJA: 2, Lieu.DOCUMENTS: 3, Lieu.COORDONNEES: 4, Lieu.VERIFICATION: 5,
                Lieu.MOT_DE_PASSE: 6, Lieu.CODE: 6, Lieu.CONDITIONS: 6, Lieu.CONFIRMATION: 7}[self]  # fmt: skip

    @property
    def titre(self) -> str:
        """The leaflet's words."""
        return TITRES[self.etape]


TITRES = {
    1: "Sélection du profil",
    2: "Saisie des identifiants",
    3: "Informations des documents nécessaires",
    4: "Saisie de vos coordonnées",
    5: "Vérification de votre identité",
    6: "Recevoir votre mot de passe",
    7: "Connexion à l’espace privé",
}

# What each page wants before the next ones open. The others want nothing.
DONE: dict[Lieu, Callable[[Inscription, Reponses], bool]] = {
    Lieu.PROFIL: lambda inscription, told: bool(inscription.profil),
    Lieu.IDENTIFIANT: lambda inscription, told: bool(told.get("nir")),
    Lieu.DOCUMENTS: lambda inscription, told: bool(told.get("situation")),
    Lieu.COORDONNEES: lambda inscription, told: bool(told.get("coordonnees")),
    Lieu.VERIFICATION: lambda inscription, told: "reponse" in told,
    Lieu.MOT_DE_PASSE: lambda inscription, told: (
        inscription.par_courrier or bool(told.get("code_demande")) or inscription.courriel_prouve_at is not None
    ),
    Lieu.CODE: lambda inscription, told: inscription.par_courrier or inscription.courriel_prouve_at is not None,
    Lieu.CONDITIONS: lambda inscription, told: inscription.is_finished,
}


def is_done(place: Lieu, inscription: Inscription, told: Reponses) -> bool:
    return place not in DONE or DONE[place](inscription, told)


def onward(inscription: Inscription, told: Reponses) -> Lieu:
    """The first page that still wants something."""
    if inscription.is_finished:
        return Lieu.CONFIRMATION
    return next((place for place in Lieu if not is_done(place, inscription, told)), Lieu.CONFIRMATION)


def is_reachable(place: Lieu, inscription: Inscription, told: Reponses) -> bool:
    """Whether every page before this one is done."""
    if inscription.is_finished:
        return place == Lieu.CONFIRMATION
    places = list(Lieu)
    return all(is_done(earlier, inscription, told) for earlier in places[: places.index(place)])


def before(place: Lieu, inscription: Inscription) -> Lieu | None:
    """The page before, for « Revenir à l’étape précédente »."""
    if inscription.par_courrier and place == Lieu.CONDITIONS:
        return Lieu.MOT_DE_PASSE
    places = list(Lieu)
    position = places.index(place)
    return places[position - 1] if position and place != Lieu.CONFIRMATION else None
