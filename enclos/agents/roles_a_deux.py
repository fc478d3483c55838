"""Roles given by two: one administrateur proposes, another confirms. The database itself refuses the same."""

from collections.abc import Sequence

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from enclos.agents.cles import BY_TWO, Remis, check_other, lose_power, take_power
from enclos.agents.models import Proposition
from enclos.caisses.models import Caisse
from enclos.comptes.droits import set_role
from enclos.comptes.models import Compte
from enclos.comptes.roles import ACTES
from enclos.journal.actions import record
from enclos.socle.refusals import Refusal


def proposition_for(admin: Compte, pk: int) -> Proposition:
    """A role waiting for its second pair of eyes, in this fund; raises `Http404`."""
    rows = Proposition.objects.select_related("agent", "proposed_by")
    found = rows.filter(pk=pk, agent__caisse=admin.caisse_id).first()
    if found is None:
        raise Http404
    return found


def propositions_of(caisse: Caisse) -> Sequence[Proposition]:
    """Those still to be confirmed, the oldest first."""
    rows = Proposition.objects.filter(agent__caisse=caisse, decided_at=None).select_related("agent", "proposed_by")
    return list(rows.order_by("proposed_at", "pk"))


def takes_two(agent: Compte, role: str) -> bool:
    """Whether the role gives what the agent has not. Taking power away never waits."""
    return role in BY_TWO and not ACTES[role] <= ACTES[agent.role]


@transaction.atomic
def give_role(agent: Compte, role: str, *, by: Compte) -> bool:
    """Give a role at once, or propose it when it takes two; True when it is given."""
    check_other(agent, by)
    if role == agent.role:
        return True
    if takes_two(agent, role):
        if not agent.is_active and not is_new(agent):
            raise Refusal("Ce compte est désactivé : réactivez-le d’abord.", code="desactive")
        propose(agent, role, by=by)
        return False
    give_up(agent, by=by)
    if role not in BY_TWO:
        lose_power(agent)
    return set_role(agent, role, by=by)


def is_new(agent: Compte) -> bool:
    """Whether the account was made for a role that nobody has confirmed yet."""
    return not agent.is_active and Proposition.objects.filter(agent=agent, decided_at=None).exists()


def give_up(agent: Compte, *, by: Compte) -> None:
    """What was proposed for this agent is no more."""
    Proposition.objects.filter(agent=agent, decided_at=None).update(decided_at=timezone.now(), decided_by=by)


@transaction.atomic
def propose(agent: Compte, role: str, *, by: Compte) -> Proposition:
    """A role that another administrateur must confirm. The same proposal again is the same one; another replaces it."""
    check_other(agent, by)
    Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    if known := Proposition.objects.filter(agent=agent, decided_at=None, role=role).first():
        return known
    give_up(agent, by=by)
    row = Proposition.objects.create(agent=agent, role=role, proposed_by=by)
    record("agents.role.proposed", agent, by=by, role=role)
    return row


@transaction.atomic
def decide(proposition: Proposition, *, accept: bool, by: Compte) -> Remis | None:
    """Confirm or turn down; gives the second factor to hand over when the account's keys were made anew.

    A new account opens with its role. Raises `Refusal` for who proposed it, and for whom it is about.
    """
    agent = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=proposition.agent_id)
    row = Proposition.objects.select_for_update(no_key=True, of=("self",)).get(pk=proposition.pk)
    check_other(agent, by)
    if row.decided_at is not None:
        raise Refusal("Cette proposition est déjà décidée.", code="deja_decidee")
    if accept and row.proposed_by_id == by.pk:
        raise Refusal("Vous avez proposé ce rôle : un autre administrateur doit le confirmer.", code="quatre_yeux")
    row.decided_by, row.decided_at, row.is_accepted = by, timezone.now(), accept
    row.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    record("agents.role.confirmed" if accept else "agents.role.declined", agent, by=by, role=row.role)
    if not accept:
        return None
    remis = take_power(agent, by=by)
    if not agent.is_active:
        Compte.objects.filter(pk=agent.pk).update(is_active=True)
    set_role(agent, row.role, by=by)
    return remis
