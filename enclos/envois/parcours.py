"""The six steps of « Envoyer un document », and where a draft stands in them.

The path is computed from what the draft holds, never stored: a step cannot be skipped by its address, and one comes back
to the right page from any device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse

from enclos.envois.models import DocumentEnvoye, Envoi


class Etape(IntEnum):
    """The steps, in the leaflet's order."""

    OBJET = 1
    NOMBRE = 2
    INFORMATIONS = 3
    FICHIERS = 4
    VERIFICATION = 5
    ACCUSE = 6


TITRES = {
    Etape.OBJET: "Objet de l’envoi",
    Etape.NOMBRE: "Nombre de documents",
    Etape.INFORMATIONS: "Saisie des informations",
    Etape.FICHIERS: "Ajout d’un fichier",
    Etape.VERIFICATION: "Vérification",
    Etape.ACCUSE: "Envoi et accusé de réception",
}


@dataclass(frozen=True)
class Lieu:
    """A page of the journey: a step, and the document it is about when it is about one."""

    etape: Etape
    rang: int = 0

    def url(self, envoi: Envoi) -> str:
        names = {
            Etape.OBJET: "envois:objet",
            Etape.NOMBRE: "envois:nombre",
            Etape.INFORMATIONS: "envois:informations",
            Etape.FICHIERS: "envois:fichiers",
            Etape.VERIFICATION: "envois:verification",
            Etape.ACCUSE: "envois:accuse",
        }
        if self.etape == Etape.OBJET:
            return reverse(names[self.etape])
        args: list[str | int] = [envoi.reference, self.rang] if self.rang else [envoi.reference]
        return reverse(names[self.etape], args=args)


def places_of(documents: Sequence[DocumentEnvoye]) -> list[Lieu]:
    """Every page of the journey of these documents, in order."""
    rangs = [document.rang for document in documents]
    return [
        Lieu(Etape.NOMBRE),
        *(Lieu(Etape.INFORMATIONS, rang) for rang in rangs),
        *(Lieu(Etape.FICHIERS, rang) for rang in rangs),
        Lieu(Etape.VERIFICATION),
    ]


def is_done(place: Lieu, documents: Sequence[DocumentEnvoye]) -> bool:
    """Whether the draft already holds what this page asks."""
    match place.etape:
        case Etape.NOMBRE:
            return bool(documents)
        case Etape.INFORMATIONS:
            return any(d.rang == place.rang and d.is_described and not d.goes_by_post for d in documents)
        case Etape.FICHIERS:
            return any(d.rang == place.rang and bool(d.pages.all()) for d in documents)
        case _:
            return False


def onward(documents: Sequence[DocumentEnvoye], since: Lieu | None = None) -> Lieu:
    """The first page that still wants something, after `since` when what comes before it is known to be done."""
    places = places_of(documents)
    start = places.index(since) + 1 if since else 0
    return next(place for place in places[start:] if not is_done(place, documents))


def reached(envoi: Envoi) -> Lieu:
    """Where « Reprendre » leads."""
    return onward(list(envoi.documents.all()))


def is_reachable(place: Lieu, envoi: Envoi) -> bool:
    """Whether every page before this one is done."""
    documents = list(envoi.documents.all())
    places = places_of(documents)
    return place in places and all(is_done(earlier, documents) for earlier in places[: places.index(place)])


def before(place: Lieu, envoi: Envoi) -> Lieu:
    """The page before, for « Revenir à l’étape précédente »."""
    places = places_of(list(envoi.documents.all()))
    position = places.index(place)
    return places[position - 1] if position else Lieu(Etape.OBJET)
