"""Who works in a team, and how much each has: what a superviseur looks at before giving more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.http import Http404

from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, actes_of
from enclos.socle.dates import PARIS, today_paris
from enclos.suivi.access import for_list
from enclos.suivi.models import Absence, Affaire, AffaireQuerySet

AGENTS_SHOWN = 100
HELD_SHOWN = 100


@dataclass(frozen=True)
class Charge:
    """An agent, what they hold, and what they decided."""

    agent: Compte
    services: Sequence[Service]
    absence: Absence | None  # under way, or the next one
    prises: int = 0
    en_retard: int = 0
    jour: int = 0
    semaine: int = 0

    @property
    def is_absent(self) -> bool:
        return self.absence is not None and self.absence.is_now

    @property
    def is_to_take_back(self) -> bool:
        """Away, and holding what colleagues may take."""
        return self.is_absent and self.prises > 0


def agents_of(superviseur: Compte) -> Sequence[Compte]:
    """The active agents who treat items in the teams of a superviseur, by name; herself among them."""
    found = Compte.objects.filter(
        genre=Compte.Genre.AGENT, is_active=True, caisse=superviseur.caisse_id, services__in=superviseur.services.values("pk")
    ).distinct()  # fmt: skip
    rows = found.prefetch_related("services").order_by("nom", "pk")[:AGENTS_SHOWN]
    return [agent for agent in rows if Acte.TRAITER in actes_of(agent)]


def agent_for(superviseur: Compte, pk: UUID) -> Compte:
    """One of them; raises `Http404`."""
    agent = next((one for one in agents_of(superviseur) if one.pk == pk), None)
    if agent is None:
        raise Http404
    return agent


def charges_of(agents: Sequence[Compte]) -> Sequence[Charge]:
    """What each has. Three queries, whatever the number of agents and items: those of open items and of the week's decisions."""
    today = today_paris()
    midnight = datetime(today.year, today.month, today.day, tzinfo=PARIS)
    monday = midnight - timedelta(days=today.weekday())
    held = counts(
        Affaire.objects.open().filter(taken_by__in=agents),
        prises=Count("pk"),
        en_retard=Count("pk", filter=Q(due_on__lt=today)),
    )
    decided = counts(
        Affaire.objects.filter(taken_by__in=agents, ended_at__gte=monday),
        semaine=Count("pk"),
        jour=Count("pk", filter=Q(ended_at__gte=midnight)),
    )
    away: dict[UUID, Absence] = {}
    for absence in Absence.objects.filter(agent__in=agents, au__gte=today).order_by("-du", "pk"):
        away[absence.agent_id] = absence  # the soonest stays
    return [
        Charge(
            agent,
            list(agent.services.all()),
            away.get(agent.pk),
            **held.get(agent.pk, {}),
            **decided.get(agent.pk, {}),
        )
        for agent in agents
    ]


def counts(rows: AffaireQuerySet, **figures: Count) -> dict[UUID, dict[str, int]]:
    """Figures by agent."""
    found = rows.order_by("taken_by").values("taken_by").annotate(**figures).values_list("taken_by", *figures)
    return {key: dict(zip(figures, numbers, strict=True)) for key, *numbers in found}


def held_for(superviseur: Compte, agent: Compte) -> Sequence[Affaire]:
    """What the agent holds in the teams of this superviseur, the first due first."""
    held = Affaire.objects.for_agent(superviseur).held_by(agent)
    return list(for_list(held).oldest_due_first()[:HELD_SHOWN])


def is_in(agent: Compte, service: Service) -> bool:
    """Whether the agent is in this team, read from what `agents_of` brought."""
    return any(one.pk == service.pk for one in agent.services.all())


def absence_for(agent: Compte, pk: UUID) -> Absence:
    """One's own, or one of an agent whom one supervises; raises `Http404`."""
    absence = Absence.objects.select_related("agent").filter(pk=pk).first()
    if absence is None:
        raise Http404
    if absence.agent_id != agent.pk:
        if Acte.SUPERVISER not in actes_of(agent):
            raise Http404
        agent_for(agent, absence.agent_id)
    return absence
