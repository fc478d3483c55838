"""« Mes documents »: the list, one document, and taking them away."""

from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from enclos.avis.actions import seen
from enclos.bibliotheque import access, actions
from enclos.bibliotheque.access import VUES, Filtres
from enclos.bibliotheque.actions import check_whole
from enclos.bibliotheque.emails import NOUVEAUX
from enclos.bibliotheque.forms import Recherche
from enclos.bibliotheque.lecture import lecture_of, page_of
from enclos.bibliotheque.telechargement import PDF_DOCUMENTS, ZIP_DOCUMENTS, Flow, NothingThere, as_pdf, as_zip, parcel
from enclos.coffre.pages import NotShown, shown_or_refused
from enclos.coffre.refus import FileWithheld
from enclos.coffre.responses import download, hardened, image
from enclos.coffre.storage import StorageUnavailable
from enclos.coffre.tours import in_turn
from enclos.coffre.uploads import let_go_of_database
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.socle.archive import safe_name

PAGE_WIDTH = 1200
MEDIA = {"zip": "application/zip", "pdf": "application/pdf"}


@pour_adherent
@require_GET
def documents(request: AdherentRequest) -> HttpResponseBase:
    """The library, the latest first; what is asked stands in the address."""
    filtres = Filtres.read(request.GET.dict())
    lot = access.documents_of(request.personne, filtres, avant=request.GET.get("avant", ""))
    if filtres.vue == "nouveaux":
        seen(request.personne, NOUVEAUX, by=request.user)
    context = {
        "filtres": filtres,
        "lot": lot,
        "perdus": [] if filtres.vue else access.lost_of(request.personne),
        "form": Recherche(filtres, access.Rayons(request.personne)),
        "vues": [
            {"mot": mot, "query": filtres.with_vue(code).as_query, "is_current": code == filtres.vue}
            for code, mot in VUES.items()
        ],
        "is_suite": "avant" in request.GET,
    }
    return render(request, "bibliotheque/documents.html", context)


@pour_adherent
@require_GET
def document(request: AdherentRequest, pk: UUID) -> HttpResponseBase:
    """One document: its pages, its dates, what can be done with it. Looking at it is opening it."""
    found = access.document_for(request.personne, pk)
    if found.is_retire:
        return render(request, "bibliotheque/retire.html", {"document": found}, status=410)
    with in_turn(request):
        lecture = lecture_of(found, by=request.user)
    if lecture.is_perdue:
        actions.lost([found.pk], by=request.user)
    elif found.is_perdu and lecture.is_montree:
        actions.found_again([found.pk], by=request.user)
    is_looked_at = lecture.is_montree and "prefetch" not in request.headers.get("Sec-Purpose", "")
    if is_looked_at and actions.open_documents([found], by=request.user):
        found = access.document_for(request.personne, pk)  # with the dates that this opening has just set
    context = {
        "document": found,
        "avis": found.avis_legal,
        "lecture": lecture,
        "versions": access.history_of(found),
        "suivante": access.successor_of(found) if found.is_remplace else None,
    }
    return render(request, "bibliotheque/document.html", context)


@pour_adherent
@require_GET
def page(request: AdherentRequest, pk: UUID, numero: int) -> HttpResponseBase:
    """The image of one page."""
    found = access.shown_for(request.personne, pk)
    with in_turn(request):
        try:
            return image(page_of(found, numero, width=PAGE_WIDTH))
        except IndexError:
            raise Http404 from None
        except FileWithheld:
            raise Http404 from None


@pour_adherent
@require_GET
def telecharger(request: AdherentRequest, pk: UUID) -> HttpResponseBase:
    """One document as it was given; a ZIP when it is made of several files."""
    found = access.shown_for(request.personne, pk)
    if found.is_en_preparation:
        return render(request, "bibliotheque/en_preparation.html", {"document": found}, status=202)
    objets = [found.accuse.pdf] if found.accuse is not None else [s.original for s in found.sheets if s.is_readable]
    if not objets:
        raise FileWithheld
    if len(objets) > 1:
        return several(request, [found.pk], "zip", safe_name(found.nom))
    (objet,) = objets
    assert objet is not None
    extension = found.sheets[0].extension if found.sheets else ".pdf"
    try:
        with shown_or_refused():
            check_whole(objet)  # to the end: a download that breaks off is not a reading
    except NotShown as refusal:
        if not isinstance(refusal.__cause__, StorageUnavailable):
            actions.lost([found.pk], by=request.user)
        raise
    response = download(objet, f"{found.date.isoformat()} {safe_name(found.nom)}{extension}")
    actions.open_documents([found], by=request.user)
    actions.downloaded("seul", 1, objet.taille, by=request.user, document=found)
    let_go_of_database()
    return response


@pour_adherent
@require_GET
def tout(request: AdherentRequest, forme: str) -> HttpResponseBase:
    """All that the filters of the address leave."""
    filtres = Filtres.read(request.GET.dict())
    most = PDF_DOCUMENTS if forme == "pdf" else ZIP_DOCUMENTS
    keys = access.found_for(request.personne, filtres, most=most)
    if not keys:
        raise NothingThere
    return several(request, keys, forme, f"mes-documents-{filtres.annee}" if filtres.annee else "mes-documents")


@pour_adherent
@require_POST
def selection(request: AdherentRequest) -> HttpResponseBase:
    """What is done with the documents ticked in the list."""
    keys = access.chosen_for(request.personne, request.POST.getlist("d"))
    action = request.POST.get("action", "")
    if action in MEDIA:
        return several(request, keys, action, "mes-documents")
    if action in {"archiver", "reprendre"}:
        actions.put_away(keys, action == "archiver", personne=request.personne, by=request.user)
    filtres = Filtres.read(request.POST.dict())
    return HttpResponseRedirect(f"{reverse('bibliotheque:documents')}?{filtres.as_query}", status=303)


@pour_adherent
@require_POST
def ranger(request: AdherentRequest, pk: UUID) -> HttpResponse:
    """Favourite, put away, called otherwise."""
    found = access.shown_for(request.personne, pk)
    match request.POST.get("action"):
        case "favori":
            actions.keep_as_favourite(found, True, by=request.user)
        case "plus-favori":
            actions.keep_as_favourite(found, False, by=request.user)
        case "archiver" | "reprendre" as action:
            actions.put_away([found.pk], action == "archiver", personne=request.personne, by=request.user)
        case "renommer":
            actions.rename(found, request.POST.get("nom", ""), by=request.user)
        case _:
            raise Http404
    return HttpResponseRedirect(reverse("bibliotheque:document", args=[found.pk]), status=303)


def several(request: AdherentRequest, keys: Sequence[UUID], forme: str, name: str) -> HttpResponseBase:
    """Several documents in one file, written as it leaves. Raises `Refusal` while nothing has left."""
    colis = parcel(keys, as_pdf=forme == "pdf")
    whom = str(request.user.pk)

    def written_down() -> None:
        actions.taken_away(colis.non_lus, colis.partis, colis.perdus, by=request.user)
        let_go_of_database()

    flow = Flow(as_pdf(colis, whom=whom) if forme == "pdf" else as_zip(colis, timezone.now(), whom=whom), written_down)
    try:
        actions.downloaded(forme, len(colis.articles), colis.octets, by=request.user)
    except BaseException:
        flow.close()  # its turn is given back
        raise
    # Nothing more is asked of the database before the last bytes: a slow line must not hold a connection.
    let_go_of_database()
    response = StreamingHttpResponse(flow)
    return hardened(response, MEDIA[forme], content_disposition_header(True, f"{name}.{forme}") or "attachment")
