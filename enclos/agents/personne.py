"""The page of one person for agents: who they are, what is under way, and nothing that the agent's role does not need.

Whoever treats something of theirs opens it at once; the others say why first (CNIL, délibération 2021-122). Each display is a line
of the journal that the member reads in « Qui a consulté mon dossier ».
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django import forms
from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from enclos.agents import access, quotas
from enclos.agents.models import LIFE, Lecture, Ouverture
from enclos.comptes.access import AgentRequest
from enclos.comptes.canaux import masked_mail
from enclos.comptes.equipe import teams, who
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut, pour
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.journal.actions import Actor, record
from enclos.messagerie.models import Message
from enclos.registre.access import exploitations_of, foyer_of
from enclos.registre.models import Exploitation, Facture, Lien, Paiement, Personne
from enclos.socle.forms import no_nir
from enclos.suivi.access import for_list
from enclos.suivi.models import Affaire, Note

STILL_MINE = timedelta(days=30)  # after the answer: the member calls about it
ITEMS_SHOWN = 25
ENDED_LATELY = timedelta(days=90)
ENDED_SHOWN = 10
THREADS_SHOWN = 5
MONEY_SHOWN = 12
DATES_SHOWN = 3
KEPT = timedelta(days=30)  # then the journal alone remembers


class Raison(forms.Form):
    """Why somebody's page is opened by who treats nothing of theirs."""

    raison = forms.ChoiceField(
        label="Pourquoi ouvrez-vous cette fiche ?",
        choices=Ouverture.Raison,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison : elle est gardée dans le journal."},
    )
    precision = forms.CharField(
        label="Précision",
        required=False,
        max_length=200,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if (
            data.get("raison") == Ouverture.Raison.AUTRE
            and not data.get("precision")
            and not self.has_error("precision")
        ):
            self.add_error("precision", "Dites en quelques mots pourquoi vous ouvrez cette fiche.")
        return data


def personne_for(agent: Compte, pk: UUID) -> Personne:
    """Somebody of the agent's fund; raises `Http404`."""
    personne = (
        Personne.objects.select_related("caisse", "agence", "compte").filter(pk=pk, caisse=agent.caisse_id).first()
    )
    if personne is None:
        raise Http404
    return personne


def is_in_portfolio(agent: Compte, personne: Personne) -> bool:
    """Whether the agent treats something of theirs: an item of their teams that is open or was answered lately, or one in their hands."""
    if not peut(agent, Acte.TRAITER):
        return False
    lately = Q(ended_at=None) | Q(ended_at__gte=timezone.now() - STILL_MINE)
    mine = Q(service__in=agent.services.all()) | Q(taken_by=agent)
    return Affaire.objects.of(personne).filter(lately, mine, caisse=agent.caisse_id).exists()


def door_of(agent: Compte, personne: Personne) -> tuple[bool, Ouverture | None]:
    """Whether the page of this person may be shown to this agent now; and the reason, given by who treats nothing of theirs."""
    if is_in_portfolio(agent, personne):
        return True, None
    ouverture = ouverture_of(agent, personne)
    return ouverture is not None, ouverture


def ouverture_of(agent: Compte, personne: Personne) -> Ouverture | None:
    """The reason this agent gave less than an hour ago."""
    rows = Ouverture.objects.filter(agent=agent, personne=personne, created_at__gt=timezone.now() - LIFE)
    return rows.order_by("-created_at").first()


@transaction.atomic
def say_why(personne: Personne, *, raison: str, precision: str, by: Compte) -> Ouverture:
    """Open this person's page to this agent for an hour. A double click gives the same opening."""
    known = ouverture_of(by, personne)
    if known is not None and (known.raison, known.precision) == (raison, precision):
        return known
    return Ouverture.objects.create(agent=by, personne=personne, raison=raison, precision=precision)


def opened(personne: Personne, ouverture: Ouverture | None, *, by: Compte) -> None:
    """Count it and write it down, before anything is shown. Raises `QuotaReached`."""
    quotas.count(by, Lecture.PERSONNE, objet=personne.pk, personne=personne, is_hors=ouverture is not None)
    record(
        "agents.personne.opened",
        personne,
        by=by,
        concerne=personne,
        raison=ouverture.en_mots if ouverture else "Un de vos documents est à traiter",
        is_hors=ouverture is not None,
        **who(by),
    )


def forget_old_openings(*, by: Actor) -> int:
    """The reasons given more than a month ago."""
    return Ouverture.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


@dataclass(frozen=True)
class Fiche:
    """What the page shows."""

    personne: Personne
    foyer: Sequence[Lien]
    exploitations: Sequence[Exploitation]
    affaires: Sequence[Affaire]  # what waits
    terminees: Sequence[Affaire]  # what was answered lately
    ecrits: Sequence[Message]  # what the fund wrote first, not answered yet
    miens: frozenset[int]  # teams whose documents this agent opens
    demandes: Sequence[DemandePapiers]
    paiements: Sequence[Paiement]
    factures: Sequence[Facture]
    shows_amounts: bool
    notes: Sequence[Note]  # of colleagues, for who treats documents

    @property
    def nir(self) -> str:
        return access.masked_nir(self.personne)

    @property
    def adresse(self) -> list[str]:
        """Without the name, which is above it."""
        return self.personne.lignes_adresse()[1:]

    @property
    def courriel(self) -> str:
        return masked_mail(self.personne.email) if self.personne.email else ""

    @property
    def is_full(self) -> bool:
        return len(self.affaires) == ITEMS_SHOWN

    @property
    def can_be_written_to(self) -> bool:
        """Somebody reads the portal there."""
        compte = getattr(self.personne, "compte", None)
        return compte is not None and compte.closed_at is None and not self.personne.decede

    @property
    def etat(self) -> tuple[str, str]:
        """What must be known before anything is said, and its tone; empty for most."""
        if self.personne.decede:
            return "Personne décédée", "rouge"
        if self.personne.closed_at is not None:
            return "Sortie du registre", "ocre"
        compte = getattr(self.personne, "compte", None)
        if compte is None:
            return "Pas de compte en ligne", "neutre"
        return ("Compte fermé", "neutre") if compte.closed_at else ("Compte en ligne ouvert", "vert")


def fiche_of(agent: Compte, personne: Personne) -> Fiche:
    """Everything the page shows, in a number of queries that does not depend on the person.

    Amounts are for who keeps the accounts. The others see when something was last paid, which is what people ask, and not how much.
    """
    may_count = peut(agent, Acte.COMPTER)
    items = items_of(personne, agent)
    demandes = DemandePapiers.objects.filter(personne=personne, closed_at=None).order_by("due_on", "pk")
    paiements = Paiement.objects.filter(personne=personne).order_by("-date", "-pk")
    return Fiche(
        personne=personne,
        foyer=foyer_of(personne),
        exploitations=exploitations_of(personne),
        affaires=[item for item in items if not item.is_ended],
        terminees=[item for item in items if item.is_ended][:ENDED_SHOWN],
        ecrits=list(first_words_to(personne, agent)[:THREADS_SHOWN]) if peut(agent, Acte.TRAITER) else [],
        miens=frozenset(service.pk for service in teams(agent))
        if peut(agent, Acte.TRAITER)
        else frozenset(),
        demandes=list(demandes.prefetch_related(Prefetch("papiers", PapierDemande.objects.select_related("nature")))[:ITEMS_SHOWN]),
        paiements=list(paiements[: MONEY_SHOWN if may_count else DATES_SHOWN]),
        factures=list(Facture.objects.filter(personne=personne).order_by("-emise_le", "-pk")[:MONEY_SHOWN])
        if may_count
        else [],
        shows_amounts=may_count,
        notes=access.notes_of(personne, agent) if peut(agent, Acte.TRAITER) else [],
    )  # fmt: skip


def items_of(personne: Personne, agent: Compte) -> Sequence[Affaire]:
    """What waits, the latest received first, then what was answered lately, the latest first; one query."""
    lately = Q(ended_at=None) | Q(ended_at__gte=timezone.now() - ENDED_LATELY)
    rows = Affaire.objects.of(personne).filter(lately, caisse=agent.caisse_id)
    in_order = for_list(rows).order_by(F("ended_at").desc(nulls_first=True), "-received_at", "-id")
    return list(in_order[:ITEMS_SHOWN])


def first_words_to(personne: Personne, agent: Compte) -> QuerySet[Message]:
    """What agents wrote to a member who has not answered: no item tells it."""
    rows = Message.objects.by_agents().sent().filter(fil__personne=personne, fil__caisse=agent.caisse_id)
    waiting = rows.filter(fil__affaire=None, fil__closed_at=None)
    return waiting.select_related("fil__sujet", "fil__service").defer("texte_sealed").order_by("-sent_at", "-pk")


FAIT = {"ecrit": "Votre message est parti. Vous verrez ici quand il sera lu."}


def fiche_url(personne: Personne, fait: str = "") -> str:
    return reverse("agents:personne", args=[personne.pk]) + (f"?fait={fait}" if fait else "")


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.RECHERCHER)
def personne(request: AgentRequest, personne: UUID) -> HttpResponse:
    """The page; or, for who treats nothing of theirs, the question that comes before it."""
    agent = request.agent
    found = personne_for(agent, personne)
    if request.method == "POST":
        form = Raison(request.POST)
        if not form.is_valid():
            return ask_why(request, found, form, status=422)
        say_why(found, by=agent, **form.cleaned_data)
        return HttpResponseRedirect(fiche_url(found), status=303)
    is_open, ouverture = door_of(agent, found)
    if not is_open:
        return ask_why(request, found, Raison())
    if request.method == "GET":
        opened(found, ouverture, by=agent)
    return render(
        request,
        "agents/personne.html",
        {
            "fiche": fiche_of(agent, found),
            "ouverture": ouverture,
            "peut_traiter": peut(agent, Acte.TRAITER),
            "fait": FAIT.get(request.GET.get("fait", ""), ""),
        },
    )


def ask_why(request: AgentRequest, personne: Personne, form: Raison, *, status: int = 200) -> HttpResponse:
    """The name alone is shown: it was on the page one comes from."""
    return render(request, "agents/raison.html", {"personne": personne, "form": form}, status=status)
