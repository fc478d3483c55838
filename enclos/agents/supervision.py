"""« Supervision »: how the teams stand, how long members wait, what is missing most often, and how much agents read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents import point, quotas
from enclos.agents.chiffres import SPAN, Delais, delays_by_service, delays_by_week, oldest_of, rows_of
from enclos.agents.models import Lecture, Quota
from enclos.agents.surveillance import alarm_for
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Service
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, pour
from enclos.socle.dates import paris, today_paris
from enclos.socle.forms import no_nir
from enclos.suivi.access import Chiffres, figures_of

WEEKS = 8
MISSING_SHOWN = 8
AGENTS_SHOWN = 100


class Releve(forms.Form):
    """Raising what an agent may read today."""

    limite = forms.IntegerField(label="Nouvelle limite", min_value=1, max_value=100_000)
    raison = forms.CharField(
        label="Raison",
        max_length=200,
        validators=[no_nir],
        error_messages={"required": "Écrivez pourquoi : c’est gardé dans le journal."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Suite(forms.Form):
    """What was made of an alarm."""

    mot = forms.CharField(
        label="Ce que vous en avez fait",
        max_length=250,
        validators=[no_nir],
        error_messages={"required": "Écrivez en quelques mots ce que vous en avez fait."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Point(forms.Form):
    """The address of a superviseur, and the figures of the morning."""

    courriel = forms.EmailField(label="Votre adresse e-mail", help_text="Pour les alertes.", required=False)
    voulu = forms.BooleanField(
        label="Recevoir le point du jour",
        help_text="Les chiffres de vos équipes, chaque jour ouvré à 8 h. Aucun nom n’y figure.",
        required=False,
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("voulu") and not data.get("courriel") and not self.has_error("courriel"):
            self.add_error("courriel", "Donnez une adresse pour recevoir le point du jour.")
        return data


@dataclass(frozen=True)
class LigneService:
    """A team on the page."""

    chiffres: Chiffres
    ancienne: datetime | None
    delais: Delais

    @property
    def age(self) -> int | None:
        """Days since the oldest open item was received."""
        return (today_paris() - paris(self.ancienne).date()).days if self.ancienne else None


@dataclass(frozen=True)
class LectureAgent:
    """How much one agent read today."""

    agent: Compte
    quotas: Sequence[Quota]

    @property
    def is_near(self) -> bool:
        return any(quota.nombre * 100 >= quota.limite * quotas.NEAR for quota in self.quotas)


@dataclass(frozen=True)
class Tableau:
    """The page."""

    services: Sequence[LigneService]
    semaines: Sequence[tuple[date, Delais]]
    manques: Sequence[tuple[str, int]]
    lectures: Sequence[LectureAgent]
    a_jour: datetime | None


def table_of(agent: Compte) -> Tableau:
    """Six queries: teams, open items twice, figures of eight weeks, readings of the day and their agents."""
    services = point.teams_of(agent)
    today = today_paris()
    rows = rows_of(services, today - timedelta(days=7 * WEEKS), today)
    delays = delays_by_service(rows, since=today - timedelta(days=SPAN - 1))
    oldest = oldest_of(services)
    missing = sum((delay.manques for delay in delays.values()), Delais().manques)
    natures = nomenclatures().natures
    return Tableau(
        services=[
            LigneService(chiffres, oldest.get(chiffres.service.pk), delays.get(chiffres.service.pk, Delais()))
            for chiffres in figures_of(services)
        ],
        semaines=list(delays_by_week(rows).items())[:WEEKS],
        manques=[
            (natures[code].libelle if code in natures else code, count)
            for code, count in missing.most_common(MISSING_SHOWN)
        ],
        lectures=readings_of(agent, services),
        a_jour=max((row.counted_at for row in rows), default=None),
    )


def readings_of(agent: Compte, services: Sequence[Service]) -> Sequence[LectureAgent]:
    """What the agents of these teams read today, the nearest to their limit first."""
    seen = Quota.objects.filter(jour=today_paris(), agent__caisse=agent.caisse_id, agent__services__in=services)
    by_agent: dict[Compte, list[Quota]] = {}
    for quota in seen.exclude(nombre=0).select_related("agent").order_by("agent__nom", "agent", "genre").distinct():
        by_agent.setdefault(quota.agent, []).append(quota)
    found = [LectureAgent(one, rows) for one, rows in by_agent.items()]
    found.sort(key=lambda one: -max(quota.nombre / max(quota.limite, 1) for quota in one.quotas))
    return found[:AGENTS_SHOWN]


def agent_for(superviseur: Compte, pk: UUID) -> Compte:
    """An agent of the superviseur's teams; raises `Http404`."""
    known = Compte.objects.filter(genre=Compte.Genre.AGENT, caisse=superviseur.caisse_id, pk=pk)
    found = known.filter(services__in=point.teams_of(superviseur)).distinct().first()
    if found is None:
        raise Http404
    return found


