"""« Administration »: the agents of the fund, their roles and teams. Nothing here leads to a member.

Nobody touches their own account. Every role but accueil is given by two (`roles_a_deux`), and so are the keys of such an account (`cles`).
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents.cles import (
    BY_TWO,
    Remis,
    check_other,
    give_factor,
    give_password,
    may_give_factor,
    may_give_password,
    open_alone,
)
from enclos.agents.models import Trousseau
from enclos.agents.roles_a_deux import decide, give_role, give_up, is_new, propose, proposition_for, propositions_of
from enclos.caisses.models import Caisse, Service
from enclos.comptes.access import AgentRequest
from enclos.comptes.actions import create_agent
from enclos.comptes.droits import set_rights
from enclos.comptes.models import Compte, Droit, Role, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.roles import Acte, pour
from enclos.journal.actions import record
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.depart import give_back_all

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("identifiant", "nom", "role", "droits", "services", "actif", "cree_le", "derniere_connexion", "revu_le", "decision")  # fmt: skip


# --- read


def agents_of(caisse: Caisse) -> "QuerySet[Compte]":
    """The agents of a fund, by name, with their teams, when they last came in, and whether they were given a second factor alone."""
    rows = Compte.objects.filter(genre=Compte.Genre.AGENT, caisse=caisse)
    halves = Trousseau.objects.filter(agent=OuterRef("pk"), mot_de_passe_par=None, facteur_par__isnull=False)
    teams: Prefetch[Any] = Prefetch("services", Service.objects.order_by("nom"))
    return (
        rows.annotate(vu_at=Max("sessions__last_seen_at"), a_un_seul=Exists(halves))
        .prefetch_related(teams)
        .order_by("-is_active", "nom", "pk")
    )


def agent_for(admin: Compte, pk: UUID) -> Compte:
    """An agent of the administrateur's fund; raises `Http404`, for a member's account as for an unknown one."""
    found = agents_of(admin.caisse).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def lacks_password(agent: Compte) -> bool:
    """Whether an agent of `agents_of` waits for a password to be given."""
    has_half: bool = agent.a_un_seul  # type: ignore[attr-defined]
    return has_half and agent.is_active and not agent.has_usable_password()


# --- write


@transaction.atomic
def create(
    admin: Compte, *, identifiant: str, nom: str, courriel: str, role: str, services: Sequence[Service]
) -> Remis:
    """An account. One of the accueil opens at once, both keys given; any other stays shut until another administrateur confirms its role."""
    compte = create_agent(
        admin.caisse, identifiant, nom, services, None, courriel=courriel, role=Role.ACCUEIL, by=admin
    )
    if role not in BY_TWO:
        return open_alone(compte, by=admin)
    Trousseau.objects.create(agent=compte)
    compte.is_active = False
    compte.save(update_fields=["is_active"])
    propose(compte, role, by=admin)
    return Remis(compte)


@transaction.atomic
def change(
    agent: Compte, *, nom: str, courriel: str, services: Sequence[Service], droits: Sequence[str], by: Compte
) -> None:
    """Name, address, teams and rights."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    before = {"nom": compte.nom, "courriel": compte.courriel, "services": sorted(s.code for s in compte.services.all())}
    after = {"nom": nom, "courriel": courriel, "services": sorted(service.code for service in services)}
    if before != after:
        compte.nom, compte.courriel = nom, courriel
        if before["courriel"] != courriel:
            compte.courriel_verifie_at = None
        compte.save(update_fields=["nom", "courriel", "courriel_verifie_at"])
        compte.services.set(services)
        changed: dict[str, Any] = {key: after[key] for key in ("nom", "services") if after[key] != before[key]}
        record("agents.agent.changed", compte, by=by, **changed, courriel_change=before["courriel"] != courriel)
    set_rights(compte, droits, by=by)


