"""Who opens somebody's data, as they are that day: people change roles and teams, and the member reads the line months later."""

from django.db.models import prefetch_related_objects

from enclos.caisses.models import Service
from enclos.comptes.models import Compte


def who(agent: Compte, service: Service | None = None) -> dict[str, str]:
    """The role and the team, for the details of a line of the journal: the team of the item, else those of the agent."""
    return {"role": agent.role, "equipe": service.nom if service else teams_in_words([one.nom for one in teams(agent)])}


def teams(agent: Compte) -> list[Service]:
    """The agent's teams, read once for a page."""
    prefetch_related_objects([agent], "services")
    return [service for service in agent.services.all() if service.caisse_id == agent.caisse_id]


def teams_in_words(noms: list[str]) -> str:
    """At most two names: « Retraite, Santé et d’autres »."""
    return f"{noms[0]}, {noms[1]} et d’autres" if len(noms) > 2 else " et ".join(noms)
