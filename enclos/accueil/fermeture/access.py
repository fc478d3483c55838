"""What closing the account would end, and what goes on without it."""

from collections.abc import Sequence
from dataclasses import dataclass

from enclos.envois.access import every_draft_of, open_requests_of
from enclos.envois.models import DemandePapiers, Envoi
from enclos.messagerie.access import every_draft_of as every_message_of
from enclos.messagerie.models import Message
from enclos.registre.models import Personne
from enclos.suivi.access import open_of
from enclos.suivi.models import Affaire


@dataclass(frozen=True)
class Bilan:
    """One by one: what is lost, and what waits for an answer that will come by post."""

    brouillons: Sequence[Envoi]
    messages: Sequence[Message]
    demandes: Sequence[DemandePapiers]
    affaires: Sequence[Affaire]

    @property
    def is_empty(self) -> bool:
        return not (self.brouillons or self.messages or self.demandes or self.affaires)


def bilan_of(personne: Personne) -> Bilan:
    """Whatever the account holds, the same number of queries."""
    return Bilan(every_draft_of(personne), every_message_of(personne), open_requests_of(personne), open_of(personne))
