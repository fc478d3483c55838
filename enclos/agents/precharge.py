"""The next document, prepared while one is read: set aside for this agent, its first images fetched ahead by her browser."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from enclos.agents import access, actions, quotas
from enclos.agents.models import Lecture
from enclos.agents.views import file_of
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.suivi import access as suivi_access
from enclos.suivi import reservations
from enclos.suivi.models import Genre


@require_POST
@pour(Acte.TRAITER)
def preparer(request: AgentRequest, pk: UUID) -> HttpResponse:
    """What will open after the decision on `pk`: the addresses of its images, and where to let it go; 204 when nothing will.

    Only who holds a document is about to decide: who looks at one prepares nothing, nor does who may read no more today.
    """
    agent = request.agent
    if not suivi_access.affaire_for(agent, pk).is_held_by(agent) or quotas.is_reached(agent, Lecture.DOCUMENT):
        return HttpResponse(status=204)
    services = suivi_access.services_of(agent)
    filtre = file_of(request.POST.get("service", ""), request.POST.get("file", ""), services)
    service = access.service_named(services, filtre.service)
    found = reservations.set_aside(agent, service=service, among=filtre.takeable(access.takeable(), agent))
    if found is None:
        return HttpResponse(status=204)
    affaire, is_new = found
    images: list[str] = []
    if affaire.genre == Genre.DOCUMENT:
        papier = access.papier_for(agent, affaire.pk)
        images = access.first_images(papier, agent)
        if is_new:
            actions.preloaded(papier, by=agent)
    return JsonResponse({"images": images, "laisser": reverse("agents:laisser", args=[affaire.pk])})


@require_POST
@pour(Acte.TRAITER)
def laisser(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The page that prepared it is gone."""
    reservations.let_go(suivi_access.affaire_for(request.agent, pk), by=request.agent)
    return HttpResponse(status=204)