@transaction.atomic
def deactivate(agent: Compte, *, by: Compte) -> int:
    """The agent leaves: no session is left open (ASVS 7.4.2), what they held is free again. Returns how many items. Twice does no harm."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    sessions, _ = Session.objects.filter(compte=compte).delete()
    provisoires.kill(compte)
    give_up(compte, by=by)
    freed = give_back_all(compte, by=by)
    if compte.is_active:
        compte.is_active = False
        compte.save(update_fields=["is_active"])
        record("agents.agent.deactivated", compte, by=by, sessions=sessions, rendus=freed)
    return freed


@transaction.atomic
def reactivate(agent: Compte, *, by: Compte) -> None:
    """Back, with a new password to be given. Raises `Refusal` for a new account that waits for its role."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    if is_new(compte):
        raise Refusal("Ce compte s’ouvrira quand un autre administrateur aura confirmé son rôle.", code="a_confirmer")
    if not compte.is_active:
        compte.is_active = True
        compte.save(update_fields=["is_active"])
        record("agents.agent.reactivated", compte, by=by)


# --- the review


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def review_of(caisse: Caisse) -> str:
    """The quarterly review, CSV: who has what, the last two columns for the reviewer's hand."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for agent in agents_of(caisse):
        last: datetime | None = agent.vu_at  # type: ignore[attr-defined]
        cells = [
            agent.identifiant or "",
            agent.nom,
            agent.get_role_display(),
            "|".join(agent.droits),
            "|".join(service.nom for service in agent.services.all()),
            "oui" if agent.is_active else "non",
            agent.created_at.date().isoformat(),
            last.date().isoformat() if last else "",
            "",
            "",
        ]
        writer.writerow([safe(cell) for cell in cells])
    return out.getvalue()


# --- screens


class AgentForm(forms.Form):
    """An agent's account."""

    nom = forms.CharField(label="Nom", help_text="Prénom et nom, tels que les adhérents les lisent.", max_length=120)
    courriel = forms.EmailField(label="Adresse e-mail", required=False, help_text="Pour les alertes.")
    services = forms.MultipleChoiceField(label="Équipes", required=False, widget=forms.CheckboxSelectMultiple)
    droits = forms.MultipleChoiceField(
        label="Droits en plus du rôle", required=False, choices=Droit, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, caisse: Caisse, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = {service.code: service for service in Service.objects.filter(caisse=caisse)}
        field = self.fields["services"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, service.nom) for code, service in self.teams.items()]

    @property
    def chosen(self) -> list[Service]:
        return [self.teams[code] for code in self.cleaned_data["services"]]


class NouveauForm(AgentForm):
    """A new one."""

    identifiant = forms.CharField(
        label="Identifiant", help_text="Par exemple camille.roy.", max_length=60, widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"})
    )  # fmt: skip
    role = forms.ChoiceField(label="Rôle", choices=Role, initial=Role.GESTIONNAIRE)
    field_order = ("identifiant", "nom", "courriel", "role", "services", "droits")


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Rôle", choices=Role)


@require_safe
@pour(Acte.ADMINISTRER)
def administration(request: AgentRequest) -> HttpResponse:
    """Everybody, and what waits for a second pair of eyes."""
    caisse = request.agent.caisse
    return render(
        request,
        "agents/administration.html",
        {
            "agents": [(agent, lacks_password(agent)) for agent in agents_of(caisse)],
            "propositions": propositions_of(caisse),
            "fait": request.GET.get("fait", ""),
        },
    )


