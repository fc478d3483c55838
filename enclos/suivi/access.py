"""Who may see which item, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import FETCH_RAISE, Case, Count, Exists, OuterRef, Q, When
from django.http import Http404

from enclos.caisses.access import nomenclatures
from enclos.caisses.access import services_of as services_of_fund
from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, AffaireQuerySet

# What a list needs of a person: the name, never the sealed numbers.
PERSONNE_FIELDS = ("ref", "prenoms", "nom_naissance", "nom_usage")


def services_of(agent: Compte) -> Sequence[Service]:
    """The agent's teams, by name."""
    return list(agent.services.filter(caisse=agent.caisse_id))


def other_services_of(affaire: Affaire) -> Sequence[Service]:
    """Where it may be redirected: not to a team that only treats what goes by post, where it would be read by nobody."""
    natures = nomenclatures().natures.values()
    by_post = {nature.service_code for nature in natures if nature.is_medical}
    read_here = {nature.service_code for nature in natures if not nature.is_medical}
    return sorted(
        (
            service
            for code, service in services_of_fund(affaire.caisse_id).items()
            if service.pk != affaire.service_id and code not in by_post - read_here
        ),
        key=lambda service: service.nom,
    )


def affaire_for(agent: Compte, pk: UUID, *with_also: str) -> Affaire:
    """An item of one of the agent's services, with what stands above it and `with_also`; raises `Http404` for any other."""
    rows = Affaire.objects.for_agent(agent).select_related(
        "service", "caisse", "personne__compte", "taken_by", *with_also
    )
    affaire = rows.filter(pk=pk).first()
    if affaire is None:
        raise Http404
    return affaire


def queue_of(
    agent: Compte, *, service: Service | None = None, groupe: str = "", after: UUID | None = None
) -> AffaireQuerySet:
    """The free items and those of colleagues, the first due first; `after` is the last item of the page before."""
    rows = Affaire.objects.for_agent(agent).open().exclude(taken_by=agent)
    if service is not None:
        rows = rows.filter(service=service)
    if groupe:
        rows = rows.filter(groupe=groupe)
    # Read whatever became of it since: a page must not jump because its last item was settled meanwhile.
    last = Affaire.objects.for_agent(agent).filter(pk=after).first() if after else None
    if last is not None:
        rows = rows.filter(rang_on__gte=last.rang_on).filter(
            Q(rang_on__gt=last.rang_on)
            | Q(rang_on=last.rang_on, received_at__gt=last.received_at)
            | Q(rang_on=last.rang_on, received_at=last.received_at, pk__gt=last.pk)
        )
    return for_list(rows).oldest_due_first()


def held_by(agent: Compte) -> AffaireQuerySet:
    """What the agent has taken and not decided, the first due first."""
    return for_list(Affaire.objects.for_agent(agent).held_by(agent)).oldest_due_first()


def first_held_by(agent: Compte, service: Service | None) -> Affaire | None:
    """What the agent should decide first, of `service` or of all theirs, among what she has taken."""
    held = held_by(agent)
    return (held.filter(service=service) if service else held).first()


def for_list(rows: AffaireQuerySet) -> AffaireQuerySet:
    """With what a line shows, and nothing sealed; a line that asked for more would be an error, not a query."""
    return rows.fetch_mode(FETCH_RAISE).select_related("personne", "service", "taken_by").only(
        "reference", "libelle", "genre", "groupe", "service_id", "etat", "received_at", "due_on", "rang_on", "is_precaire", "taken_at", "ended_at", "is_medical",
        "caisse_id", "service__nom", "taken_by__nom", "taken_by__is_active",
        *(f"personne__{field}" for field in PERSONNE_FIELDS),
    )  # fmt: skip


def others_of(affaire: Affaire, agent: Compte, count: int) -> Sequence[Affaire]:
    """The member's other items, whatever the team: those of the same sending, those still open, then the latest.

    To know of them spares asking for the same paper twice (CRPA L113-12); only those of the agent's teams (`is_hers`) open.
    """
    rows = Affaire.objects.of(affaire.personne).filter(caisse=affaire.caisse_id).exclude(pk=affaire.pk)
    near_first = Case(When(reference=affaire.reference, then=0), When(ended_at=None, then=1), default=2)
    hers = agent.services.filter(caisse=agent.caisse_id, pk=OuterRef("service"))
    return list(for_list(rows).annotate(is_hers=Exists(hers)).order_by(near_first, "-received_at", "-id")[:count])


def affaires_of(personne: Personne) -> AffaireQuerySet:
    """All that waits for an answer to this member, or got one."""
    return Affaire.objects.of(personne).order_by("-received_at", "-id")


def open_of(personne: Personne) -> Sequence[Affaire]:
    """What waits for an answer to this member, the oldest first."""
    return list(Affaire.objects.of(personne).open().order_by("received_at", "id"))


@dataclass(frozen=True)
class Chiffres:
    """How much a team has to do."""

    service: Service
    libres: int = 0
    en_retard: int = 0
    en_cours: int = 0

    @property
    def ouvertes(self) -> int:
        return self.libres + self.en_cours


def figures_of(services: Sequence[Service]) -> Sequence[Chiffres]:
    """Per team: free, late (free or not), in progress. Read from the index of open items alone."""
    rows = (
        Affaire.objects.open().filter(service__in=services).values("service").order_by("service").annotate(
            libres=Count("pk", filter=Q(taken_by=None)),
            en_cours=Count("pk", filter=Q(taken_by__isnull=False)),
            en_retard=Count("pk", filter=Q(due_on__lt=today_paris())),
        )
    )  # fmt: skip
    found = {row["service"]: row for row in rows}
    return [
        Chiffres(service, libres=row["libres"], en_retard=row["en_retard"], en_cours=row["en_cours"])
        if (row := found.get(service.pk))
        else Chiffres(service)
        for service in services
    ]
