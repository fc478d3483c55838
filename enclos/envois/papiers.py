"""« Papiers demandés »: the member reads the list, and answers paper by paper: a photo, a document given before, or a word."""

from hashlib import sha256
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.avis.actions import seen
from enclos.bibliotheque.actions import NotReusable, reusable_files
from enclos.coffre.responses import inline_pdf
from enclos.coffre.tours import in_turn
from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.courrier.papier import typeset_cover
from enclos.envois import access, brouillon, forms
from enclos.envois.dejas import can_answer_again, offered_for, one_for
from enclos.envois.lettre import donnees_of
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.envois.parcours import reached
from enclos.envois.reponses import say_missing
from enclos.envois.reprise import answer_again, begin_with


@pour_adherent
@require_GET
def papiers(request: AdherentRequest, demande: str) -> HttpResponseBase:
    """The list: what, about whom, why, by when, what happens otherwise, and where each paper stands."""
    row = access.demande_for(request.personne, demande)
    seen(request.personne, reverse("envois:papiers", args=[row.reference]), by=request.user)
    return render(
        request,
        "envois/papiers.html",
        {"demande": row, "fait": "dit" in request.GET, "peut_reprendre": can_answer_again(row)},
    )


@pour_adherent
@require_POST
def envoyer(request: AdherentRequest, demande: str, rang: int) -> HttpResponseBase:
    """« L’envoyer »: the journey, everything said already but the files."""
    papier = access.expected_paper_of(access.demande_for(request.personne, demande), rang)
    envoi = brouillon.start_for(papier, by=request.user)
    envoi = access.draft_for(request.personne, envoi.reference)
    return redirect(reached(envoi).url(envoi))


@pour_adherent
@require_http_methods(["GET", "POST"])
def reprendre(request: AdherentRequest, demande: str, rang: int) -> HttpResponseBase:
    """« Reprendre un document déjà donné »: choose, attest, it is sent."""
    papier = access.paper_of(access.demande_for(request.personne, demande), rang)
    chosen = request.GET.get("document", "")
    candidates = offered_for(papier, chosen=chosen)
    form = forms.Reprise(request.POST or None, candidates=candidates, is_chosen=bool(chosen))
    if form.is_valid():
        session = sha256((session_of(request).session_key or "").encode()).hexdigest()[:16]
        try:
            with in_turn(request):
                files = reusable_files(form.chosen.document, by=request.user)
        except NotReusable as refusal:
            form.add_error("document", refusal.phrase)
        else:
            envoi = answer_again(papier, files, session, by=request.user)
            return redirect("envois:accuse", envoi.reference)
    if not papier.is_expected:  # another tab was quicker: the list says so
        return redirect("envois:papiers", papier.demande.reference)
    return paper_page(request, "papier_reprendre.html", papier, form, candidates=candidates, is_chosen=bool(chosen))


@pour_adherent
@require_GET
def repondre(request: AdherentRequest, pk: UUID) -> HttpResponseBase:
    """« Répondre à une demande de papiers », from a document: which of the papers asked is it?"""
    document = one_for(request.personne, pk)
    demandes = access.open_requests_of(request.personne)
    return render(request, "envois/repondre.html", {"document": document, "demandes": demandes})


@pour_adherent
@require_POST
def utiliser(request: AdherentRequest, pk: UUID) -> HttpResponseBase:
    """« Utiliser dans un envoi », from a document: a draft that holds it already."""
    document = one_for(request.personne, pk)
    with in_turn(request):
        files = reusable_files(document, by=request.user)
    envoi = begin_with(document, files, by=request.user)
    envoi = access.draft_for(request.personne, envoi.reference)
    return redirect(reached(envoi).url(envoi))


@pour_adherent
@require_http_methods(["GET", "POST"])
def absent(request: AdherentRequest, demande: str, rang: int) -> HttpResponseBase:
    """« Je n’ai pas ce papier »: a word to the agent."""
    papier = access.paper_of(access.demande_for(request.personne, demande), rang)
    form = forms.Absent(request.POST or None, initial={"mot": papier.mot})
    if form.is_valid():
        say_missing(papier, form.cleaned_data["mot"], by=request.user)
        response = redirect("envois:papiers", papier.demande.reference)
        response["Location"] += "?dit=1"
        return response
    if not papier.is_expected:
        return redirect("envois:papiers", papier.demande.reference)
    return paper_page(request, "papier_absent.html", papier, form)


def paper_page(
    request: AdherentRequest, template: str, papier: PapierDemande, form: Form, **context: object
) -> HttpResponse:
    context |= {"papier": papier, "demande": papier.demande, "form": form}
    return render(request, f"envois/{template}", context, status=422 if form.is_bound else 200)


@pour_adherent
@require_GET
def page_a_joindre(request: AdherentRequest, demande: str) -> HttpResponseBase:
    """The sheet to print and put on top of papers that go by post: its reference closes them one by one."""
    row: DemandePapiers = access.demande_for(request.personne, demande)
    with in_turn(request):
        sender = request.personne.lignes_adresse()[: None if request.user.is_confirmed else 1]
        pdf = typeset_cover(row.caisse, donnees_of(row), sender)
    return inline_pdf(pdf, f"page-a-joindre-{row.reference}.pdf")
