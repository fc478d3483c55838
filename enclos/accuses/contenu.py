"""What a receipt must say (CRPA R112-11-1 and R112-11-2), checked before it can exist.

A receipt without a mandatory mention leaves the appeal time limits open (CRPA L112-12): it is refused here, not sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from enclos.caisses.models import Nature, Service, Silence
from enclos.coffre.models import Fichier
from enclos.socle.dates import add_months, paris


class MentionManquante(Exception):
    """The receipt would lack what the law wants in it: a fault of the data or of the code, never of the member."""

    def __init__(self, mentions: list[str]) -> None:
        super().__init__(f"Mentions manquantes : {', '.join(mentions)}.")
        self.mentions = mentions


@dataclass(frozen=True, kw_only=True)
class ServiceCharge:
    """The team in charge (R112-11-1, 2°): its name, its telephone, and its postal address or its e-mail."""

    nom: str
    telephone: str
    adresse: tuple[str, ...] = ()
    courriel: str = ""

    @classmethod
    def of(cls, service: Service) -> "ServiceCharge":
        return cls(
            nom=service.nom, telephone=service.telephone, adresse=tuple(service.adresse), courriel=service.courriel
        )  # fmt: skip

    def missing(self, where: str) -> Iterator[str]:
        if not self.nom.strip():
            yield f"service chargé{where}"
        if not self.telephone.strip():
            yield f"téléphone du service{where}"
        if not self.courriel.strip() and not any(line.strip() for line in self.adresse):
            yield f"adresse du service{where}"


@dataclass(frozen=True, kw_only=True)
class ReponseAttendue:
    """For a request: what silence means, from which day on, and what one can do then (R112-11-1, last paragraphs)."""

    sens: str  # Silence.ACCEPTATION or Silence.REJET
    le: date | None
    recours: str = ""  # time limits and routes of appeal, when silence is a rejection

    @classmethod
    def of(cls, nature: Nature, received_at: datetime) -> "ReponseAttendue | None":
        """What the nomenclature says of `nature`; None when sending it asks for no decision."""
        if not nature.is_request:
            return None
        day = paris(received_at).date()
        return cls(sens=nature.silence, le=add_months(day, nature.silence_months), recours=nature.recours)

    def missing(self, where: str) -> Iterator[str]:
        if self.sens not in {Silence.ACCEPTATION, Silence.REJET}:
            yield f"sens du silence{where}"
        if self.le is None:
            yield f"date de la décision implicite{where}"
        if self.sens == Silence.REJET and not self.recours.strip():
            yield f"voies et délais de recours{where}"


@dataclass(frozen=True, kw_only=True)
class FichierRecu:
    """One file of a document, as it came and as it is read."""

    nom: str
    pages: int
    taille: int  # bytes, as received
    sha256: str  # of what the member's device sent
    copies: tuple[str, ...]  # SHA-256 of each part of the readable copy

    @classmethod
    def of(cls, fichier: Fichier) -> "FichierRecu":
        """`parties` and their `objet` are better fetched beforehand."""
        copies = tuple(partie.objet.sha256 for partie in fichier.parties.all())
        return cls(nom=fichier.nom, pages=fichier.pages, taille=fichier.taille, sha256=fichier.sha256, copies=copies)

    def missing(self, where: str) -> Iterator[str]:
        if len(self.sha256) != 64:
            yield f"empreinte du fichier reçu{where}"
        if not self.copies or any(len(copy) != 64 for copy in self.copies):
            yield f"empreinte de la copie lisible{where}"


@dataclass(frozen=True, kw_only=True)
class DocumentRecu:
    """One document of the sending. `service` and `reponse` when they are not those of the whole."""

    nature: str
    personne: str
    fichiers: tuple[FichierRecu, ...]
    service: ServiceCharge | None = None
    is_request: bool = False
    reponse: ReponseAttendue | None = None
    promise_on: date | None = None  # by when an agent answers

    @property
    def pages(self) -> int:
        return sum(fichier.pages for fichier in self.fichiers)

    @property
    def taille(self) -> int:
        return sum(fichier.taille for fichier in self.fichiers)

    def missing(self, rang: int) -> Iterator[str]:
        where = f" (document {rang})"
        if not self.nature.strip():
            yield f"nature{where}"
        if not self.personne.strip():
            yield f"personne concernée{where}"
        if not self.fichiers:
            yield f"fichiers{where}"
        for fichier in self.fichiers:
            yield from fichier.missing(where)
        if self.service:
            yield from self.service.missing(where)
        yield from missing_answer(self.is_request, self.reponse, where)


@dataclass(frozen=True, kw_only=True)
class Contenu:
    """Everything a receipt says of one sending, whatever was sent: documents, a message, a payment."""

    objet: str
    expediteur: str  # who sent, as they were named that day (R112-9-1)
    service: ServiceCharge
    documents: tuple[DocumentRecu, ...] = ()
    is_request: bool = False
    reponse: ReponseAttendue | None = None
    attestation: str = ""  # the text that was ticked…
    attestation_version: str = ""  # …and its version
    suite: str = "Un agent lit ce que vous avez envoyé. Vous suivez chaque étape dans votre espace privé."
    manquants: tuple[tuple[str, date], ...] = ()  # what is still missing, and until when (R112-11-4)

    def missing(self) -> Iterator[str]:
        """The mandatory mentions that are not there."""
        if not self.objet.strip():
            yield "objet de l’envoi"
        if not self.expediteur.strip():
            yield "expéditeur"
        yield from self.service.missing("")
        for rang, document in enumerate(self.documents, start=1):
            yield from document.missing(rang)
        if self.documents and not (self.attestation.strip() and self.attestation_version.strip()):
            yield "texte et version de l’attestation"
        yield from missing_answer(self.is_request, self.reponse, "")


def missing_answer(is_request: bool, reponse: ReponseAttendue | None, where: str) -> Iterator[str]:
    if reponse:
        yield from reponse.missing(where)
    elif is_request:
        yield f"réponse attendue{where}"


def require_mentions(contenu: Contenu, received_at: datetime) -> None:
    """Raises `MentionManquante`, naming each mention that is not there, or `ValueError` on a naive date."""
    if received_at.tzinfo is None:
        raise ValueError("The date of receipt says its time zone.")
    missing = list(contenu.missing())
    if missing:
        raise MentionManquante(missing)
