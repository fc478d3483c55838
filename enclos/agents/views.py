"""The bench: the queue, and a document with what can be decided of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST, require_safe

from enclos.agents import access, filtres, lots
from enclos.agents.adresses import affaire_url
from enclos.agents.filtres import FiltreForm, NommerForm
from enclos.agents.models import FiltreEnregistre
from enclos.agents.surveillance import retry, watched
from enclos.caisses.models import Service
from enclos.comptes.access import AgentRequest, pour_agent
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut, pour
from enclos.suivi import access as suivi_access
from enclos.suivi import actions as suivi
from enclos.suivi.filtres import Filtre, Qui
from enclos.suivi.models import Affaire

HELD_SHOWN = 50


def uuid_or_none(text: str) -> UUID | None:
    """An opaque key of an address; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def papier_url(affaire: Affaire, **query: str) -> str:
    """The screen of an item; empty parameters are left out."""
    return affaire_url(affaire, **query)


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
        "second_regard": said == "second-regard",
        "confirme": said == "confirme",
        "renvoye": said == "renvoye",
    }


def home_without_queues(agent: Compte) -> str:
    """Where an agent who treats nothing starts: what the role is for."""
    for acte, name in STARTS:
        if peut(agent, acte):
            with suppress(NoReverseMatch):
                return reverse(name)
    return reverse("agents:surveiller")


STARTS = (
    (Acte.RECHERCHER, "agents:recherche"),
    (Acte.ASSISTER, "assistance:recherche"),
    (Acte.ADMINISTRER, "agents:administration"),
)


@require_safe
@pour_agent
def files(request: AgentRequest) -> HttpResponse:
    """« Mes files »: what there is to do, what is late, what I hold. An agent who treats nothing is led to what their role is for."""
    agent = request.agent
    if not peut(agent, Acte.TRAITER):
        return HttpResponseRedirect(home_without_queues(agent))
    services = suivi_access.services_of(agent)
    gardes = filtres.filtres_of(agent)
    habituel = next((one for one in gardes if one.is_default), None)
    asked = habituel.choix if habituel and not filtres.asks_for_a_filter(request.GET) else request.GET
    return draw_files(request, services, gardes, FiltreForm(asked, services=services))


def draw_files(
    request: AgentRequest,
    services: Sequence[Service],
    gardes: Sequence[FiltreEnregistre],
    form: FiltreForm,
    nommer: NommerForm | None = None,
) -> HttpResponse:
    agent, filtre = request.agent, form.filtre
    service = access.service_named(services, filtre.service)
    # What one comes for is what there is to take; « tout », or any filter, shows what colleagues have too.
    a_prendre = "tout" not in request.GET and not set(filtre.chosen) - {"service"}
    page = access.queue_page(
        agent,
        filtre=filtre,
        services=services,
        after=uuid_or_none(request.GET.get("apres", "")),
        untaken=a_prendre,
    )
    chiffres = suivi_access.bounded_figures_of(services)
    shown = [c for c in chiffres if service is None or c.service == service]
    return render(
        request,
        "agents/files.html",
        {
            "services": services,
            "service": service,
            "form": FiltreForm(initial=asdict(filtre), services=services),
            "nommer": nommer or NommerForm(),
            "filtre": filtre,
            "dit": form.described(filtre),
            "gardes": [(one, filtres.filtre_of(one.choix, services)) for one in gardes],
            "page": page,
            "a_prendre": a_prendre,
            "suite": files_url(**filtre.chosen, apres=page.suite) if page.suite else "",
            "est_la_suite": bool(request.GET.get("apres")),
            "miennes": list(suivi_access.held_by(agent)[:HELD_SHOWN]) if filtre.qui != Qui.MIENS else [],
            "chiffres": chiffres,
            "libres": sum(c.libres for c in shown),
            "toutes_libres": sum(c.libres for c in chiffres),
            "en_retard": sum(c.en_retard for c in shown),
            "lots": lots.lots_under_way(agent),
            "superviseur": peut(agent, Acte.SUPERVISER),
            "en_lot": peut(agent, Acte.SUPERVISER) or filtre.qui == Qui.MIENS,
            "vu": timezone.now().isoformat(),
            "lot_vide": request.GET.get("lot") == "vide",
            **said_of(request),
        },
        status=422 if nommer else 200,
    )


