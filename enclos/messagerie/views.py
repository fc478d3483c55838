"""« Nous envoyer un message »: the pages of a draft, all kept in it."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Concatenate

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from enclos.accuses.bordereau import typeset_bordereau
from enclos.caisses.access import services_of
from enclos.coffre.responses import inline_pdf
from enclos.coffre.tours import in_turn
from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.messagerie import access, brouillon, forms
from enclos.messagerie.actions import Attestation, Incomplete, submit
from enclos.messagerie.conseils import advice_on
from enclos.messagerie.liens import liens_of
from enclos.messagerie.models import Fil, Message
from enclos.messagerie.parcours import Etape, Lieu, reached
from enclos.messagerie.presentation import lignes_of
from enclos.messagerie.sujets import active_subjects, by_domain, service_of
from enclos.socle.dates import today_paris

type View[**P] = Callable[Concatenate[AdherentRequest, P], HttpResponseBase]


def journey[**P](view: View[P]) -> View[P]:
    """A page of a draft: when the draft was sent meanwhile, its receipt is the answer."""

    @wraps(view)
    def guarded(request: AdherentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except access.AlreadySent as sent:
            return HttpResponseRedirect(Lieu(Etape.ACCUSE, sent.message).url)

    return guarded


def page(request: AdherentRequest, template: str, lieu: Lieu, *, status: int = 200, **context: object) -> HttpResponse:
    """A step, with what every step shows: its title, its number, the way back, and that nothing is sent yet."""
    return render(request, f"messagerie/{template}", {"lieu": lieu, "message": lieu.message} | context, status=status)


def attestation_of(request: AdherentRequest, *, attests: bool) -> Attestation:
    """What is declared, and from which session."""
    return Attestation(attests, sha256((session_of(request).session_key or "").encode()).hexdigest()[:16])


@pour_adherent
@require_http_methods(["GET", "POST"])
def nouveau(request: AdherentRequest) -> HttpResponseBase:
    """Step 1. The tree of subjects: one gesture, then one writes."""
    if request.method == "POST":
        message = brouillon.start(request.personne, access.sujet_of(request.POST.get("sujet", "")), by=request.user)
        return HttpResponseRedirect(Lieu(Etape.TEXTE, message).url)
    return page(
        request,
        "sujet.html",
        Lieu(Etape.SUJET),
        arbre=by_domain(active_subjects()),
        drafts=access.drafts_of(request.personne),
    )


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def sujet(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 1 again, to choose another subject; the words stay."""
    message = access.draft_for(request.personne, reference)
    if not message.fil.is_draft:
        return HttpResponseRedirect(reached(message).url)
    if request.method == "POST":
        brouillon.change_subject(message, access.sujet_of(request.POST.get("sujet", "")), by=request.user)
        return HttpResponseRedirect(reached(message).url)
    return page(
        request,
        "sujet.html",
        Lieu(Etape.SUJET, message),
        arbre=by_domain(active_subjects(), chosen=message.fil.sujet),
        drafts=[],
    )


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def texte(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 2. The words, and what they are about."""
    message = access.draft_for(request.personne, reference)
    if request.POST.get("action") == "enregistrer":  # for who has no script: kept as it is, even too long
        brouillon.write(message, forms.words_of(request.POST), by=request.user)
        return HttpResponseRedirect(Lieu(Etape.TEXTE, message).url)
    initial = {"texte": message.texte}
    form: forms.Texte
    if message.fil.is_draft:
        liens = liens_of(request.personne)
        form = forms.PremierTexte(request.POST or None, fil=message.fil, liens=liens, initial=initial)
    else:
        form = forms.Texte(request.POST or None, initial=initial)
    if form.is_valid():
        brouillon.write(message, form.cleaned_data["texte"], by=request.user)
        if isinstance(form, forms.PremierTexte):
            decision_on = form.cleaned_data.get("decision_on")
            brouillon.set_thread(message, lien=form.chosen, decision_on=decision_on, by=request.user)
        return HttpResponseRedirect(Lieu(Etape.FICHIERS, message).url)
    status = 422 if form.is_bound else 200
    return page(request, "texte.html", Lieu(Etape.TEXTE, message), status=status, form=form, service=service(message))


def service(message: Message) -> object:
    """The team that will have it."""
    fil = message.fil
    return service_of(fil.sujet, services_of(fil.caisse_id)) if fil.is_draft else fil.service_charge


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def verification(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 4. Everything shown once more, what should not be written told, the day promised; then « Envoyer »."""
    message = access.draft_for(request.personne, reference)
    lieu = Lieu(Etape.VERIFICATION, message)
    if not message.texte_sealed:
        return HttpResponseRedirect(Lieu(Etape.TEXTE, message).url)
    pieces = list(message.pieces.all())
    form = forms.Verification(request.POST if request.method == "POST" else None, has_files=bool(pieces))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data.get("medical"):
            return redirect("messagerie:medical", message.reference)
        attests = bool(form.cleaned_data.get("attestation"))
        try:
            sent = submit(message, attestation_of(request, attests=attests), by=request.user)
        except Incomplete:
            return HttpResponseRedirect(reached(message).url)
        return HttpResponseRedirect(Lieu(Etape.ACCUSE, sent).url)
    return page(
        request,
        "verification.html",
        lieu,
        status=422 if request.method == "POST" else 200,
        form=form,
        lignes=lignes_of(message),
        conseils={conseil.code: conseil for conseil in advice_on(message.texte)},
        service=service(message),
    )


@pour_adherent
@journey
@require_GET
def medical(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """« Oui » to the medical question: which file to take out, and how to post it. Nothing was sent."""
    message = access.draft_for(request.personne, reference)
    lieu = Lieu(Etape.VERIFICATION, message)
    if not message.pieces.all():
        return HttpResponseRedirect(lieu.url)
    return page(request, "medical.html", lieu, lignes=lignes_of(message))


@pour_adherent
@journey
@require_GET
def bordereau(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """The page to put on top of what goes by post to the medical service. It says nothing of what is behind it."""
    message = access.draft_for(request.personne, reference)
    return cover_sheet(request, message.fil, message.reference)


def cover_sheet(request: AdherentRequest, fil: Fil, reference: str) -> HttpResponseBase:
    """To the medical service, from this member, under the reference of their message."""
    caisse = fil.caisse
    with in_turn(request):
        # The address that the fund knows is shown once the post has confirmed the account.
        sender = request.personne.lignes_adresse()[: None if request.user.is_confirmed else 1]
        pdf = typeset_bordereau(caisse, caisse.service_medical, reference, sender, today_paris())
    return inline_pdf(pdf, f"page-a-joindre-{reference}.pdf")


@pour_adherent
@journey
@require_GET
def reprendre(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Back to where the draft stands."""
    return HttpResponseRedirect(reached(access.draft_for(request.personne, reference)).url)


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def abandonner(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Throw a draft away: asked once more, then done."""
    message = access.draft_for(request.personne, reference)
    if request.method == "POST":
        brouillon.discard_draft(message, by=request.user)
        return redirect("messagerie:messages")
    return render(request, "messagerie/abandonner.html", {"message": message})
