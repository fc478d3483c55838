"""Step 3, « Fichiers à joindre », and the files of a thread as its member sees them."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.coffre.depot import Outcome
from enclos.coffre.pages import page_image
from enclos.coffre.responses import download, image
from enclos.coffre.tours import in_turn
from enclos.coffre.uploads import upload_view
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.journal.actions import record
from enclos.messagerie import access, brouillon, forms
from enclos.messagerie.models import Message, Piece
from enclos.messagerie.parcours import Etape, Lieu
from enclos.messagerie.presentation import LignePiece, lignes_of
from enclos.messagerie.views import journey, page
from enclos.socle.templatetags.socle import typo

THUMBNAIL_WIDTH = 160
PREVIEW_WIDTH = 1000


@pour_adherent
@upload_view
@journey
@require_http_methods(["GET", "POST"])
def fichiers(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """« Suivant » also keeps the files just chosen, and needs none: nobody must know a second button."""
    message = access.draft_for(request.personne, reference)
    if not message.texte_sealed:
        return HttpResponseRedirect(Lieu(Etape.TEXTE, message).url)
    if request.method != "POST":
        return files_page(request, message, forms.Fichiers())
    form = forms.Fichiers(request.POST, request.FILES)
    uploads = form.cleaned_data["fichiers"] if form.is_valid() else []
    with in_turn(request):
        outcome = brouillon.add_files(message, uploads, jeton=request.POST.get("jeton") or None, by=request.user)
    wants_next = request.POST.get("action") == "suivant"
    if wants_next:
        regroupe = forms.Regroupe(request.POST)
        brouillon.group_files(message, regroupe.is_valid() and regroupe.cleaned_data["un_seul"], by=request.user)
    if outcome.refused or (outcome.remarks and not wants_next) or is_partial(request):
        for refusal in outcome.refused:
            form.add_error("fichiers", typo(refusal.phrase))
        return files_page(request, access.draft_for(request.personne, reference), form, outcome)
    return HttpResponseRedirect(Lieu(Etape.VERIFICATION if wants_next else Etape.FICHIERS, message).url)


def is_partial(request: AdherentRequest) -> bool:
    """Whether our script asks, and will put the list in its place."""
    return request.headers.get("X-Requested-With") == "envoi-fichiers"


def files_page(
    request: AdherentRequest, message: Message, form: forms.Fichiers, outcome: Outcome[Piece] | None = None
) -> HttpResponse:
    """The page; or its list alone, when our script sent the file and puts the answer in place."""
    response = page(
        request,
        "fichiers.html#liste" if is_partial(request) else "fichiers.html",
        Lieu(Etape.FICHIERS, message),
        status=422 if outcome and outcome.refused else 200,
        partiel=is_partial(request),
        lignes=lignes_of(message),
        form=form,
        regroupe=forms.Regroupe(initial={"un_seul": message.is_one_document}),
        outcome=outcome,
    )
    if is_partial(request):
        response["X-Enclos-Partie"] = "liste"
    return response


def change(
    request: AdherentRequest, reference: str, piece_id: int, action: Callable[[Piece], None]
) -> HttpResponseBase:
    """Do something to one file of the draft, and show the list again."""
    message = access.draft_for(request.personne, reference)
    piece = access.piece_for(request.personne, piece_id)
    if piece.message_id != message.pk:
        raise Http404
    action(piece)
    if is_partial(request):
        return files_page(request, access.draft_for(request.personne, reference), forms.Fichiers())
    return HttpResponseRedirect(Lieu(Etape.FICHIERS, message).url)


@pour_adherent
@journey
@require_POST
def retirer(request: AdherentRequest, reference: str, piece_id: int) -> HttpResponseBase:
    return change(request, reference, piece_id, lambda piece: brouillon.remove_piece(piece, by=request.user))


@pour_adherent
@journey
@require_POST
def tourner(request: AdherentRequest, reference: str, piece_id: int) -> HttpResponseBase:
    with in_turn(request):
        return change(request, reference, piece_id, lambda piece: brouillon.turn_piece(piece, by=request.user))


@pour_adherent
@require_GET
def vignette(request: AdherentRequest, piece_id: int) -> HttpResponseBase:
    """The first page, small."""
    piece = readable(access.piece_for(request.personne, piece_id))
    with in_turn(request):
        return image(page_image(piece.fichier, 1, width=THUMBNAIL_WIDTH))


@pour_adherent
@require_GET
def apercu(request: AdherentRequest, piece_id: int) -> HttpResponseBase:
    """The pages of a file, as images."""
    piece = readable(access.piece_for(request.personne, piece_id))
    return render(request, "messagerie/apercu.html", {"ligne": LignePiece(piece), "message": piece.message})


@pour_adherent
@require_GET
def apercu_image(request: AdherentRequest, piece_id: int, numero: int) -> HttpResponseBase:
    """A page of the readable copy."""
    piece = readable(access.piece_for(request.personne, piece_id))
    if not 1 <= numero <= piece.fichier.pages:
        raise Http404
    with in_turn(request):
        return image(page_image(piece.fichier, numero, width=PREVIEW_WIDTH))


@pour_adherent
@require_GET
def original(request: AdherentRequest, piece_id: int) -> HttpResponseBase:
    """The very bytes that were given, or that the fund joined."""
    piece = readable(access.piece_for(request.personne, piece_id))
    record("messagerie.piece.downloaded", piece.fichier, by=request.user, reference=piece.message.reference)
    return download(piece.fichier.original, piece.fichier.nom)


def readable(piece: Piece) -> Piece:
    """404 for a file that was withdrawn or found dangerous."""
    if not piece.fichier.is_readable:
        raise Http404
    return piece
