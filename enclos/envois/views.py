"""« Envoyer un document »: the six steps, each a page, all kept in the draft."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Concatenate

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.accuses.bordereau import typeset_bordereau
from enclos.coffre.responses import inline_pdf
from enclos.coffre.tours import in_turn
from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.envois import access, brouillon, forms
from enclos.envois.accuse import promised_on
from enclos.envois.actions import Attestation, Incomplete, submit
from enclos.envois.models import DocumentEnvoye, Envoi
from enclos.envois.parcours import TITRES, Etape, Lieu, before, is_reachable, onward, reached
from enclos.envois.personnes import Personnes
from enclos.envois.presentation import lignes_of
from enclos.socle.dates import today_paris

type View[**P] = Callable[Concatenate[AdherentRequest, P], HttpResponseBase]


def journey[**P](view: View[P]) -> View[P]:
    """A page of a draft: when the draft was sent meanwhile, its receipt is the answer."""

    @wraps(view)
    def guarded(request: AdherentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except access.AlreadySent as sent:
            return redirect("envois:accuse", sent.envoi.reference)

    return guarded


def page(
    request: AdherentRequest, template: str, place: Lieu, envoi: Envoi | None, *, status: int = 200, **context: object
) -> HttpResponse:
    """A step, with what every step shows: its title, its number, the way back, and that nothing is sent yet."""
    context |= {
        "envoi": envoi,
        "etape": int(place.etape),
        "etapes": len(Etape),
        "titre": TITRES[place.etape],
        "retour": before(place, envoi).url(envoi) if envoi and place.etape != Etape.OBJET else "",
    }
    return render(request, f"envois/{template}", context, status=status)


def not_yet(place: Lieu, envoi: Envoi) -> HttpResponseRedirect | None:
    """Where to go instead, when the pages before this one are not done."""
    return None if is_reachable(place, envoi) else HttpResponseRedirect(reached(envoi).url(envoi))


def going_on(envoi: Envoi, place: Lieu) -> HttpResponseRedirect:
    """The next page that wants something, this one being done: the summary at once when one came to change an answer."""
    return HttpResponseRedirect(onward(list(envoi.documents.all()), place).url(envoi))


@pour_adherent
@require_http_methods(["GET", "POST"])
def objet(request: AdherentRequest) -> HttpResponseBase:
    """Step 1. What is asked for, then « D’autres documents »; drafts left are offered before."""
    demandes = access.open_requests_of(request.personne)
    form = forms.Objet(request.POST or None, demandes=demandes, initial={"objet": request.GET.get("demande")})
    if form.is_valid():
        chosen = form.cleaned_data["objet"]
        demande = next((demande for demande in demandes if demande.reference == chosen), None)
        envoi = brouillon.start(request.personne, demande=demande, by=request.user)
        return HttpResponseRedirect(Lieu(Etape.NOMBRE).url(envoi))
    return page(
        request, "objet.html", Lieu(Etape.OBJET), None, status=422 if form.is_bound else 200, form=form, drafts=access.drafts_of(request.personne)
    )  # fmt: skip


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def nombre(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 2. How many documents."""
    envoi = access.draft_for(request.personne, reference)
    place = Lieu(Etape.NOMBRE)
    documents = list(envoi.documents.all())
    filled = [document.rang for document in documents if document.is_described or document.pages.all()]
    attendus = access.expected_papers(envoi)
    form = forms.Nombre(
        request.POST or None, at_least=max(filled, default=1), initial={"nombre": len(documents) or len(attendus) or 1}
    )
    if form.is_valid():
        documents = brouillon.set_count(envoi, form.cleaned_data["nombre"], by=request.user)
        return HttpResponseRedirect(onward(documents).url(envoi))
    return page(
        request, "nombre.html", place, envoi, status=422 if form.is_bound else 200, form=form, attendus=attendus
    )


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def informations(request: AdherentRequest, reference: str, rang: int) -> HttpResponseBase:
    """Step 3. What one document is, whom it concerns, why it is sent."""
    envoi = access.draft_for(request.personne, reference)
    document, place = access.document_of(envoi, rang), Lieu(Etape.INFORMATIONS, rang)
    if elsewhere := not_yet(place, envoi):
        return elsewhere
    form = forms.Description(
        request.POST or None,
        personnes=Personnes.of(request.personne),
        attendus=access.expected_papers(envoi, for_document=document),
        demandes=access.askable_papers(envoi, document),
        document=document,
    )
    if form.is_valid():
        values = form.values()
        brouillon.describe(document, values, by=request.user)
        if values["nature"].is_medical or values["nature"].original_par_poste:
            return redirect("envois:par_la_poste", reference, rang)
        return going_on(envoi, place)
    return page(
        request, "informations.html", place, envoi, status=422 if form.is_bound else 200, form=form, document=document
    )  # fmt: skip


