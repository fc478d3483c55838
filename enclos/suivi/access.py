"""Who may see which item, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import RawSQL
from django.http import Http404

from enclos.caisses.access import nomenclatures
from enclos.caisses.access import services_of as services_of_fund
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi.filtres import Filtre
from enclos.suivi.models import Affaire, AffaireQuerySet

# What a list needs of a person: the name, never the sealed numbers.
PERSONNE_FIELDS = ("ref", "prenoms", "nom_naissance", "nom_usage")


def services_of(agent: Compte) -> Sequence[Service]:
    """The agent's teams, by name."""
    return list(agent.services.filter(caisse=agent.caisse_id))


def other_services_of(affaire: Affaire) -> Sequence[Service]:
    """Where it may be redirected: not to a team that only treats what goes by post, where it would be read by nobody."""
    return [service for service in services_read_here(affaire.caisse_id) if service.pk != affaire.service_id]


def services_read_here(caisse_id: int) -> Sequence[Service]:
    """The teams of a fund that read what comes through the portal, by name."""
    by_post = by_post_only()
    read = (service for code, service in services_of_fund(caisse_id).items() if code not in by_post)
    return sorted(read, key=lambda service: service.nom)


def by_post_only() -> set[str]:
    """Codes of the teams that only treat what goes by post."""
    natures = nomenclatures().natures.values()
    by_post = {nature.service_code for nature in natures if nature.is_medical}
    return by_post - {nature.service_code for nature in natures if not nature.is_medical}


def affaire_for(agent: Compte, pk: UUID, *with_also: str) -> Affaire:
    """An item of one of the agent's services, with what stands above it and `with_also`; raises `Http404` for any other."""
    rows = (
        Affaire.objects.for_agent(agent)
        .with_absence()
        .select_related("service", "caisse", "personne__compte", "taken_by", "lot", *with_also)
    )
    affaire = rows.filter(pk=pk).first()
    if affaire is None:
        raise Http404
    return affaire


def queue_of(
    agent: Compte,
    *,
    filtre: Filtre | None = None,
    services: Sequence[Service] | None = None,
    after: UUID | None = None,
    count: int = 100,
    untaken: bool = False,
) -> AffaireQuerySet:
    """The first `count` items that `filtre` keeps of the agent's teams, the first due first; `after` is the last one of the page before.

    Without a filter: the free items and those of colleagues; `untaken`, what nobody has. Each team is read apart, in the order of its own index, no further than
    `count`; then the first of all are kept, and only those are joined with what a line shows. However long the queues, a page costs the same.
    """
    filtre = filtre or Filtre()
    # Read whatever became of it since: a page must not jump because its last item was settled meanwhile.
    last = Affaire.objects.for_agent(agent).filter(pk=after).first() if after else None
    parts = []
    for service in filtre.teams(services_of(agent) if services is None else services):
        rows = filtre.queue(agent, service)
        if untaken:
            rows = rows.filter(taken_by=None)
        if last is not None:
            rows = rows.filter(rang_on__gte=last.rang_on).filter(
                Q(rang_on__gt=last.rang_on)
                | Q(rang_on=last.rang_on, received_at__gt=last.received_at)
                | Q(rang_on=last.rang_on, received_at=last.received_at, pk__gt=last.pk)
            )
        parts.append(rows.oldest_due_first().values("pk")[:count])
    if not parts:
        return Affaire.objects.none()
    return for_list(Affaire.objects.filter(pk__in=united(parts))).oldest_due_first()[:count]


def united(parts: Sequence[QuerySet[Affaire, Any]]) -> RawSQL:
    """The keys of several sliced queries. Django's own union refuses slices on SQLite, which takes them as subqueries."""
    pieces, params = [], list[Any]()
    for number, part in enumerate(parts):
        sql, given = part.query.sql_with_params()
        pieces.append(f"SELECT * FROM ({sql}) part_{number}")  # noqa: S608  written by Django, values apart
        params += given
    return RawSQL(" UNION ALL ".join(pieces), params)  # noqa: S611


def held_by(agent: Compte) -> AffaireQuerySet:
    """What the agent has taken and not decided, the first due first."""
    return for_list(Affaire.objects.for_agent(agent).held_by(agent)).oldest_due_first()


def first_held_by(agent: Compte, service: Service | None) -> Affaire | None:
    """What the agent should decide first, of `service` or of all theirs, among what she has taken."""
    held = held_by(agent).filter(lot=None)
    return (held.filter(service=service) if service else held).first()


def for_list(rows: AffaireQuerySet) -> AffaireQuerySet:
    """With what a line shows, and nothing sealed; a line that asked for more would be an error, not a query."""
    return rows.fetch_mode(FETCH_RAISE).with_absence().select_related("personne", "service", "taken_by", "lot").only(
        "reference", "libelle", "genre", "groupe", "nature", "service_id", "etat", "received_at", "due_on", "legal_on", "rang_on", "is_precaire",
        "taken_at", "ended_at", "is_medical", "awaits_look", "caisse_id", "service__nom", "service__caisse_id", "taken_by__nom", "taken_by__is_active", "lot__prevu_at",
        *(f"personne__{field}" for field in PERSONNE_FIELDS),
    )  # fmt: skip


