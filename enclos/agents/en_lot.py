"""A decision for several items, on the screen: choose them, choose the act, see what will happen to each, say yes; or drop it."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enclos.agents import charges, filtres, lots
from enclos.agents.gestes import Confirmer, EnLot, keys_of
from enclos.agents.views import files_url
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut, pour
from enclos.socle.identifiants import uuid7
from enclos.suivi import access as suivi_access
from enclos.suivi.models import APPROUVE_AU_DELA, LOT_MAX, Affaire, Lot


def chosen_by(request: AgentRequest) -> Sequence[Affaire]:
    """The items ticked; or the first hundred of what the filter keeps."""
    agent = request.agent
    if request.GET.get("tout"):
        services = suivi_access.services_of(agent)
        filtre = filtres.filtre_of(request.GET, services)
        rows = suivi_access.queue_of(agent, filtre=filtre, services=services, count=LOT_MAX)
        return list(lots.with_scanning(rows))
    return lots.items_of(agent, keys_of(request.GET.getlist("affaire")[: LOT_MAX + 1]))


def form_for(agent: Compte, data: QueryDict | None = None) -> EnLot:
    """The form, with what this agent may choose."""
    supervises = peut(agent, Acte.SUPERVISER)
    return EnLot(
        data,
        gestes=lots.gestes_of(agent),
        services=suivi_access.services_read_here(agent.caisse_id),
        charges=charges.charges_of(charges.agents_of(agent)) if supervises else [],
    )


@require_safe
@pour(Acte.TRAITER)
def nouveau(request: AgentRequest) -> HttpResponse:
    """The items, and what to do with them."""
    affaires = chosen_by(request)
    if not affaires:
        filtre = filtres.filtre_of(request.GET, suivi_access.services_of(request.agent))
        return HttpResponseRedirect(files_url(**filtre.chosen, lot="vide"))
    return draw_form(request, affaires, form_for(request.agent))


def draw_form(request: AgentRequest, affaires: Sequence[Affaire], form: EnLot, status: int = 200) -> HttpResponse:
    context = {"affaires": affaires, "form": form, "plein": len(affaires) == LOT_MAX, "plus_de": APPROUVE_AU_DELA}
    return render(request, "agents/lot_nouveau.html", context, status=status)


@require_POST
@pour(Acte.TRAITER)
def apercu(request: AgentRequest) -> HttpResponse:
    """Exactly what will happen to each, and to which nothing will. Nothing is written."""
    agent = request.agent
    affaires = lots.items_of(agent, keys_of(request.POST.getlist("affaire")[: LOT_MAX + 1]))
    if not affaires:
        return HttpResponseRedirect(files_url(lot="vide"), status=303)
    form = form_for(agent, request.POST)
    if not form.is_valid():
        return draw_form(request, affaires, form, status=422)
    geste = form.geste
    previsions = lots.foresee(affaires, geste, by=agent)
    possibles = [one.affaire for one in previsions if one.is_possible]
    return render(
        request,
        "agents/lot_apercu.html",
        {
            "form": form,
            "geste": geste,
            "possibles": possibles,
            "ecartes": [one for one in previsions if not one.is_possible],
            "a_approuver": len(possibles) > APPROUVE_AU_DELA,
            "attend": Lot(genre=geste.genre).is_told,
            "confirmer": Confirmer(initial={"cle": uuid7()}),
        },
    )


@require_POST
@pour(Acte.TRAITER)
def confirmer(request: AgentRequest) -> HttpResponse:
    """Hold the items, and begin the ten minutes."""
    agent = request.agent
    pks = keys_of(request.POST.getlist("affaire")[: LOT_MAX + 1])
    form, key = form_for(agent, request.POST), Confirmer(request.POST)
    if not (form.is_valid() and key.is_valid()):  # only a form that was not ours comes here
        return draw_form(request, lots.items_of(agent, pks), form, status=422)
    lot = lots.prepare(form.geste, pks, cle=key.cleaned_data["cle"], by=agent)
    return HttpResponseRedirect(reverse("agents:lot", args=[lot.pk]), status=303)


@require_safe
@pour(Acte.TRAITER)
def liste(request: AgentRequest) -> HttpResponse:
    """My lots, and those that wait for my yes."""
    found = lots.lots_of(request.agent)
    return render(
        request,
        "agents/lots.html",
        {
            "a_approuver": [lot for lot in found if lots.can_approve(request.agent, lot)],
            "lots": found,
            "superviseur": peut(request.agent, Acte.SUPERVISER),
        },
    )


@require_safe
@pour(Acte.TRAITER)
def lot(request: AgentRequest, pk: UUID) -> HttpResponse:
    """One lot: when, what became of each, and « Annuler »."""
    agent = request.agent
    found = lots.lot_for(agent, pk)
    return render(
        request,
        "agents/lot.html",
        {
            "lot": found,
            "lignes": lots.lignes_of(found, agent),
            "can_approve": lots.can_approve(agent, found),
            "est_auteur": found.auteur_id == agent.pk,
            "miens": {service.pk for service in suivi_access.services_of(agent)},
        },
    )


@require_POST
@pour(Acte.TRAITER)
def annuler(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Annuler ce lot »: nothing happened."""
    found = lots.cancel(lots.lot_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(reverse("agents:lot", args=[found.pk]), status=303)


@require_POST
@pour(Acte.SUPERVISER)
def approuver(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The second yes."""
    found = lots.approve(lots.lot_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(reverse("agents:lot", args=[found.pk]), status=303)
