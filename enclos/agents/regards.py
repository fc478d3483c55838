"""« Second regard »: what a colleague settled and pays somebody, confirmed or sent back by another agent."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enclos.agents import access, actions, decisions
from enclos.agents.access import Papier
from enclos.agents.adresses import affaire_url
from enclos.agents.forms import Renvoi
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import pour
from enclos.suivi import second_regard


@require_safe
@pour(*access.LOOKING)
def liste(request: AgentRequest) -> HttpResponse:
    """What waits in the fund, settled by somebody else."""
    said = request.GET.get("fait", "")
    return render(
        request,
        "agents/regards.html",
        {
            "affaires": second_regard.waiting_for(request.agent),
            "confirme": said == "confirme",
            "renvoye": said == "renvoye",
        },
    )


def done(said: str, agent: Compte) -> HttpResponse:
    """On to the next one that waits; to the list, empty, when there is none."""
    if (following := second_regard.next_for(agent)) is not None:
        return HttpResponseRedirect(affaire_url(following, fait=said), status=303)
    return HttpResponseRedirect(f"{reverse('agents:regards')}?fait={said}", status=303)


def waiting_or_too_late(agent: Compte, pk: UUID) -> Papier:
    """What waits for this agent's look. Raises `NotToLookAt` when a colleague of the fund gave it meanwhile, else `Http404`."""
    try:
        return access.papier_for(agent, pk)
    except Http404:
        if second_regard.was_given_in_fund_of(agent, pk):
            raise second_regard.NotToLookAt from None
        raise


@require_POST
@pour(*access.LOOKING)
def confirmer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Confirmer »; a second click leads to the same place."""
    try:
        papier = waiting_or_too_late(request.agent, pk)
    except second_regard.NotToLookAt:
        # Confirmed a moment ago, and of another team: nothing of it is shown any more.
        if second_regard.was_confirmed_by(request.agent, pk):
            return done("confirme", request.agent)
        raise
    actions.confirm(papier, by=request.agent)
    return done("confirme", request.agent)


@require_POST
@pour(*access.LOOKING)
def renvoyer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Renvoyer » to who decided, with a word."""
    papier = waiting_or_too_late(request.agent, pk)
    form = Renvoi(request.POST)
    if not form.is_valid():
        return decisions.drawn(request, papier, renvoi=form, status=422)
    second_regard.send_back(papier.affaire, mot=form.cleaned_data["mot"], by=request.agent)
    return done("renvoye", request.agent)
