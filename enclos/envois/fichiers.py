"""Step 4, « Ajout d’un fichier »: receive, show, turn, order and remove the files of one document."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.bibliotheque.actions import NotReusable, reusable_files
from enclos.coffre.depot import NotKept, Outcome
from enclos.coffre.pages import original_image, page_image
from enclos.coffre.responses import image
from enclos.coffre.tours import in_turn
from enclos.coffre.uploads import upload_view
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.envois import access, brouillon, forms
from enclos.envois.dejas import has_given, library_of
from enclos.envois.models import DocumentEnvoye, Envoi, PageEnvoyee
from enclos.envois.parcours import Etape, Lieu
from enclos.envois.presentation import LigneFichier, lignes_of
from enclos.envois.reprise import take_again
from enclos.envois.views import going_on, journey, not_yet, page
from enclos.socle.templatetags.socle import typo

THUMBNAIL_WIDTH = 160
PREVIEW_WIDTH = 1000


@pour_adherent
@upload_view
@journey
@require_http_methods(["GET", "POST"])
def fichiers(request: AdherentRequest, reference: str, rang: int) -> HttpResponseBase:
    """One page per document. « Suivant » also keeps the files just chosen: nobody must know a second button."""
    envoi = access.draft_for(request.personne, reference)
    document, place = access.document_of(envoi, rang), Lieu(Etape.FICHIERS, rang)
    if elsewhere := not_yet(place, envoi):
        return elsewhere
    if request.method != "POST":
        return files_page(request, envoi, document, forms.Fichiers())
    form = forms.Fichiers(request.POST, request.FILES)
    uploads = form.cleaned_data["fichiers"] if form.is_valid() else []
    with in_turn(request):
        outcome = brouillon.add_files(document, uploads, jeton=request.POST.get("jeton") or None, by=request.user)
    if not uploads and not document.pages.all():
        outcome.refused.append(NotKept("", "Ajoutez au moins un fichier : une photo du papier suffit."))
    wants_next = request.POST.get("action") == "suivant"
    if outcome.refused or (outcome.remarks and not wants_next) or is_partial(request):
        envoi = access.draft_for(request.personne, reference)
        for refusal in outcome.refused:
            form.add_error("fichiers", typo(refusal.phrase))
        return files_page(request, envoi, access.document_of(envoi, rang), form, outcome)
    if wants_next:
        return going_on(envoi, place)
    return HttpResponseRedirect(place.url(envoi))


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def bibliotheque(request: AdherentRequest, reference: str, rang: int) -> HttpResponseBase:
    """« Reprendre un document déjà donné »: its files join this document, without being sent by the device again."""
    envoi = access.draft_for(request.personne, reference)
    document, place = access.document_of(envoi, rang), Lieu(Etape.FICHIERS, rang)
    if elsewhere := not_yet(place, envoi):
        return elsewhere
    rayon = library_of(request.personne, before=request.GET.get("avant", ""))
    form = forms.DejaDonne(request.POST or None, documents=rayon.documents)
    if form.is_valid():
        try:
            with in_turn(request):
                files = reusable_files(form.chosen, by=request.user)
        except NotReusable as refusal:
            form.add_error("document", refusal.phrase)
        else:
            take_again(document, files, by=request.user)
            return HttpResponseRedirect(place.url(envoi))
    status = 422 if form.is_bound else 200
    return page(request, "bibliotheque.html", place, envoi, status=status, document=document, rayon=rayon, form=form)


def is_partial(request: AdherentRequest) -> bool:
    """Whether our script asks, and will put the list in its place."""
    return request.headers.get("X-Requested-With") == "envoi-fichiers"


def files_page(
    request: AdherentRequest,
    envoi: Envoi,
    document: DocumentEnvoye,
    form: forms.Fichiers,
    outcome: Outcome[PageEnvoyee] | None = None,
) -> HttpResponse:
    """The page; or its list alone, when our script sent the file and puts the answer in place."""
    response = page(
        request,
        "fichiers.html#liste" if is_partial(request) else "fichiers.html",
        Lieu(Etape.FICHIERS, document.rang),
        envoi,
        status=422 if outcome and outcome.refused else 200,
        document=document,
        partiel=is_partial(request),
        lignes=lignes_of(document, access.sent_before(envoi)),
        form=form,
        outcome=outcome,
        peut_reprendre=not is_partial(request) and has_given(request.personne),
    )
    if is_partial(request):
        response["X-Enclos-Partie"] = "liste"
    return response


def change(
    request: AdherentRequest, reference: str, page_id: int, action: Callable[[PageEnvoyee], None]
) -> HttpResponseBase:
    """Do something to one file of the draft, and show the list again."""
    envoi = access.draft_for(request.personne, reference)
    row = access.page_for(request.personne, reference, page_id)
    action(row)
    if is_partial(request):
        envoi = access.draft_for(request.personne, reference)
        return files_page(request, envoi, access.document_of(envoi, row.document.rang), forms.Fichiers())
    return HttpResponseRedirect(Lieu(Etape.FICHIERS, row.document.rang).url(envoi))


@pour_adherent
@journey
@require_POST
def retirer(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    return change(request, reference, page_id, lambda row: brouillon.remove_page(row, by=request.user))


@pour_adherent
@journey
@require_POST
def tourner(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    with in_turn(request):
        return change(request, reference, page_id, lambda row: brouillon.turn_page(row, by=request.user))


@pour_adherent
@journey
@require_POST
def deplacer(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    step = 1 if request.POST.get("sens") == "bas" else -1
    return change(request, reference, page_id, lambda row: brouillon.move_page(row, step, by=request.user))


@pour_adherent
@require_GET
def vignette(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    """The first page, small."""
    row = readable(access.page_for(request.personne, reference, page_id))
    with in_turn(request):
        return image(page_image(row.fichier, 1, width=THUMBNAIL_WIDTH))


@pour_adherent
@require_GET
def apercu(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    """What the agent will read, beside what was given, with the measures: is it still legible?"""
    row = readable(access.page_for(request.personne, reference, page_id))
    return render(request, "envois/apercu.html", {"ligne": LigneFichier(row), "envoi": row.document.envoi})


@pour_adherent
@require_GET
def apercu_image(request: AdherentRequest, reference: str, page_id: int, numero: int) -> HttpResponseBase:
    """A page of the readable copy."""
    row = readable(access.page_for(request.personne, reference, page_id))
    if not 1 <= numero <= row.fichier.pages:
        raise Http404
    with in_turn(request):
        return image(page_image(row.fichier, numero, width=PREVIEW_WIDTH))


@pour_adherent
@require_GET
def original_apercu(request: AdherentRequest, reference: str, page_id: int) -> HttpResponseBase:
    """The first page of what was given, for the comparison."""
    row = readable(access.page_for(request.personne, reference, page_id))
    with in_turn(request):
        return image(original_image(row.fichier, width=PREVIEW_WIDTH))


def readable(row: PageEnvoyee) -> PageEnvoyee:
    """404 for a file that was withdrawn or found dangerous."""
    if not row.fichier.is_readable:
        raise Http404
    return row
