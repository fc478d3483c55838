"""« Administration »: the agents of the fund, their roles and teams. Nothing here leads to a member.

Nobody touches their own account. A role that gives power over others, superviseur or administrateur, is proposed by one
administrateur and confirmed by another: the database itself refuses the same.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import Max, Prefetch, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents.models import Proposition
from enclos.caisses.models import Caisse, Service
from enclos.comptes import totp
from enclos.comptes.access import AgentRequest
from enclos.comptes.actions import create_agent
from enclos.comptes.droits import set_rights, set_role
from enclos.comptes.models import Compte, Droit, Role, Session
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.roles import Acte, pour
from enclos.journal.actions import record
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.depart import give_back_all

BY_TWO = frozenset({Role.SUPERVISEUR, Role.ADMINISTRATEUR})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("identifiant", "nom", "role", "droits", "services", "actif", "cree_le", "derniere_connexion", "revu_le", "decision")  # fmt: skip


class OwnAccount(Refusal):
    """Somebody would act upon themselves."""

    def __init__(self) -> None:
        super().__init__(
            "Personne n’agit sur son propre compte : demandez à un autre administrateur.", code="son_compte"
        )


# --- read


def agents_of(caisse: Caisse) -> "QuerySet[Compte]":
    """The agents of a fund, by name, with their teams and when they last came in."""
    rows = Compte.objects.filter(genre=Compte.Genre.AGENT, caisse=caisse)
    teams: Prefetch[Any] = Prefetch("services", Service.objects.order_by("nom"))
    return (
        rows.annotate(vu_at=Max("sessions__last_seen_at")).prefetch_related(teams).order_by("-is_active", "nom", "pk")
    )


def agent_for(admin: Compte, pk: UUID) -> Compte:
    """An agent of the administrateur's fund; raises `Http404`, for a member's account as for an unknown one."""
    found = agents_of(admin.caisse).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def proposition_for(admin: Compte, pk: int) -> Proposition:
    """A role waiting for its second pair of eyes, in this fund; raises `Http404`."""
    rows = Proposition.objects.select_related("agent", "proposed_by")
    found = rows.filter(pk=pk, agent__caisse=admin.caisse_id).first()
    if found is None:
        raise Http404
    return found


def propositions_of(caisse: Caisse) -> Sequence[Proposition]:
    """Those still to be confirmed, the oldest first."""
    rows = Proposition.objects.filter(agent__caisse=caisse, decided_at=None).select_related("agent", "proposed_by")
    return list(rows.order_by("proposed_at", "pk"))


# --- write


@dataclass(frozen=True)
class Remis:
    """What is given to an agent, shown once: nothing of it can be read again."""

    compte: Compte
    mot_de_passe: str
    secret: str = ""
    adresse: str = ""


@transaction.atomic
def create(
    admin: Compte, *, identifiant: str, nom: str, courriel: str, role: str, services: Sequence[Service]
) -> Remis:
    """An account with a provisional password and a second factor. A role that takes two waits for the other one, as gestionnaire."""
    is_by_two = role in BY_TWO
    compte = create_agent(
        admin.caisse, identifiant, nom, services, None, courriel=courriel,
        role=Role.GESTIONNAIRE if is_by_two else role, by=admin,
    )  # fmt: skip
    if is_by_two:
        propose(compte, role, by=admin)
    return given(compte, provisoires.issue(compte, provisoires.Canal.COURRIEL, by=admin))


def given(compte: Compte, password: str) -> Remis:
    secret = totp.secret_of(compte)
    assert secret is not None
    address = totp.address_for_telephone(secret, compte.identifiant or "", f"Enclos {compte.caisse.nom}")
    return Remis(compte, password, totp.base32(secret), address)


def check_other(agent: Compte, by: Compte) -> None:
    """Raises `OwnAccount`."""
    if agent.pk == by.pk:
        raise OwnAccount


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
def give_role(agent: Compte, role: str, *, by: Compte) -> bool:
    """Give a role at once, or propose it when it takes two; True when it is given. Taking power away never waits."""
    check_other(agent, by)
    if role == agent.role:
        return True
    if role in BY_TWO:
        propose(agent, role, by=by)
        return False
    Proposition.objects.filter(agent=agent, decided_at=None).update(decided_at=timezone.now(), decided_by=by)
    return set_role(agent, role, by=by)


@transaction.atomic
def propose(agent: Compte, role: str, *, by: Compte) -> Proposition:
    """A role that another administrateur must confirm. The same proposal again is the same one; another replaces it."""
    check_other(agent, by)
    Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    waiting = Proposition.objects.filter(agent=agent, decided_at=None)
    if known := waiting.filter(role=role).first():
        return known
    waiting.update(decided_at=timezone.now(), decided_by=by)
    row = Proposition.objects.create(agent=agent, role=role, proposed_by=by)
    record("agents.role.proposed", agent, by=by, role=role)
    return row


@transaction.atomic
def decide(proposition: Proposition, *, accept: bool, by: Compte) -> None:
    """Confirm or turn down. Raises `Refusal` for who proposed it, and for whom it is about."""
    row = Proposition.objects.select_for_update(no_key=True, of=("self",)).get(pk=proposition.pk)
    agent = Compte.objects.get(pk=row.agent_id)
    check_other(agent, by)
    if row.decided_at is not None:
        raise Refusal("Cette proposition est déjà décidée.", code="deja_decidee")
    if accept and row.proposed_by_id == by.pk:
        raise Refusal("Vous avez proposé ce rôle : un autre administrateur doit le confirmer.", code="quatre_yeux")
    row.decided_by, row.decided_at, row.is_accepted = by, timezone.now(), accept
    row.save(update_fields=["decided_by", "decided_at", "is_accepted"])
    record("agents.role.confirmed" if accept else "agents.role.declined", agent, by=by, role=row.role)
    if accept:
        set_role(agent, row.role, by=by)


@transaction.atomic
def deactivate(agent: Compte, *, by: Compte) -> int:
    """The agent leaves: no session is left open (ASVS 7.4.2), what they held is free again. Returns how many items. Twice does no harm."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    sessions, _ = Session.objects.filter(compte=compte).delete()
    provisoires.kill(compte)
    freed = give_back_all(compte, by=by)
    if compte.is_active:
        compte.is_active = False
        compte.save(update_fields=["is_active"])
        record("agents.agent.deactivated", compte, by=by, sessions=sessions, rendus=freed)
    return freed


