"""« Assistance »: look for a member, see where their account stands, write what was checked, help."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.agents.assistance import access, actions
from enclos.agents.assistance.forms import Recherche, Verifications
from enclos.agents.models import Appel
from enclos.comptes.access import AgentRequest
from enclos.socle.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@access.pour_assistance
def recherche(request: AgentRequest) -> HttpResponse:
    """Whom the agent helps, and why. The number stays in the body of the request: it is in no address."""
    form = Recherche(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "agents/assistance/recherche.html", {"form": form, "is_over": "fini" in request.GET})
    if not form.is_valid():
        return render(request, "agents/assistance/recherche.html", {"form": form, "is_over": False}, status=422)
    data = form.cleaned_data
    try:
        actions.count_search(request.agent, data["numero"])
    except Refusal as refusal:
        form.add_error(None, refusal.phrase)
        return render(
            request, "agents/assistance/recherche.html", {"form": form, "is_over": False}, status=refusal.status
        )
    seen = access.found(request.agent, numero=data["numero"], nom=data["nom"], naissance=data["naissance"])
    why = {"raison": data["raison"], "precision": data["precision"]}
    actions.note_search(request.agent, par=seen.par, trouvees=len(seen.personnes), **why)
    if not seen.personnes:
        form.add_error(
            "numero" if data["numero"] else "nom",
            "Personne n’est trouvé dans votre caisse. Vérifiez ce que vous avez tapé.",
        )
        return render(request, "agents/assistance/recherche.html", {"form": form, "is_over": False}, status=422)
    if len(seen.personnes) > 1:
        context = {"personnes": seen.personnes, "is_full": len(seen.personnes) == access.MOST_FOUND, **why}
        return render(request, "agents/assistance/trouvees.html", context)
    return to_call(actions.open_call(seen.personnes[0], by=request.agent, **why))


@require_POST
@access.pour_assistance
def ouvrir(request: AgentRequest) -> HttpResponse:
    """One of those found, chosen."""
    personne = access.person_for(request.agent, request.POST.get("personne", ""))
    form = Recherche({**request.POST.dict(), "numero": personne.ref})
    if not form.is_valid():
        raise Http404  # the page of those found gives a reason: nobody else comes here
    data = form.cleaned_data
    return to_call(actions.open_call(personne, raison=data["raison"], precision=data["precision"], by=request.agent))


def to_call(appel: Appel, **query: str) -> HttpResponseRedirect:
    suffix = "".join(f"?{name}={value}" for name, value in query.items())
    return HttpResponseRedirect(reverse("assistance:appel", args=[appel.pk]) + suffix, status=303)


def over() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("assistance:recherche") + "?fini=1", status=303)


@require_GET
@access.pour_assistance
def appel(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The account, in words."""
    call = access.appel_for(request.agent, pk)
    if call.is_over:
        return over()
    return call_page(request, call, Verifications())


def call_page(
    request: AgentRequest, call: Appel, form: Verifications, *, status: int = 200, refus: str = ""
) -> HttpResponse:
    situation = access.situation_of(call.personne)
    actes = [(acte, acte.refus(situation)) for acte in actions.ACTES.values()]
    fait = actions.ACTES.get(request.GET.get("fait", ""))
    context = {
        "appel": call,
        "situation": situation,
        "form": form,
        "actes": actes if call.is_verified else [],
        "fait": fait.fait if fait else "",
        "refus": refus,
    }
    return render(request, "agents/assistance/appel.html", context, status=status)


@require_POST
@access.pour_assistance
def verifications(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Vérifications faites au téléphone »."""
    call = access.appel_for(request.agent, pk)
    if call.is_over:
        return over()
    form = Verifications(request.POST)
    if not form.is_valid():
        return call_page(request, call, form, status=422)
    actions.note_checks(call, by=request.agent, **form.cleaned_data)
    return to_call(call)


@require_POST
@access.pour_assistance
def acte(request: AgentRequest, pk: UUID, slug: str) -> HttpResponse:
    """One act."""
    call = access.appel_for(request.agent, pk)
    wanted = actions.ACTES.get(slug)
    if wanted is None:
        raise Http404
    if call.is_over:
        return over()
    try:
        actions.act(call, wanted, by=request.agent)
    except Refusal as refusal:
        return call_page(request, call, Verifications(), status=refusal.status, refus=refusal.phrase)
    return to_call(call, fait=wanted.slug)
