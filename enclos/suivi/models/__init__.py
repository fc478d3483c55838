"""What an agent can take, and what stands around it: one module a topic, all read from here."""

from enclos.suivi.models.absences import Absence, AbsenceQuerySet
from enclos.suivi.models.affaires import (
    CHOSEN,
    ENDED,
    FORGOTTEN_AFTER,
    LEGAL_NEAR,
    TONS,
    UNDO_WITHIN,
    Affaire,
    AffaireQuerySet,
    Etat,
    Genre,
    Refus,
)
from enclos.suivi.models.lots import APPROUVE_AU_DELA, APPROUVE_SOUS, FENETRE, LOT_MAX, LigneDeLot, Lot, LotQuerySet
from enclos.suivi.models.notes import NOTE_UNDO_WITHIN, Note
from enclos.suivi.models.regards import SecondRegard
from enclos.suivi.models.reservations import Reservation, ReservationQuerySet

__all__ = [
    "APPROUVE_AU_DELA",
    "APPROUVE_SOUS",
    "CHOSEN",
    "ENDED",
    "FENETRE",
    "FORGOTTEN_AFTER",
    "LEGAL_NEAR",
    "LOT_MAX",
    "NOTE_UNDO_WITHIN",
    "TONS",
    "UNDO_WITHIN",
    "Absence",
    "AbsenceQuerySet",
    "Affaire",
    "AffaireQuerySet",
    "Etat",
    "Genre",
    "LigneDeLot",
    "Lot",
    "LotQuerySet",
    "Note",
    "Refus",
    "Reservation",
    "ReservationQuerySet",
    "SecondRegard",
]
