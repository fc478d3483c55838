"""How a message is told: its files in words, what can be done next, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enclos.coffre.models import Fichier
from enclos.coffre.presentation import FichierDit
from enclos.messagerie.models import Fil, Message, Piece, Voie
from enclos.messagerie.sujets import voies_on
from enclos.socle.dates import add_months, jour, paris, today_paris


@dataclass(frozen=True)
class LignePiece(FichierDit):
    """A file of a message."""

    piece: Piece
    debut: int = 1

    @property
    def fichier(self) -> Fichier:
        return self.piece.fichier


def lignes_of(message: Message) -> list[LignePiece]:
    """The files of a message, in order."""
    return [LignePiece(piece, debut) for debut, piece in message.numerotees()]


@dataclass(frozen=True)
class Marche:
    """One step of the way: where it stands, and what can be done there."""

    titre: str
    texte: str
    etat: str
    ton: str
    source: str = ""
    limite: date | None = None  # the last day to act
    is_current: bool = False

    @property
    def is_to_come(self) -> bool:
        """Nothing of it has a date yet: told in plain words, not by a badge."""
        return self.ton == "neutre"


def marches_of(fil: Fil | None, day: date | None = None) -> Sequence[Marche]:
    """Réclamation → commission de recours amiable → médiateur → tribunal, for this thread; or in general, without one.

    The time to go to the commission runs from the decision complained of, when the member gave its date: a réclamation does not stop it.
    Otherwise from the answer, or from the day silence refuses (CSS R142-1).
    """
    day = day or today_paris()
    voies = {voie.code: voie for voie in voies_on(day)}
    base = base_of(fil, day)
    after = [
        commission_step(voie, base, day) if voie.code == "cra" else later_step(voie, voies.get("cra"))
        for voie in voies.values()
    ]
    return [reclamation_step(fil, day), *after]


def base_of(fil: Fil | None, day: date) -> date | None:
    """The day from which the time to go to the commission runs; None while nothing is decided."""
    if fil is None:
        return None
    if fil.decision_on is not None:
        return fil.decision_on
    affaire = fil.affaire
    if affaire is None:
        return None
    if affaire.ended_at is not None:
        return paris(affaire.ended_at).date()
    return affaire.legal_on if affaire.legal_on and affaire.legal_on < day else None


def reclamation_step(fil: Fil | None, day: date) -> Marche:
    titre = "Votre réclamation à votre MSA"
    texte = "Vous dites ce qui ne va pas. Un agent reprend votre dossier et vous répond par écrit."
    if fil is None or fil.affaire is None:
        return Marche(titre, texte, "Pas encore faite", "neutre", is_current=True)
    affaire = fil.affaire
    if affaire.ended_at is not None:
        return Marche(titre, texte, f"Répondu le {jour(paris(affaire.ended_at))}", "vert")
    if affaire.legal_on is not None and affaire.legal_on < day:
        return Marche(titre, texte, f"Sans réponse au {jour(affaire.legal_on)} : c’est un refus", "rouge")
    received = f"Reçue le {jour(paris(affaire.received_at))}"
    return Marche(titre, texte, received, "info", "Code des relations entre le public et l’administration, article L231-4",
                  limite=affaire.legal_on, is_current=True)  # fmt: skip


def commission_step(voie: Voie, base: date | None, day: date) -> Marche:
    """The commission can be asked as soon as there is a decision to complain of."""
    if base is None or voie.mois_pour_agir is None:
        return Marche(voie.titre, voie.texte, "Possible après une décision", "neutre", voie.source)
    limit = add_months(base, voie.mois_pour_agir)
    if limit < day:
        return Marche(
            voie.titre, voie.texte, f"Le délai s’est terminé le {jour(limit)}", "rouge", voie.source, limite=limit
        )
    return Marche(
        voie.titre, voie.texte, f"Possible jusqu’au {jour(limit)}", "ocre", voie.source, limite=limit, is_current=True
    )


def later_step(voie: Voie, commission: Voie | None) -> Marche:
    """After the commission: what its answer, or its silence, opens."""
    words = "Après la réponse de la commission"
    if voie.mois_pour_agir is not None and commission is not None and commission.mois_de_silence is not None:
        words = f"Dans les {voie.mois_pour_agir} mois après la réponse de la commission, ou après {commission.mois_de_silence} mois sans réponse"
    return Marche(voie.titre, voie.texte, words, "neutre", voie.source)
