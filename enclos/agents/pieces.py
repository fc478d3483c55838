"""« Signaler médical » on a file of a message: asked once more on a page of its own, then done. Nobody takes it back."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from enclos.agents.correspondance import Correspondance, correspondance_for
from enclos.agents.forms import Medical
from enclos.agents.views import papier_url
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.messagerie.models import Piece
from enclos.messagerie.retrait import withdraw_medical
from enclos.suivi import actions as suivi


def piece_of(corr: Correspondance, pk: int) -> Piece:
    """A file that the member joined to this thread; raises `Http404` for any other."""
    for message in corr.messages:
        for piece in message.pieces.all() if message.is_mine else []:
            if piece.pk == pk:
                piece.message = message
                return piece
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def signaler_medical(request: AgentRequest, pk: UUID, piece: int) -> HttpResponse:
    """The file goes, the message stays to be answered. The same form sent twice leads to the same place."""
    corr = correspondance_for(request.agent, pk)
    found = piece_of(corr, piece)
    form = Medical(request.POST if request.method == "POST" else None)
    suivi.check_held(corr.affaire, request.agent)
    if request.method == "POST" and form.is_valid():
        withdraw_medical(found, corr.fil, corr.affaire, by=request.agent)
        return HttpResponseRedirect(papier_url(corr.affaire), status=303)
    if not found.fichier.is_readable:
        return HttpResponseRedirect(papier_url(corr.affaire), status=303)
    return render(
        request,
        "agents/piece_medicale.html",
        {"affaire": corr.affaire, "fichier": found.fichier, "form": form, "retour": papier_url(corr.affaire)},
        status=422 if form.is_bound else 200,
    )
