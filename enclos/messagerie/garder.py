"""What is being typed, kept while it is: asked by a script every few seconds, and answered with the hour.

Nothing is judged here but who writes and where: a text too long, or a date half typed, is kept as it is.
"""

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.messagerie import access, brouillon, forms
from enclos.messagerie.fils import shown_last
from enclos.messagerie.liens import liens_of
from enclos.messagerie.models import Message
from enclos.socle.dates import heure
from enclos.socle.refusals import Refusal


def kept() -> JsonResponse:
    """At what time, in Paris."""
    return JsonResponse({"heure": heure(timezone.now())})


def already_sent() -> Refusal:
    return Refusal("Ce message est déjà parti : vous ne pouvez plus le changer.", code="deja_envoye")


@pour_adherent
@require_POST
def garder(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """A draft: its words, and what it is about when that is written well. Raises `Refusal` once it was sent."""
    try:
        message = access.draft_for(request.personne, reference)
    except access.AlreadySent:
        raise already_sent() from None
    brouillon.write(message, forms.words_of(request.POST), by=request.user)
    if message.fil.is_draft:
        keep_what_it_is_about(request, message)
    return kept()


def keep_what_it_is_about(request: AdherentRequest, message: Message) -> None:
    form = forms.PremierTexte(request.POST, fil=message.fil, liens=liens_of(request.personne))
    form.is_valid()
    if "lien" in form.errors or "decision_on" in form.errors:
        return
    decision_on = form.cleaned_data.get("decision_on")
    brouillon.set_thread(message, lien=form.chosen, decision_on=decision_on, by=request.user)


@pour_adherent
@require_POST
def garder_reponse(request: AdherentRequest, reference: str) -> HttpResponseBase:
    """What is being written at the foot of a thread. Raises `Refusal` when it left meanwhile: this call was late."""
    thread = access.fil_for(request.user, request.personne, reference)
    if thread.purged_at is not None or access.has_sent_since(thread, shown_last(request), request.user):
        raise already_sent()
    words = forms.words_of(request.POST)
    draft = access.draft_of_answer(thread, request.user)
    if draft is None and not words:
        return kept()
    brouillon.write(draft or brouillon.answer(thread, by=request.user), words, by=request.user)
    return kept()
