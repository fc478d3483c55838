"""« Modèles de réponse »: written by who supervises or administers, chosen by everybody at the moment of an answer."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enclos.agents import access
from enclos.agents.forms import Modele
from enclos.caisses import modeles
from enclos.caisses.access import services_of
from enclos.caisses.models import ModeleReponse
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.socle.refusals import Refusal


@require_safe
@pour(Acte.ADMINISTRER, Acte.SUPERVISER)
def liste(request: AgentRequest) -> HttpResponse:
    """Those of the fund, what is no longer proposed included."""
    return render(request, "agents/modeles.html", {"modeles": access.modeles_of(request.agent)})


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.ADMINISTRER, Acte.SUPERVISER)
def ajouter(request: AgentRequest) -> HttpResponse:
    return write(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.ADMINISTRER, Acte.SUPERVISER)
def modifier(request: AgentRequest, pk: UUID) -> HttpResponse:
    return write(request, access.modele_for(request.agent, pk))


def write(request: AgentRequest, modele: ModeleReponse | None) -> HttpResponse:
    """One form for a new model and for one that changes."""
    initial = (
        {
            "titre": modele.titre,
            "texte": modele.texte,
            "service": modele.service.code if modele.service else "",
            "usages": modele.usages,
            "nature": modele.nature,
            "is_active": modele.is_active,
        }
        if modele
        else None
    )
    services = sorted(services_of(request.agent.caisse_id).values(), key=lambda service: service.nom)
    form = Modele(request.POST if request.method == "POST" else None, services=services, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            modeles.write_modele(
                request.agent.caisse,
                titre=form.cleaned_data["titre"],
                texte=form.cleaned_data["texte"],
                service=form.chosen,
                usages=form.cleaned_data["usages"],
                nature=form.cleaned_data["nature"],
                modele=modele,
                is_active=form.cleaned_data["is_active"],
                by=request.agent,
            )
        except Refusal as refus:
            form.add_error("titre", refus.phrase)
        else:
            return HttpResponseRedirect(reverse("agents:modeles"), status=303)
    return render(
        request,
        "agents/modele.html",
        {"form": form, "modele": modele, "champs": modeles.CHAMPS.items()},
        status=422 if request.method == "POST" else 200,
    )