@pour_adherent
@journey
@require_GET
def par_la_poste(request: AdherentRequest, reference: str, rang: int) -> HttpResponseBase:
    """A medical paper, or an original that the law wants on paper: how to post it, with a page to put on top."""
    envoi = access.draft_for(request.personne, reference)
    document = access.document_of(envoi, rang)
    if not document.goes_by_post:
        return HttpResponseRedirect(reached(envoi).url(envoi))
    return page(request, "par_la_poste.html", Lieu(Etape.INFORMATIONS, rang), envoi, document=document)


@pour_adherent
@require_GET
def bordereau(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """The page to print and put on top, for a window envelope. It says nothing of what is behind it.

    To the medical service, or to the fund itself for an original that is not medical (`?vers=caisse`).
    """
    envoi = access.envoi_for(request.personne, reference)
    caisse = envoi.caisse
    address = caisse.adresse if request.GET.get("vers") == "caisse" else caisse.service_medical
    with in_turn(request):
        # The address that the fund knows is shown once the post has confirmed the account.
        sender = request.personne.lignes_adresse()[: None if request.user.is_confirmed else 1]
        pdf = typeset_bordereau(caisse, address, envoi.reference, sender, today_paris())
    return inline_pdf(pdf, f"page-a-joindre-{envoi.reference}.pdf")


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def verification(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 5. Everything shown once more, medical or not, the attestation; then « Envoyer »."""
    form = forms.Verification(request.POST or None)
    if form.is_valid() and not form.cleaned_data["medical"]:
        # `submit` looks at everything again, holding the draft: nothing is read twice before it.
        envoi = access.bare_draft_for(request.personne, reference)
        session = sha256((session_of(request).session_key or "").encode()).hexdigest()[:16]
        try:
            submit(envoi, Attestation(is_medical=False, session=session), by=request.user)
        except Incomplete:
            return redirect("envois:reprendre", reference)
        return redirect("envois:accuse", reference)
    envoi = access.draft_for(request.personne, reference)
    place = Lieu(Etape.VERIFICATION)
    if elsewhere := not_yet(place, envoi):
        return elsewhere
    if form.is_valid():
        return redirect("envois:medical", reference)
    earlier, documents = access.sent_before(envoi), list(envoi.documents.all())
    return page(
        request,
        "verification.html",
        place,
        envoi,
        status=422 if form.is_bound else 200,
        form=form,
        documents=[(document, lignes_of(document, earlier)) for document in documents],
        reponse_on=promised_on(envoi, documents, today_paris()),
    )


@pour_adherent
@journey
@require_GET
def medical(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """« Oui » to the medical question: which document to take out, and how to post it. Nothing was sent."""
    envoi = access.draft_for(request.personne, reference)
    return page(request, "medical.html", Lieu(Etape.VERIFICATION), envoi)


@pour_adherent
@require_GET
def accuse(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Step 6. The receipt."""
    envoi = access.envoi_for(request.personne, reference)
    if envoi.is_draft:
        return HttpResponseRedirect(reached(envoi).url(envoi))
    return page(request, "accuse.html", Lieu(Etape.ACCUSE), None, sending=envoi, accuse=envoi.accuse)


@pour_adherent
@journey
@require_GET
def reprendre(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Back to where the draft stands."""
    envoi = access.draft_for(request.personne, reference)
    return HttpResponseRedirect(reached(envoi).url(envoi))


@pour_adherent
@journey
@require_http_methods(["GET", "POST"])
def abandonner(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Throw a draft away: asked once more, then done."""
    envoi = access.draft_for(request.personne, reference)
    if request.method == "POST":
        brouillon.discard_draft(envoi, by=request.user)
        return redirect("accueil:espace")
    return render(request, "envois/abandonner.html", {"envoi": envoi})


@pour_adherent
@journey
@require_POST
def retirer_document(request: AdherentRequest, reference: str, rang: int) -> HttpResponseBase:
    """Take one document out of the draft; the last one takes the draft with it."""
    envoi = access.draft_for(request.personne, reference)
    document: DocumentEnvoye = access.document_of(envoi, rang)
    if request.POST.get("document", str(document.pk)) != str(document.pk):
        # Clicked twice: the one shown is out, and the next has taken its number.
        return HttpResponseRedirect(reached(envoi).url(envoi))
    brouillon.remove_document(document, by=request.user)
    envoi = access.draft_for(request.personne, reference)
    if not envoi.documents.all():
        brouillon.discard_draft(envoi, by=request.user)
        return redirect("accueil:espace")
    return HttpResponseRedirect(reached(envoi).url(envoi))
