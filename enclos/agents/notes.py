"""Internal notes, written and taken out from the screen of a document."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from enclos.agents import access, decisions
from enclos.agents.forms import Barre, NoteInterne
from enclos.agents.views import papier_url
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.suivi import notes
from enclos.suivi.models import Affaire


def back_to(affaire: Affaire, request: AgentRequest) -> HttpResponse:
    return HttpResponseRedirect(
        papier_url(affaire, service=request.POST.get("service", "")[:20]) + "#notes", status=303
    )


@require_POST
@pour(Acte.TRAITER)
def ecrire(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Add a note on the member, about this document."""
    papier = access.papier_for(request.agent, pk)
    form = NoteInterne(request.POST, prefix=decisions.NOUVELLE)
    if not form.is_valid():
        return decisions.drawn(request, papier, notes={decisions.NOUVELLE: form}, status=422)
    affaire = papier.affaire
    notes.write_note(affaire.personne, texte=form.cleaned_data["texte"], affaire=affaire, by=request.agent)
    return back_to(affaire, request)


@require_POST
@pour(Acte.TRAITER)
def effacer(request: AgentRequest, pk: UUID, note: UUID) -> HttpResponse:
    """Take out what one just wrote; sent twice, it is gone all the same."""
    affaire = access.papier_for(request.agent, pk).affaire
    if (found := access.note_if_any(affaire, note)) is not None:
        notes.delete_note(found, by=request.agent)
    return back_to(affaire, request)


@require_POST
@pour(Acte.SUPERVISER)
def barrer(request: AgentRequest, pk: UUID, note: UUID) -> HttpResponse:
    """Strike a note through, for a reason."""
    papier = access.papier_for(request.agent, pk)
    found = access.note_of(papier.affaire, note)
    form = Barre(request.POST, prefix=str(note))
    if not form.is_valid():
        return decisions.drawn(request, papier, notes={str(note): form}, status=422)
    notes.strike_note(found, raison=form.cleaned_data["raison"], by=request.agent)
    return back_to(papier.affaire, request)