def lecture_named(genre: str) -> str:
    """One of what is counted; raises `Http404`."""
    if genre not in Lecture.values:
        raise Http404
    return genre


@require_safe
@pour(Acte.SUPERVISER)
def supervision(request: AgentRequest) -> HttpResponse:
    """The page."""
    agent = request.agent
    form = Point(initial={"courriel": agent.courriel, "voulu": point.is_subscribed(agent)})
    context = {"tableau": table_of(agent), "form": form, "jours": SPAN, "prochain": point.next_morning(timezone.now())}
    return render(request, "agents/supervision.html", {**context, "fait": "fait" in request.GET})


@require_POST
@pour(Acte.SUPERVISER)
def point_du_jour(request: AgentRequest) -> HttpResponse:
    """The address and the morning e-mail."""
    agent, form = request.agent, Point(request.POST)
    if not form.is_valid():
        context = {
            "tableau": table_of(agent),
            "form": form,
            "jours": SPAN,
            "prochain": point.next_morning(timezone.now()),
        }
        return render(request, "agents/supervision.html", {**context, "fait": False}, status=422)
    point.subscribe(agent, courriel=form.cleaned_data["courriel"], wants=form.cleaned_data["voulu"], by=agent)
    return HttpResponseRedirect(reverse("agents:supervision") + "?fait=1", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.SUPERVISER)
def quota(request: AgentRequest, agent: UUID, genre: str) -> HttpResponse:
    """Raise one agent's limit for the day."""
    found, what = agent_for(request.agent, agent), lecture_named(genre)
    form = Releve(request.POST if request.method == "POST" else None)
    row, status = quotas.today_of(found, what), 422 if form.is_bound else 200
    most = quotas.most_of(found, what)
    form.fields["limite"].help_text = (
        f"De {row.limite + 1} à {most}." if row.limite < most else f"Déjà au plus : {most}."
    )
    if form.is_bound and form.is_valid():
        try:
            quotas.lift(found, what, by=request.agent, **form.cleaned_data)
        except quotas.OutOfBounds as refusal:  # said beside the field
            form.add_error("limite", refusal.phrase)
            status = refusal.status
        else:
            return HttpResponseRedirect(reverse("agents:supervision") + "?fait=1", status=303)
    return render(
        request,
        "agents/quota.html",
        {"agent": found, "quota": row, "mots": quotas.MOTS[what], "form": form},
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.SUPERVISER)
def alerte(request: AgentRequest, alerte: int) -> HttpResponse:
    """Close an alarm, saying what was made of it."""
    found = alarm_for(request.agent, alerte)
    form = Suite(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        quotas.close_alarm(found, mot=form.cleaned_data["mot"], by=request.agent)
        return HttpResponseRedirect(reverse("agents:surveiller"), status=303)
    return render(request, "agents/alerte.html", {"alerte": found, "form": form}, status=422 if form.is_bound else 200)
