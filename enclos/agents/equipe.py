"""« Équipe »: who is there, what each has; give an item, put it back, send it elsewhere, days off, who cannot wait."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents import charges
from enclos.agents.gestes import Attribuer, NoterAbsence, Precarite, Transferer
from enclos.agents.views import files_url, papier_url
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.suivi import absences, repartition
from enclos.suivi import access as suivi_access
from enclos.suivi import precarite as precarites
from enclos.suivi.access import affaire_for


@require_safe
@pour(Acte.SUPERVISER)
def equipe(request: AgentRequest) -> HttpResponse:
    """The agents of the teams one supervises."""
    found = charges.charges_of(charges.agents_of(request.agent))
    return render(
        request,
        "agents/equipe.html",
        {"charges": found, "a_reprendre": [one for one in found if one.is_to_take_back]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.SUPERVISER)
def agent(request: AgentRequest, pk: UUID) -> HttpResponse:
    """One agent: what they hold, their days off; a form to note one."""
    one = charges.agent_for(request.agent, pk)
    form = NoterAbsence(request.POST or None)
    if request.method == "POST" and form.is_valid():
        absences.note_absence(one, du=form.cleaned_data["du"], au=form.cleaned_data["au"], by=request.agent)
        return HttpResponseRedirect(reverse("agents:agent", args=[one.pk]), status=303)
    [charge] = charges.charges_of([one])
    return render(
        request,
        "agents/agent.html",
        {
            "charge": charge,
            "tenus": charges.held_for(request.agent, one),
            "absences": absences.absences_to_come(one),
            "form": form,
            "remis": request.GET.get("remis", "") if request.GET.get("remis", "").isdigit() else "",
        },
        status=422 if form.errors else 200,
    )


@require_POST
@pour(Acte.SUPERVISER)
def tout_remettre(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Remettre tout dans la file »."""
    one = charges.agent_for(request.agent, pk)
    count = repartition.release_all(one, by=request.agent)
    return HttpResponseRedirect(f"{reverse('agents:agent', args=[one.pk])}?remis={count}", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def mes_absences(request: AgentRequest) -> HttpResponse:
    """My own days off."""
    form = NoterAbsence(request.POST or None)
    if request.method == "POST" and form.is_valid():
        absences.note_absence(request.agent, du=form.cleaned_data["du"], au=form.cleaned_data["au"], by=request.agent)
        return HttpResponseRedirect(reverse("agents:absences"), status=303)
    return render(
        request,
        "agents/absences.html",
        {"absences": absences.absences_to_come(request.agent), "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
@pour(Acte.TRAITER)
def retirer_absence(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Back, or not away after all."""
    absence = charges.absence_for(request.agent, pk)
    absences.end_absence(absence, by=request.agent)
    is_mine = absence.agent_id == request.agent.pk
    where = reverse("agents:absences") if is_mine else reverse("agents:agent", args=[absence.agent_id])
    return HttpResponseRedirect(where, status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.SUPERVISER)
def attribuer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Give this item to an agent of its team."""
    affaire = affaire_for(request.agent, pk)
    team = [one for one in charges.agents_of(request.agent) if charges.is_in(one, affaire.service)]
    form = Attribuer(request.POST or None, charges=charges.charges_of(team))
    if request.method == "POST" and form.is_valid():
        repartition.assign(affaire, agent=form.chosen_agent, by=request.agent)
        return HttpResponseRedirect(papier_url(affaire), status=303)
    return render(
        request, "agents/attribuer.html", {"affaire": affaire, "form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.SUPERVISER)
def transferer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Send this item to another team, or to another fund."""
    affaire = affaire_for(request.agent, pk)
    form = Transferer(
        request.POST or None,
        here=suivi_access.other_services_of(affaire),
        elsewhere=suivi_access.services_elsewhere(affaire),
    )
    if request.method == "POST" and form.is_valid():
        repartition.transfer(affaire, service=form.chosen, by=request.agent)
        return HttpResponseRedirect(files_url(fait="reoriente"), status=303)
    return render(
        request, "agents/transferer.html", {"affaire": affaire, "form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def precarite(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Say that this person can, or cannot, wait; with a reason."""
    affaire = affaire_for(request.agent, pk)
    form = Precarite(request.POST or None)
    # The page says which way it goes: sent twice, it does not come back.
    wanted = request.POST.get("est_precaire", "") == "oui" if request.method == "POST" else not affaire.is_precaire
    if request.method == "POST" and form.is_valid():
        precarites.set_precaire(affaire, is_precaire=wanted, raison=form.cleaned_data["raison"], by=request.agent)
        return HttpResponseRedirect(papier_url(affaire), status=303)
    return render(
        request,
        "agents/precarite.html",
        {"affaire": affaire, "form": form, "voulu": wanted},
        status=422 if form.errors else 200,
    )
