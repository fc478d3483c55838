"""« À compléter » past its date: the lists of papers of which something did not come, for « À surveiller »."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enclos.comptes.models import Compte
from enclos.envois.controle import late_papers, without_anybody
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.suivi.models import Affaire

SHOWN = 30
PAPERS_READ = 200  # of which the lists are shown


@dataclass(frozen=True)
class ListeEnRetard:
    """A list, the papers that are late, and who has it back."""

    demande: DemandePapiers
    papiers: Sequence[PapierDemande]
    is_hers: bool  # of one of the agent's teams, and so opens
    is_nobodys: bool  # an indispensable paper is late, and no agent has the list

    @property
    def relance(self) -> Affaire | None:
        """The item by which the list came back, while it is open."""
        relance = self.demande.relance
        return relance if relance is not None and not relance.is_ended else None

    @property
    def is_indispensable(self) -> bool:
        return any(papier.is_indispensable for papier in self.papiers)


def late_lists_for(agent: Compte) -> Sequence[ListeEnRetard]:
    """Those of the agent's fund: first what nobody has, then the oldest date. Three queries, whatever there is."""
    of_fund = {"demande__caisse": agent.caisse_id, "demande__closed_at": None}
    nobodys = {
        papier.demande_id for papier in without_anybody().filter(**of_fund).order_by("due_on", "pk")[:PAPERS_READ]
    }
    rows = late_papers().filter(**of_fund).select_related("nature", "demande__service", "demande__relance__taken_by")
    first = rows.filter(demande__in=nobodys).order_by("due_on", "pk")[:PAPERS_READ] if nobodys else []
    hers = frozenset(agent.services.filter(caisse=agent.caisse_id).values_list("pk", flat=True))
    return [
        ListeEnRetard(papers[0].demande, papers, papers[0].demande.service_id in hers, key in nobodys)
        for key, papers in by_list([*first, *rows.order_by("due_on", "pk")[:PAPERS_READ]]).items()
    ][:SHOWN]


def by_list(papiers: Iterable[PapierDemande]) -> dict[object, list[PapierDemande]]:
    """The papers of each list, each once, in the order in which they come."""
    found: dict[object, dict[int, PapierDemande]] = {}
    for papier in papiers:
        found.setdefault(papier.demande_id, {}).setdefault(papier.pk, papier)
    return {key: list(papers.values()) for key, papers in found.items()}
