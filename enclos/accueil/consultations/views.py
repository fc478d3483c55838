"""« Qui a consulté mon dossier »."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from config.env import ENV
from enclos.accueil.consultations.access import consultations_of
from enclos.comptes.access import AdherentRequest, pour_adherent


@pour_adherent
@require_safe
def consultations(request: AdherentRequest) -> HttpResponse:
    """Each opening by an agent, newest first, day by day."""
    before = request.GET.get("avant", "")
    context = {
        "pages": consultations_of(request.personne, before=before),
        "est_suite": bool(before),
        "mois": ENV.journal_traces_days // 30,
        "ecrire": message_url(),
    }
    return render(request, "accueil/consultations.html", context)


def message_url() -> str:
    """Where one writes to the fund; "" where messages are not installed."""
    try:
        return reverse("messagerie:nouveau")
    except NoReverseMatch:
        return ""
