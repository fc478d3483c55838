"""« Mes envois »: what was sent, where each document stands, and every proof of it."""

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from enclos.accuses.actions import pdf_ready
from enclos.avis.actions import seen
from enclos.coffre.responses import download
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.envois import access
from enclos.envois.fichiers import readable
from enclos.journal.actions import record

RECEIPT_PATIENCE_S = 8.0


@pour_adherent
@require_GET
def envois(request: AdherentRequest) -> HttpResponseBase:
    """Every sending, the latest first, each document with its state."""
    batch = access.sendings_of(request.personne, before=request.GET.get("avant", ""))
    drafts = access.drafts_of(request.personne) if not request.GET else []
    return render(request, "envois/envois.html", {"batch": batch, "drafts": drafts})


@pour_adherent
@require_GET
def envoi(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """One sending: its receipt, its documents, their answers."""
    sending = access.sending_for(request.personne, reference)
    seen(request.personne, reverse("envois:envoi", args=[sending.reference]), by=request.user)
    return render(request, "envois/envoi.html", {"envoi": sending})


@pour_adherent
@require_GET
def accuse_pdf(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """The signed receipt. Just after the sending, its signature is a matter of a second: the page waits for it."""
    sending = access.sending_for(request.personne, reference)
    accuse = sending.accuse
    if accuse is None:
        raise Http404
    if not pdf_ready(accuse, wait=RECEIPT_PATIENCE_S):
        return render(request, "envois/accuse_attente.html", {"envoi": sending}, status=202)
    assert accuse.pdf is not None
    return download(accuse.pdf, accuse.file_name)


@pour_adherent
@require_GET
def original(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    """The very bytes that were given."""
    row = readable(access.page_for(request.personne, reference, page_id))
    if row.fichier.original is None:
        raise Http404
    record("envois.original.downloaded", row.fichier, by=request.user, reference=reference)
    return download(row.fichier.original, row.fichier.nom)


@pour_adherent
@require_GET
def copie(request: AdherentRequest, reference: str, page_id: int, rang: int) -> HttpResponseBase:
    """A part of the readable copy: what the agents read."""
    row = readable(access.page_for(request.personne, reference, page_id))
    part = access.part_of(row.fichier, rang)
    return download(part.objet, part.nom_de_fichier)
