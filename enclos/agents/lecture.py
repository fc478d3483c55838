"""The pages of a document as images, and what may be downloaded of it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from enclos.agents import access, actions
from enclos.agents.correspondance import lisible_for
from enclos.agents.forms import Original
from enclos.coffre.pages import assembled, page_image
from enclos.coffre.responses import download, download_bytes, image
from enclos.coffre.tours import in_turn
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.suivi.reservations import LEASE

# Said by the script that fetches the images of the next document: this browser, and it alone, keeps them until it opens.
AHEAD = "X-Enclos-Precharge"
KEPT_AHEAD = f"private, max-age={int(LEASE.total_seconds())}"
# Pixels wide: in the list of pages, to read, to read closely.
LARGEURS = {"vignette": 160, "lecture": 1400, "loupe": 2600}


@require_safe
@pour(Acte.TRAITER)
def page(request: AgentRequest, pk: UUID, rang: int, largeur: str) -> HttpResponse:
    """The `rang`-th page, as an image; only for the browser that was shown the document, which the journal then knows."""
    if largeur not in LARGEURS:
        raise Http404
    access.check_sheets_token(request.GET.get("j", ""), pk, request.agent)
    papier = lisible_for(request.agent, pk)
    if not 1 <= rang <= len(papier.feuilles):
        raise Http404
    feuille = papier.feuilles[rang - 1]
    with in_turn(request):
        response = image(page_image(feuille.fichier, feuille.page, width=LARGEURS[largeur]))
    if AHEAD in request.headers:
        response["Cache-Control"] = KEPT_AHEAD
    return response


@require_safe
@pour(Acte.TRAITER)
def pdf(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """« Télécharger en un seul PDF »: the readable copy."""
    papier = lisible_for(request.agent, pk)
    if not papier.is_open_to_reading:
        raise Http404
    with in_turn(request):
        data = assembled(papier.readable)
    actions.downloaded(papier, by=request.agent)
    return download_bytes(data, "application/pdf", papier.nom_pdf)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def original(request: AgentRequest, pk: UUID, fichier: UUID) -> HttpResponseBase:
    """« Télécharger l’original »: the bytes as received, for a reason that is written down."""
    papier = lisible_for(request.agent, pk)
    if not access.can_fetch_original(papier, request.agent):
        raise Http404
    found = access.fichier_of(papier, fichier)
    form = Original(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        response = download(found.original, found.nom)
        actions.original_opened(papier, found, by=request.agent, **form.cleaned_data)
        return response
    return render(
        request,
        "agents/original.html",
        {"papier": papier, "affaire": papier.affaire, "fichier": found, "form": form},
        status=422 if request.method == "POST" else 200,
    )
