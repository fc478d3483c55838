"""What an agent begins from a person's page, no item being there: a list of papers, a thread.

The page's own rules hold: somebody of the fund, and a reason given within the hour by who treats nothing of theirs.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from django import forms
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from enclos.agents.messages_forms import Ecrit
from enclos.agents.papiers import demande_url
from enclos.agents.papiers_forms import MAX_PAPIERS, Complete
from enclos.agents.personne import door_of, fiche_url, opened, personne_for
from enclos.caisses.access import services_of as services_of_fund
from enclos.caisses.models import Service
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, pour
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers
from enclos.envois.personnes import Personnes
from enclos.messagerie import actions as messagerie
from enclos.messagerie.sujets import active_subjects, service_of
from enclos.registre.models import Personne
from enclos.socle.forms import no_nir
from enclos.suivi.access import services_of


class Demande(Complete):
    """« Demander des papiers »: the same as from a document, with what it is for and the team that asks."""

    libelle = forms.CharField(
        label="À quel sujet ?",
        help_text="L’adhérent le lit au-dessus de la liste. Par exemple : « Votre aide au logement ».",
        max_length=160,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Dites à l’adhérent à quel sujet vous demandez ces papiers."},
    )
    service = forms.ChoiceField(
        label="Au nom de quelle équipe ?", error_messages={"required": "Choisissez l’équipe qui demande."}
    )
    cle = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: object = None, *, services: Sequence[Service], personnes: Personnes) -> None:
        super().__init__(data, personnes=personnes, papiers=MAX_PAPIERS)  # a page of its own: no script copies them
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(service.code, service.nom) for service in services]
        self.initial.setdefault("cle", uuid4())

    @property
    def chosen(self) -> Service:
        return self.services[self.cleaned_data["service"]]


@transaction.atomic
def ask_person(
    personne: Personne,
    *,
    service: Service,
    libelle: str,
    papiers: Sequence[PapierVoulu],
    due_on: date,
    message: str,
    cle: UUID,
    by: Compte,
) -> DemandePapiers:
    """Ask for papers that complete no item. `cle` was drawn by the page: the same form sent twice is one list. Raises `Refusal`."""
    # Two clicks wait for each other; `no_key`, so that rows that point to the account do not.
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    known = DemandePapiers.objects.filter(pk=cle, personne=personne).first()
    if known is not None:
        return known
    return ask_papers(
        personne=personne,
        service=service,
        libelle=libelle,
        papiers=papiers,
        due_on=due_on,
        message=message,
        cle=cle,
        by=by,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def demander(request: AgentRequest, personne: UUID) -> HttpResponse:
    """« Demander des papiers », for somebody who calls."""
    agent, found = request.agent, personne_for(request.agent, personne)
    is_open, ouverture = door_of(agent, found)
    if not is_open:
        return HttpResponseRedirect(fiche_url(found), status=303)  # where the reason is asked
    if request.method == "GET":
        opened(found, ouverture, by=agent)  # the form names the household
    form = Demande(
        request.POST if request.method == "POST" else None,
        services=services_of(agent),
        personnes=Personnes.of(found),
    )
    if form.is_valid():
        data = form.cleaned_data
        demande = ask_person(
            found,
            service=form.chosen,
            libelle=data["libelle"],
            papiers=form.papiers,
            due_on=data["due_on"],
            message=data["message"],
            cle=data["cle"],
            by=agent,
        )
        return HttpResponseRedirect(demande_url(demande, "demander"), status=303)
    return render(
        request,
        "agents/personne_papiers.html",
        {"personne": found, "formulaire": form},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def ecrire(request: AgentRequest, personne: UUID) -> HttpResponse:
    """« Écrire à cette personne »: a thread that the fund opens; what the member answers comes back to a team of the agent."""
    agent, found = request.agent, personne_for(request.agent, personne)
    if not door_of(agent, found)[0]:
        return HttpResponseRedirect(fiche_url(found), status=303)
    mine = services_of(agent)
    form = Ecrit(request.POST if request.method == "POST" else None, sujets=active_subjects())
    if form.is_valid():
        messagerie.write_first(
            found,
            form.chosen,
            team_of(form.chosen.service_code, mine) or service_of(form.chosen, services_of_fund(found.caisse_id)),
            form.cleaned_data["texte"],
            cle=form.cleaned_data["cle"],
            by=agent,
        )
        return HttpResponseRedirect(fiche_url(found, "ecrit"), status=303)
    return render(
        request,
        "agents/ecrire.html",
        {"personne": found, "form": form, "retour": fiche_url(found), "retour_mot": "Sa fiche"},
        status=422 if form.is_bound else 200,
    )


def team_of(code: str, mine: Sequence[Service]) -> Service | None:
    """The agent's team for this subject, or her first one: an answer always finds who wrote. None for who has no team."""
    return next((service for service in mine if service.code == code), mine[0] if mine else None)
