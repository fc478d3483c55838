"""A thread of messages on the bench: the item, what was written both ways, and the files as pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.http import Http404

from enclos.agents.access import Feuille, Lisible, papier_for
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.envois.personnes import Personnes
from enclos.messagerie.access import draft_in, fil_of_item, messages_of
from enclos.messagerie.models import Fil, Message, Piece
from enclos.suivi.models import Affaire


@dataclass(frozen=True)
class Correspondance(Lisible):
    """What an agent sees of a thread. Unlike a document, it can be read while the antivirus looks at a file of it."""

    affaire: Affaire
    fil: Fil
    messages: Sequence[Message]
    draft: Message | None
    is_fragile: bool

    @cached_property
    def personnes(self) -> Personnes:
        """The member’s household and farms, read once for the form that asks papers and for what stands beside the thread."""
        return Personnes.of(self.affaire.personne)

    @cached_property
    def pieces(self) -> list[Piece]:
        return [piece for message in self.messages for piece in message.pieces.all()]

    @property
    def garde_a(self) -> datetime | None:
        """When the answer being written was last kept."""
        return self.draft.garde_a if self.draft else None

    @property
    def fichiers(self) -> list[Fichier]:
        return [piece.fichier for piece in self.pieces]

    @property
    def last_of_member(self) -> Message | None:
        """What an answer answers."""
        return next((message for message in reversed(self.messages) if message.is_mine), None)

    def newer_than(self, seen: UUID | None) -> Sequence[Message]:
        """What the member wrote after the message that a page showed last; all of it when it showed none."""
        theirs = [message for message in self.messages if message.is_mine]
        rank = next((rank for rank, message in enumerate(theirs, start=1) if message.pk == seen), 0)
        return theirs[rank:]

    @cached_property
    def first_sheets(self) -> dict[UUID, Feuille]:
        """By file, the first of its pages among all those shown."""
        found: dict[UUID, Feuille] = {}
        for feuille in self.feuilles:
            found.setdefault(feuille.fichier.pk, feuille)
        return found

    def lignes(self) -> list[tuple[Message, list[tuple[Piece, Feuille | None]]]]:
        """Each message with its files, and the page where each can be read."""
        return [
            (message, [(piece, self.first_sheets.get(piece.fichier_id)) for piece in message.pieces.all()])
            for message in self.messages
        ]


def correspondance_for(agent: Compte, pk: UUID) -> Correspondance:
    """A thread of one of the agent's teams, by its item; raises `Http404` for any other."""
    suivi = fil_of_item(agent, pk)
    return Correspondance(suivi.affaire, suivi.fil, messages_of(suivi.fil), draft_in(suivi.fil), suivi.is_fragile)


def lisible_for(agent: Compte, pk: UUID) -> Lisible:
    """What is read of an item, whatever its kind; raises `Http404`."""
    try:
        return papier_for(agent, pk)
    except Http404:
        return correspondance_for(agent, pk)