@require_POST
@pour(Acte.TRAITER)
def suivant(request: AgentRequest) -> HttpResponse:
    """« Prendre le suivant », of what the filter keeps; when nothing is left to take, what the agent holds and has not decided."""
    agent = request.agent
    services = suivi_access.services_of(agent)
    filtre = filtres.filtre_of(request.POST, services)
    service = access.service_named(services, filtre.service)
    among = filtre.takeable(access.takeable(), agent)
    affaire = suivi.take_next(
        agent, service=service, among=among, asked_at=shown_at(request.POST.get("vu", "")), afresh=True
    ) or suivi_access.first_held_by(agent, service)
    where = file_params(filtre)
    return HttpResponseRedirect(papier_url(affaire, **where) if affaire else files_url(**filtre.chosen), status=303)


def file_params(filtre: Filtre) -> dict[str, str]:
    """How the screen of a document remembers the queue it came from: its team, and the rest of the filter."""
    rest = {name: value for name, value in filtre.chosen.items() if name not in {"service", "qui"}}
    return {"service": filtre.service, "file": urlencode(rest)}


def file_of(service: str, rest: str, services: Sequence[Service]) -> Filtre:
    """The filter that `file_params` said."""
    return filtres.filtre_of({**dict(parse_qsl(rest[:300])), "service": service}, services)


@require_POST
@pour(Acte.TRAITER)
def enregistrer_filtre(request: AgentRequest) -> HttpResponse:
    """Keep what is shown, under a name."""
    services = suivi_access.services_of(request.agent)
    filtre = filtres.filtre_of(request.POST, services)
    nommer = NommerForm(request.POST)
    if not nommer.is_valid():
        gardes = filtres.filtres_of(request.agent)
        return draw_files(request, services, gardes, FiltreForm(request.POST, services=services), nommer)
    filtres.keep_filter(
        filtre, nom=nommer.cleaned_data["nom"], is_default=nommer.cleaned_data["par_defaut"], by=request.agent
    )
    return HttpResponseRedirect(files_url(**filtre.chosen), status=303)


@require_safe
@pour(Acte.TRAITER)
def mes_filtres(request: AgentRequest) -> HttpResponse:
    """The filters kept: rename, choose the one applied first, throw away."""
    services = suivi_access.services_of(request.agent)
    return draw_filtres(request, services, {})


def draw_filtres(request: AgentRequest, services: Sequence[Service], wrong: dict[UUID, NommerForm]) -> HttpResponse:
    form = FiltreForm({}, services=services)
    lignes = []
    for garde in filtres.filtres_of(request.agent):
        initial = {"nom": garde.nom, "par_defaut": garde.is_default}
        nommer = wrong.get(garde.pk) or NommerForm(initial=initial, auto_id=f"id_%s_{garde.pk.hex}")
        filtre = filtres.filtre_of(garde.choix, services)
        service = access.service_named(services, filtre.service)
        lignes.append((garde, nommer, ([service.nom] if service else []) + form.described(filtre)))
    return render(
        request,
        "agents/mes_filtres.html",
        {"lignes": lignes, "erreur": next(iter(wrong.values()), NommerForm())},
        status=422 if wrong else 200,
    )


@require_POST
@pour(Acte.TRAITER)
def modifier_filtre(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Another name, or the one applied first."""
    garde = filtres.filtre_for(request.agent, pk)
    nommer = NommerForm(request.POST, auto_id=f"id_%s_{garde.pk.hex}")
    if not nommer.is_valid():
        return draw_filtres(request, suivi_access.services_of(request.agent), {garde.pk: nommer})
    filtres.rename_filter(
        garde, nom=nommer.cleaned_data["nom"], is_default=nommer.cleaned_data["par_defaut"], by=request.agent
    )
    return HttpResponseRedirect(reverse("agents:filtres"), status=303)


@require_POST
@pour(Acte.TRAITER)
def supprimer_filtre(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Throw a filter away."""
    filtres.delete_filter(filtres.filtre_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(reverse("agents:filtres"), status=303)


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