@require_safe
@pour(Acte.ADMINISTRER)
def revue(request: AgentRequest) -> HttpResponse:
    """« La revue des comptes »: to be read each quarter (CNIL)."""
    response = HttpResponse(review_of(request.agent.caisse), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="revue-des-comptes-{today_paris()}.csv"'
    record("agents.revue.exported", by=request.agent)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@pour(Acte.ADMINISTRER)
def nouvel_agent(request: AgentRequest) -> HttpResponse:
    """A new account; what opens it is shown once."""
    form = NouveauForm(request.POST if request.method == "POST" else None, caisse=request.agent.caisse)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            remis = create(
                request.agent, identifiant=data["identifiant"], nom=data["nom"], courriel=data["courriel"],
                role=data["role"], services=form.chosen,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error("identifiant", refusal.phrase)
        else:
            if data["droits"]:
                set_rights(remis.compte, data["droits"], by=request.agent)
            return remise(request, remis) if remis.facteur else back("nouveau")
    return render(request, "agents/nouvel_agent.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.ADMINISTRER)
def agent(request: AgentRequest, agent: UUID) -> HttpResponse:
    """One account."""
    found = agent_for(request.agent, agent)
    initial = {
        "nom": found.nom,
        "courriel": found.courriel,
        "services": [service.code for service in found.services.all()],
        "droits": found.droits,
    }
    posted = request.POST if request.method == "POST" else None
    form = AgentForm(posted, caisse=request.agent.caisse, initial=initial)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        change(found, nom=data["nom"], courriel=data["courriel"], services=form.chosen, droits=data["droits"], by=request.agent)  # fmt: skip
        return back("change")
    waiting = [row for row in propositions_of(request.agent.caisse) if row.agent_id == found.pk]
    context = {
        "peut_mot_de_passe": may_give_password(found, request.agent),
        "peut_facteur": may_give_factor(found, request.agent),
        "sans_mot_de_passe": lacks_password(found),
        "agent": found,
        "form": form,
        "role_form": RoleForm(initial={"role": found.role}),
        "is_self": found.pk == request.agent.pk,
        "attente": waiting[0] if waiting else None,
    }
    return render(request, "agents/agent_compte.html", context, status=422 if form.is_bound else 200)


def remise(request: AgentRequest, remis: Remis) -> HttpResponse:
    """What is given by hand, shown once."""
    context = {
        "remis": remis,
        "dessin": mark_safe(remis.facteur.drawing) if remis.facteur else "",  # noqa: S308 (drawn by segno from our own text)
        "sans_mot_de_passe": not remis.mot_de_passe and lacks_password(agent_for(request.agent, remis.compte.pk)),
    }
    return render(request, "agents/remis.html", context)


def back(said: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('agents:administration')}?fait={said}", status=303)


@require_POST
@pour(Acte.ADMINISTRER)
def role(request: AgentRequest, agent: UUID) -> HttpResponse:
    """Change the role, or propose it."""
    found, form = agent_for(request.agent, agent), RoleForm(request.POST)
    if not form.is_valid():
        raise Refusal("Choisissez un rôle de la liste.", status=422)
    return back("role" if give_role(found, form.cleaned_data["role"], by=request.agent) else "propose")


@require_POST
@pour(Acte.ADMINISTRER)
def proposition(request: AgentRequest, proposition: int) -> HttpResponse:
    """« Confirmer » or « Refuser » what another administrateur proposed."""
    accept = request.POST.get("decision") == "confirmer"
    remis = decide(proposition_for(request.agent, proposition), accept=accept, by=request.agent)
    return remise(request, remis) if remis else back("confirme" if accept else "refuse")


@require_POST
@pour(Acte.ADMINISTRER)
def desactiver(request: AgentRequest, agent: UUID) -> HttpResponse:
    """The agent leaves."""
    deactivate(agent_for(request.agent, agent), by=request.agent)
    return back("desactive")


@require_POST
@pour(Acte.ADMINISTRER)
def reactiver(request: AgentRequest, agent: UUID) -> HttpResponse:
    """The agent is back."""
    reactivate(agent_for(request.agent, agent), by=request.agent)
    return back("reactive")


@require_POST
@pour(Acte.ADMINISTRER)
def mot_de_passe(request: AgentRequest, agent: UUID) -> HttpResponse:
    """A new provisional password, shown once."""
    return remise(request, give_password(agent_for(request.agent, agent), by=request.agent))


@require_POST
@pour(Acte.ADMINISTRER)
def second_facteur(request: AgentRequest, agent: UUID) -> HttpResponse:
    """A new second factor, shown once."""
    return remise(request, give_factor(agent_for(request.agent, agent), by=request.agent))
