"""« Mes messages »: the list, a thread, what one can do there, and every proof of it."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from config.env import ENV
from enclos.accuses.actions import pdf_ready
from enclos.avis.actions import seen
from enclos.coffre.responses import download
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.messagerie import access, actions, brouillon, forms
from enclos.messagerie.conseils import advice_on
from enclos.messagerie.liens import url_of
from enclos.messagerie.models import Fil
from enclos.messagerie.parcours import Etape, Lieu
from enclos.messagerie.presentation import marches_of
from enclos.messagerie.sujets import voies_on
from enclos.messagerie.views import attestation_of, cover_sheet
from enclos.socle.dates import today_paris

RECEIPT_PATIENCE_S = 8.0


@pour_adherent
@require_safe
def messages(request: AdherentRequest) -> HttpResponseBase:
    """Every thread, the latest first, each with its state; what is not sent yet before."""
    lot = access.threads_page(request.personne, before=request.GET.get("avant", ""))
    drafts = access.drafts_of(request.personne) if not request.GET else []
    return render(request, "messagerie/messages.html", {"lot": lot, "drafts": drafts})


@pour_adherent
@require_safe
def fil(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """One thread. Shown, what the fund wrote is read; the agent sees when."""
    thread = access.fil_for(request.user, request.personne, reference)
    if request.method == "GET" and access.has_unread(thread, by_member=False):
        actions.read_by_member(thread, by=request.user)
    seen(request.personne, reverse("messagerie:fil", args=[thread.reference]), by=request.user)
    return thread_page(request, thread)


def thread_page(
    request: AdherentRequest, thread: Fil, form: forms.Texte | None = None, *, status: int = 200
) -> HttpResponse:
    envoyes = access.messages_of(thread)
    draft = access.draft_of_answer(thread, request.user)
    if form is None:
        form = forms.Texte(initial={"texte": draft.texte if draft else ""})
    return render(
        request,
        "messagerie/fil.html",
        {
            "fil": thread,
            "messages": envoyes,
            "dernier": envoyes[-1].pk if envoyes else "",
            "draft": draft,
            "garde_a": draft.garde_a if draft else None,
            "form": form,
            "lien": url_of(thread.lien_genre, thread.lien_reference),
            "imprime_at": timezone.now(),
            "verifier": f"{ENV.base_url}{reverse('accuses:verifier')}",
        },
        status=status,
    )


def shown_last(request: AdherentRequest) -> UUID | None:
    """The last message on the page that a form came from."""
    try:
        return UUID(request.POST.get("dernier", ""))
    except ValueError:
        return None


@pour_adherent
@require_http_methods(["GET", "POST"])
def repondre(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Write again from the thread itself: sent at once, unless files are to come or something is to be read again first."""
    thread = access.fil_for(request.user, request.personne, reference)
    if request.method == "GET":  # a session that ended before the form was sent leads back here
        return redirect("messagerie:fil", thread.reference)
    if request.POST.get("action") == "enregistrer":
        return keep_answer(request, thread)
    form = forms.Texte(request.POST)
    if not form.is_valid():
        return thread_page(request, thread, form, status=422)
    words = form.cleaned_data["texte"]
    replayed = access.sent_since(thread, shown_last(request), words, request.user)
    if replayed is not None:
        return HttpResponseRedirect(Lieu(Etape.ACCUSE, replayed).url)
    draft = brouillon.answer(thread, by=request.user)
    brouillon.write(draft, words, by=request.user)
    if request.POST.get("action") == "joindre":
        return HttpResponseRedirect(Lieu(Etape.FICHIERS, draft).url)
    if advice_on(words) or access.has_files(draft) or draft.fil.is_draft:
        return HttpResponseRedirect(Lieu(Etape.VERIFICATION, draft).url)
    draft.fil = thread
    sent = actions.submit(draft, attestation_of(request, attests=False), by=request.user)
    return HttpResponseRedirect(Lieu(Etape.ACCUSE, sent).url)


def keep_answer(request: AdherentRequest, thread: Fil) -> HttpResponseBase:
    """« Enregistrer », for who has no script: kept as it is, even too long."""
    words = forms.words_of(request.POST)
    if words:
        brouillon.write(brouillon.answer(thread, by=request.user), words, by=request.user)
    return HttpResponseRedirect(reverse("messagerie:fil", args=[thread.reference]) + "#repondre")


@pour_adherent
@require_GET
def page_a_joindre(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """For a file that an agent found medical and took out of the thread: the page to put on top of the paper, for the post."""
    thread = access.fil_for(request.user, request.personne, reference)
    return cover_sheet(request, thread, thread.reference)


@pour_adherent
@require_POST
def clore(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """« C’est réglé »: no answer is awaited any more."""
    thread = access.fil_for(request.user, request.personne, reference)
    actions.close(thread, by=request.user)
    return redirect("messagerie:fil", thread.reference)


@pour_adherent
@require_GET
def recours(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """Where a réclamation stands on its way, and what can be done next, by when."""
    thread = access.fil_for(request.user, request.personne, reference)
    if not thread.is_reclamation:
        raise Http404
    seen(request.personne, reverse("messagerie:recours", args=[thread.reference]), by=request.user)
    return render(request, "messagerie/recours.html", {"fil": thread, "marches": marches_of(thread)})


@pour_adherent
@require_GET
def recours_en_general(request: AdherentRequest) -> HttpResponseBase:
    """The same way, before there is any réclamation."""
    return render(
        request, "messagerie/recours.html", {"fil": None, "marches": marches_of(None), "voies": voies_on(today_paris())}
    )


@pour_adherent
@require_GET
def accuse(request: AdherentRequest, reference: str, message: str) -> HttpResponseBase:
    """The receipt of one message."""
    sent = access.message_for(request.personne, reference, message)
    return render(request, "messagerie/accuse.html", {"message": sent, "fil": sent.fil, "accuse": sent.accuse})


@pour_adherent
@require_GET
def accuse_pdf(request: AdherentRequest, reference: str, message: str) -> HttpResponseBase:
    """The signed receipt. Just after the sending, its signature is a matter of a second: the page waits for it."""
    sent = access.message_for(request.personne, reference, message)
    receipt = sent.accuse
    if receipt is None:
        raise Http404
    if not pdf_ready(receipt, wait=RECEIPT_PATIENCE_S):
        return render(request, "messagerie/accuse_attente.html", {"message": sent, "fil": sent.fil}, status=202)
    assert receipt.pdf is not None
    return download(receipt.pdf, receipt.file_name)
