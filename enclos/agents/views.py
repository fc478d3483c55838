"""The bench: the queue, and a document with what can be decided of it."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST, require_safe

from enclos.agents import access
from enclos.agents.surveillance import retry, watched
from enclos.comptes.access import AgentRequest, pour_agent
from enclos.suivi import access as suivi_access
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire


def uuid_or_none(text: str) -> UUID | None:
    """An opaque key of an address; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def papier_url(affaire: Affaire, **query: str) -> str:
    """The screen of a document; empty parameters are left out."""
    kept = urlencode({name: value for name, value in query.items() if value})
    return reverse("agents:document", args=[affaire.pk]) + (f"?{kept}" if kept else "")


def files_url(**query: str) -> str:
    kept = urlencode({name: value for name, value in query.items() if value})
    return reverse("agents:files") + (f"?{kept}" if kept else "")


def said_of(request: AgentRequest) -> dict[str, object]:
    """What to say of the decision just taken: the document it ended, or that it went to another team."""
    said = request.GET.get("fait", "")
    fait = access.affaire_decided(request.agent, uuid_or_none(said))
    return {
        "fait": fait,
        "can_undo": fait is not None and fait.can_be_reopened_by(request.agent),
        "reoriente": said == "reoriente",
    }


@require_safe
@pour_agent
def files(request: AgentRequest) -> HttpResponse:
    """« Mes files »: what there is to do, what is late, what I hold."""
    agent = request.agent
    services = suivi_access.services_of(agent)
    service = access.service_named(services, request.GET.get("service", ""))
    groupes = access.groupes_of([service] if service else services)
    groupe = request.GET.get("groupe", "")
    if groupe not in groupes:
        groupe = ""
    lot = access.queue_page(agent, service=service, groupe=groupe, after=uuid_or_none(request.GET.get("apres", "")))
    chiffres = suivi_access.figures_of(services)
    shown = [c for c in chiffres if service is None or c.service == service]
    suite = files_url(service=service.code if service else "", groupe=groupe, apres=lot.suite) if lot.suite else ""
    return render(
        request,
        "agents/files.html",
        {
            "services": services,
            "service": service,
            "groupes": groupes,
            "groupe": groupe,
            "lot": lot,
            "suite": suite,
            "est_la_suite": bool(request.GET.get("apres")),
            "miennes": list(suivi_access.held_by(agent)),
            "chiffres": chiffres,
            "libres": sum(c.libres for c in shown),
            "toutes_libres": sum(c.libres for c in chiffres),
            "en_retard": sum(c.en_retard for c in shown),
            "vu": timezone.now().isoformat(),
            **said_of(request),
        },
    )


@require_POST
@pour_agent
def suivant(request: AgentRequest) -> HttpResponse:
    """« Prendre le suivant »; when nothing is left to take, what the agent holds and has not decided."""
    service = access.service_named(suivi_access.services_of(request.agent), request.POST.get("service", ""))
    affaire = suivi.take_next(
        request.agent, service=service, among=access.takeable(), asked_at=shown_at(request.POST.get("vu", ""))
    ) or suivi_access.first_held_by(request.agent, service)
    code = service.code if service else ""
    return HttpResponseRedirect(papier_url(affaire, service=code) if affaire else files_url(service=code), status=303)


def shown_at(text: str) -> datetime | None:
    """When the page with the button was shown; None when it does not say, or says something odd."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


@require_GET
@pour_agent
def surveiller(request: AgentRequest) -> HttpResponse:
    """« À surveiller »: what failed or waits too long, in the agent's fund."""
    return render(
        request, "agents/surveiller.html", {"veille": watched(request.agent), "relance": "relance" in request.GET}
    )


@require_POST
@pour_agent
def relancer(request: AgentRequest) -> HttpResponse:
    """« Relancer »: try again what failed."""
    retry(request.agent.caisse, request.POST.get("genre", ""), request.POST.get("cle", ""), by=request.agent)
    return HttpResponseRedirect(reverse("agents:surveiller") + "?relance=1", status=303)
