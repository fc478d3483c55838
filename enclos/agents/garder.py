"""An answer being written, kept while it is: asked by a script every few seconds, and answered with the hour."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from enclos.agents.correspondance import correspondance_for
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.messagerie import brouillon
from enclos.messagerie.forms import words_of
from enclos.messagerie.garder import kept
from enclos.messagerie.models import Message
from enclos.suivi import actions as suivi


@require_POST
@pour(Acte.TRAITER)
def garder(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """The words as they are, however long. Raises `Refusal` when the item is not hers, or answered meanwhile: this call was late."""
    corr = correspondance_for(request.agent, pk)
    suivi.check_held(corr.affaire, request.agent)
    words = words_of(request.POST)
    if corr.draft is not None or words:
        draft = brouillon.start_in(corr.fil, auteur=Message.Auteur.AGENT, by=request.agent)
        brouillon.write(draft, words, by=request.agent)
    return kept()
