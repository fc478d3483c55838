"""« Mes données »: ask for the copy of everything, and take it."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from enclos.accueil.donnees import access, actions
from enclos.coffre.responses import download
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.comptes.preuves import preuve_fraiche
from enclos.socle.dates import paris
from enclos.socle.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@pour_adherent
@preuve_fraiche
def mes_donnees(request: AdherentRequest) -> HttpResponse:
    """Where the copy stands; asking for it comes back here."""
    if request.method != "POST":
        return donnees_page(request)
    try:
        actions.ask(request.user, by=request.user)
    except Refusal as refusal:
        return donnees_page(request, refus=refusal.phrase, status=refusal.status)
    return HttpResponseRedirect(reverse("accueil:mes_donnees"), status=303)


def donnees_page(request: AdherentRequest, *, refus: str = "", status: int = 200) -> HttpResponse:
    copie = access.last_copy_of(request.user)
    return render(request, "accueil/mes_donnees.html", {"copie": copie, "refus": refus}, status=status)


@require_GET
@pour_adherent
@preuve_fraiche
def telecharger(request: AdherentRequest, pk: UUID) -> HttpResponseBase:
    """The ZIP. Its name says the day, and nothing of anybody."""
    copie = access.copy_for(request.user, pk)
    assert copie.objet is not None
    response = download(copie.objet, f"mes-donnees-{paris(copie.asked_at):%Y-%m-%d}.zip")
    actions.downloaded(copie, by=request.user)
    return response