def saying_hers(rows: AffaireQuerySet, agent: Compte) -> AffaireQuerySet:
    """Each with `is_hers`: whether it is of one of the agent's teams, and so opens."""
    hers = agent.services.filter(caisse=agent.caisse_id, pk=OuterRef("service"))
    return rows.annotate(is_hers=Exists(hers))


def others_of(affaire: Affaire, agent: Compte, count: int) -> Sequence[Affaire]:
    """The member's other items, whatever the team: those of the same sending, those still open, then the latest.

    To know of them spares asking for the same paper twice (CRPA L113-12); only those of the agent's teams (`is_hers`) open.
    """
    rows = Affaire.objects.of(affaire.personne).filter(caisse=affaire.caisse_id).exclude(pk=affaire.pk)
    near_first = Case(When(reference=affaire.reference, then=0), When(ended_at=None, then=1), default=2)
    return list(saying_hers(for_list(rows), agent).order_by(near_first, "-received_at", "-id")[:count])


def called(agent: Compte, natures: Sequence[str], *, since: datetime, count: int) -> Sequence[Affaire]:
    """The items of these natures (codes of documents or of subjects) in the agent's fund: the open ones of her teams, the first due
    first; then the others received since, whatever the team and the state, the latest first. At most `count`.

    Each nature is read apart, in the order of an index and no further than `count`: however many items, a search costs the same.
    """
    mine = [
        Affaire.objects.open().filter(service=service, nature=nature).oldest_due_first().values("pk")[:count]
        for service in services_of(agent)
        for nature in natures
    ]
    hers = list(for_list(Affaire.objects.filter(pk__in=united(mine))).oldest_due_first()[:count]) if mine else []
    if len(hers) == count or not natures:
        return hers
    of_fund = Affaire.objects.filter(caisse=agent.caisse_id, received_at__gte=since)
    parts = [
        of_fund.filter(nature=nature).order_by("-received_at", "-id").values("pk")[: count + len(hers)]
        for nature in natures
    ]
    rest = Affaire.objects.filter(pk__in=united(parts)).exclude(pk__in=[one.pk for one in hers])
    return [*hers, *for_list(rest).order_by("-received_at", "-id")[: count - len(hers)]]


def affaires_of(personne: Personne) -> AffaireQuerySet:
    """All that waits for an answer to this member, or got one."""
    return Affaire.objects.of(personne).order_by("-received_at", "-id")


def open_of(personne: Personne) -> Sequence[Affaire]:
    """What waits for an answer to this member, the oldest first."""
    return list(Affaire.objects.of(personne).open().order_by("received_at", "id"))


def first_services(services: Sequence[Service], code: str) -> Sequence[Service]:
    """These teams, the one of this code first."""
    return sorted(services, key=lambda one: (one.code != code, one.nom))


def services_elsewhere(affaire: Affaire) -> Sequence[tuple[Caisse, Sequence[Service]]]:
    """The other funds of this installation and their teams, the one of the same code first, for who may transfer to them."""
    others = Service.objects.exclude(caisse=affaire.caisse_id).exclude(code__in=by_post_only()).select_related("caisse")
    teams: dict[Caisse, list[Service]] = {}
    for service in others.order_by("caisse__nom", "nom", "pk"):
        teams.setdefault(service.caisse, []).append(service)
    return [(caisse, first_services(mine, affaire.service.code)) for caisse, mine in teams.items()]


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


# Past this, a page says « plus de 500 »: nobody counts further, and the database neither.
COUNTED = 500


class BoundedCount(Subquery):
    """How many rows a sliced query finds: no more than its slice."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _bornes)"
    output_field = IntegerField()


def bounded_figures_of(services: Sequence[Service]) -> Sequence[Chiffres]:
    """The same figures, none above `COUNTED` + 1: what a queue shows costs no more when the queue is long."""
    # In the order of the queue: its index then stops at the bound, where the whole table would be read for a team with little.
    of_team = Affaire.objects.open().filter(service=OuterRef("pk")).oldest_due_first()
    rows = Service.objects.filter(pk__in=[service.pk for service in services]).order_by("pk").annotate(
        libres=BoundedCount(of_team.free().values("pk")[: COUNTED + 1]),
        en_cours=BoundedCount(of_team.taken().values("pk")[: COUNTED + 1]),
        en_retard=BoundedCount(of_team.late_by_rank().values("pk")[: COUNTED + 1]),
    )  # fmt: skip
    found = {row.pk: row for row in rows}
    return [
        Chiffres(
            service,
            libres=found[service.pk].libres,
            en_retard=found[service.pk].en_retard,
            en_cours=found[service.pk].en_cours,
        )
        for service in services
    ]