@transaction.atomic
def reactivate(agent: Compte, *, by: Compte) -> None:
    """Back, with a new password to be given."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=agent.pk)
    if not compte.is_active:
        compte.is_active = True
        compte.save(update_fields=["is_active"])
        record("agents.agent.reactivated", compte, by=by)


def new_password(agent: Compte, *, by: Compte) -> Remis:
    """A provisional password, to give by hand; the former one serves until it is used."""
    check_other(agent, by)
    if not agent.is_active:
        raise Refusal("Ce compte est désactivé : réactivez-le d’abord.", code="desactive")
    return Remis(agent, provisoires.issue(agent, provisoires.Canal.COURRIEL, by=by))


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
    courriel = forms.EmailField(label="Adresse e-mail", required=False, help_text="Facultative : pour les alertes.")
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
            "agents": list(agents_of(caisse)),
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
            return render(request, "agents/remis.html", {"remis": remis, "par_deux": data["role"] in BY_TWO})
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
        "agent": found,
        "form": form,
        "role_form": RoleForm(initial={"role": found.role}),
        "is_self": found.pk == request.agent.pk,
        "attente": waiting[0] if waiting else None,
    }
    return render(request, "agents/agent_compte.html", context, status=422 if form.is_bound else 200)


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
    decide(proposition_for(request.agent, proposition), accept=accept, by=request.agent)
    return back("confirme" if accept else "refuse")


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
    remis = new_password(agent_for(request.agent, agent), by=request.agent)
    return render(request, "agents/remis.html", {"remis": remis, "par_deux": False})
