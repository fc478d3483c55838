"""The figures of the teams, counted day by day by the worker and read from there: no page counts the items themselves.

A day is counted again until it cannot change any more: a decision may be taken back for a day. Delays are kept as a histogram of
working days, from which the median and the ninth decile of any span of days come out exactly.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from enclos.agents.models import ChiffreDuJour
from enclos.caisses.models import Service
from enclos.envois.models import PapierDemande
from enclos.socle.dates import PARIS, paris, today_paris
from enclos.socle.identifiants import first_of
from enclos.socle.jours_ouvres import working_days_between
from enclos.suivi.models import Affaire

SPAN = 30  # days of which delays are told
KEPT = 400  # days: this month beside the same one a year ago
CHANGES_FOR = 3  # days: today, yesterday, and the one before, whose decisions may still be taken back
LEAST_TOLD = 10  # items: below, a public figure would tell of somebody


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in Paris: 23 or 25 hours long twice a year."""
    return datetime.combine(day, time(), PARIS), datetime.combine(day + timedelta(days=1), time(), PARIS)


def count_day(day: date) -> None:
    """Count one day for every team, again if it was counted before."""
    start, end = bounds_of(day)
    received = Affaire.objects.filter(received_at__gte=start, received_at__lt=end).order_by().values("service")
    recues = {row["service"]: row["n"] for row in received.annotate(n=Count("pk"))}
    delais: dict[int, Counter[str]] = defaultdict(Counter)
    a_temps: Counter[int] = Counter()
    ended = Affaire.objects.filter(ended_at__gte=start, ended_at__lt=end).order_by("ended_at")
    for service, recu, fini, promis in ended.values_list("service", "received_at", "ended_at", "due_on").iterator():
        assert fini is not None
        answered_on = paris(fini).date()
        delais[service][str(working_days_between(paris(recu).date(), answered_on))] += 1
        a_temps[service] += answered_on <= promis
    manques = missing_on(start, end)
    rows = [
        ChiffreDuJour(
            service_id=service,
            jour=day,
            recues=recues.get(service, 0),
            terminees=sum(delais[service].values()),
            a_temps=a_temps[service],
            delais=dict(delais[service]),
            manques=manques.get(service, {}),
            counted_at=timezone.now(),
        )
        for service in Service.objects.order_by("pk").values_list("pk", flat=True)
    ]
    ChiffreDuJour.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["service", "jour"],
        update_fields=["recues", "terminees", "a_temps", "delais", "manques", "counted_at"],
    )


def missing_on(start: datetime, end: datetime) -> dict[int, dict[str, int]]:
    """What each team asked members for as missing. Read along the keys of the requests, which sort by time."""
    hour = timedelta(hours=1)
    asked = PapierDemande.objects.filter(
        demande__pk__gte=first_of(start - hour), demande__pk__lt=first_of(end + hour),
        demande__asked_at__gte=start, demande__asked_at__lt=end,
    ).order_by()  # fmt: skip
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in asked.values("demande__service", "nature").annotate(n=Count("pk")):
        found[row["demande__service"]][row["nature"]] = row["n"]
    return found


def count_what_changes(today: date | None = None) -> int:
    """Count the days that may still change, and those of the last weeks that were never counted; returns how many."""
    today = today or today_paris()
    known = set(
        ChiffreDuJour.objects.filter(jour__gte=today - timedelta(days=SPAN + 30))
        .order_by("jour")
        .values_list("jour", flat=True)
        .distinct()
    )
    days = [today - timedelta(days=back) for back in range(SPAN + 30)]
    due = [day for rank, day in enumerate(days) if rank < CHANGES_FOR or day not in known]
    for day in due:
        count_day(day)
    ChiffreDuJour.objects.filter(jour__lt=today - timedelta(days=KEPT)).delete()
    return len(due)


# --- read


def rank_of(histogram: Mapping[int, int], share: float) -> int | None:
    """The least number of working days within which at least `share` of the items were answered; None without any."""
    total, seen = sum(histogram.values()), 0
    for days in sorted(histogram):
        seen += histogram[days]
        if seen >= share * total:
            return days
    return None


@dataclass
class Delais:
    """What a team did over a span of days."""

    recues: int = 0
    traitees: int = 0
    a_temps: int = 0
    histogramme: Counter[int] = field(default_factory=Counter)
    manques: Counter[str] = field(default_factory=Counter)

    def add(self, row: ChiffreDuJour) -> None:
        self.recues += row.recues
        self.traitees += row.terminees
        self.a_temps += row.a_temps
        self.histogramme.update({int(days): count for days, count in row.delais.items()})
        self.manques.update(row.manques)

    @property
    def mediane(self) -> int | None:
        return rank_of(self.histogramme, 0.5)

    @property
    def p90(self) -> int | None:
        return rank_of(self.histogramme, 0.9)

    @property
    def part_a_temps(self) -> int | None:
        """Per cent answered by the day promised, rounded down: 99.6 is not all."""
        return self.a_temps * 100 // self.traitees if self.traitees else None

    @property
    def is_told(self) -> bool:
        """Whether there are enough items for a public figure."""
        return self.traitees >= LEAST_TOLD


def rows_of(services: Iterable[Service], since: date, until: date) -> Sequence[ChiffreDuJour]:
    """The figures of these teams, both days included."""
    rows = ChiffreDuJour.objects.filter(service__in=[service.pk for service in services], jour__range=(since, until))
    return list(rows.order_by("service", "jour"))


def delays_by_service(rows: Iterable[ChiffreDuJour], *, since: date) -> dict[int, Delais]:
    """Over the days from `since`."""
    found: dict[int, Delais] = defaultdict(Delais)
    for row in rows:
        if row.jour >= since:
            found[row.service_id].add(row)
    return found


def delays_by_week(rows: Iterable[ChiffreDuJour]) -> dict[date, Delais]:
    """By the Monday of each week, the latest first; all teams together."""
    found: dict[date, Delais] = defaultdict(Delais)
    for row in rows:
        found[row.jour - timedelta(days=row.jour.weekday())].add(row)
    return dict(sorted(found.items(), reverse=True))


def oldest_of(services: Iterable[Service]) -> dict[int, datetime]:
    """When the oldest open item of each team was received: read among the open ones alone."""
    rows = Affaire.objects.open().filter(service__in=[service.pk for service in services]).order_by().values("service")
    return {row["service"]: row["oldest"] for row in rows.annotate(oldest=Min("received_at"))}
