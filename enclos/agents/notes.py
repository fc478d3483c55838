"""Internal notes, written and taken out from the screen of an item."""

from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from enclos.agents import access, decisions, messages
from enclos.agents.correspondance import correspondance_for
from enclos.agents.forms import Barre, NoteInterne
from enclos.agents.views import papier_url
from enclos.comptes.access import AgentRequest
from enclos.comptes.roles import Acte, pour
from enclos.suivi import access as suivi_access
from enclos.suivi import notes
from enclos.suivi.models import Affaire


def back_to(affaire: Affaire, request: AgentRequest) -> HttpResponse:
    return HttpResponseRedirect(
        papier_url(affaire, service=request.POST.get("service", "")[:20]) + "#notes", status=303
    )


def drawn_again(request: AgentRequest, affaire: Affaire, sent: dict[str, forms.Form]) -> HttpResponse:
    """The screen of the item, with the form that has a fault."""
    if affaire.is_document:
        return decisions.drawn(request, access.papier_for(request.agent, affaire.pk), notes=sent, status=422)
    corr = correspondance_for(request.agent, affaire.pk)
    return messages.screen(request, corr, messages.Saisie(notes=sent), status=422)


@require_POST
@pour(Acte.TRAITER)
def ecrire(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Add a note on the member, about this document."""
    affaire = suivi_access.affaire_for(request.agent, pk)
    form = NoteInterne(request.POST, prefix=decisions.NOUVELLE)
    if not form.is_valid():
        return drawn_again(request, affaire, {decisions.NOUVELLE: form})
    notes.write_note(affaire.personne, texte=form.cleaned_data["texte"], affaire=affaire, by=request.agent)
    return back_to(affaire, request)


@require_POST
@pour(Acte.TRAITER)
def effacer(request: AgentRequest, pk: UUID, note: UUID) -> HttpResponse:
    """Take out what one just wrote; sent twice, it is gone all the same."""
    affaire = suivi_access.affaire_for(request.agent, pk)
    if (found := access.note_if_any(affaire, note)) is not None:
        notes.delete_note(found, by=request.agent)
    return back_to(affaire, request)


@require_POST
@pour(Acte.SUPERVISER)
def barrer(request: AgentRequest, pk: UUID, note: UUID) -> HttpResponse:
    """Strike a note through, for a reason."""
    affaire = suivi_access.affaire_for(request.agent, pk)
    found = access.note_of(affaire, note)
    form = Barre(request.POST, prefix=str(note))
    if not form.is_valid():
        return drawn_again(request, affaire, {str(note): form})
    notes.strike_note(found, raison=form.cleaned_data["raison"], by=request.agent)
    return back_to(affaire, request)
