"""Where an agent comes in: the queues for who treats items, and for the others the first page that is theirs."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from enclos.agents import views
from enclos.comptes.access import AgentRequest, pour_agent
from enclos.comptes.roles import Acte, peut

ENTREES: Final[Mapping[Acte, str]] = {
    Acte.RECHERCHER: "agents:recherche",
    Acte.ASSISTER: "assistance:recherche",
    Acte.ADMINISTRER: "agents:administration",
}


@pour_agent
def entree(request: AgentRequest) -> HttpResponseBase:
    """`/agent/`: every agent is sent here once signed in."""
    if peut(request.agent, Acte.TRAITER):
        return views.files(request)
    name = next((name for acte, name in ENTREES.items() if peut(request.agent, acte)), "agents:surveiller")
    return HttpResponseRedirect(reverse(name))
