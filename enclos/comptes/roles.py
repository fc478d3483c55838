"""What each agent may do: a role, and the acts that it allows. What an act is done upon (teams, fund) is asked elsewhere.

The roles are those of the funds' own charts (CNIL: least privilege, individual accounts). A right given besides, such as the help
desk, adds one act to one agent.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import Concatenate, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from enclos.comptes.access import AgentRequest, View, pour_agent
from enclos.comptes.models import Compte, Droit, Role


class Acte(StrEnum):
    """What may be allowed or not."""

    TRAITER = "traiter"  # take, read and decide the items of one's teams; answer messages
    RECHERCHER = "rechercher"  # look for a person or an item of the fund, with a reason
    ASSISTER = "assister"  # the help desk: act upon an account for who calls
    COMPTER = "compter"  # see payments and invoices; second look at bank details
    SUPERVISER = "superviser"  # assign, transfer to another fund, decide in bulk, absences, delays, reading quotas
    ADMINISTRER = "administrer"  # agents, their roles and teams, model answers; nothing of anybody's file


ACTES: Final[Mapping[str, frozenset[Acte]]] = {
    Role.ACCUEIL: frozenset({Acte.RECHERCHER, Acte.ASSISTER}),
    Role.GESTIONNAIRE: frozenset({Acte.TRAITER, Acte.RECHERCHER}),
    Role.SUPERVISEUR: frozenset({Acte.TRAITER, Acte.RECHERCHER, Acte.SUPERVISER}),
    Role.COMPTABLE: frozenset({Acte.TRAITER, Acte.RECHERCHER, Acte.COMPTER}),
    Role.ADMINISTRATEUR: frozenset({Acte.ADMINISTRER}),
}
PAR_DROIT: Final[Mapping[str, Acte]] = {Droit.ASSISTANCE: Acte.ASSISTER}


def actes_of(agent: Compte) -> frozenset[Acte]:
    """All that this agent may do; nothing for a member."""
    if not agent.is_agent:
        return frozenset()
    return ACTES[agent.role] | {PAR_DROIT[droit] for droit in agent.droits if droit in PAR_DROIT}


def peut(agent: Compte, *actes: Acte) -> bool:
    """Whether this agent may do one of these."""
    return not actes_of(agent).isdisjoint(actes)


def pour[**P](
    *actes: Acte,
) -> Callable[[Callable[Concatenate[AgentRequest, P], HttpResponseBase]], View[HttpRequest, P]]:
    """For agents who may do one of `actes`, their second factor given; the others get 404, as if the page did not exist."""

    def wrap(view: Callable[Concatenate[AgentRequest, P], HttpResponseBase]) -> View[HttpRequest, P]:
        @wraps(view)
        def guarded(request: AgentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not peut(request.agent, *actes):
                raise Http404
            return view(request, *args, **kwargs)

        return pour_agent(guarded)

    return wrap
