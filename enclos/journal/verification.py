"""Reads the journal again, and says which days are not what was sealed."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from django.utils import timezone

from enclos.journal import canon
from enclos.journal.canon import Empreinte
from enclos.journal.checks import SHORTEST
from enclos.journal.familles import Famille
from enclos.journal.models import Jalon, Ligne, Sceau, bounds
from enclos.journal.scellement import SEALED
from enclos.socle.dates import jour
from enclos.socle.sealed import attest
from enclos.socle.templatetags.socle import pluriel

# What reconciliation reads each time: the last days, then those read longest ago for as long as this lasts. So the whole journal
# is read again and again, and a night never lasts for hours.
RECENT = timedelta(days=3)
SECONDS = 20.0


@dataclass
class Examen:
    """What a day was found to be, for one family."""

    sceaux: Sequence[Sceau]
    tardives: Empreinte = field(default_factory=Empreinte)  # lines that came after every seal of the day
    ecarts: list[str] = field(default_factory=list)  # in words; none when the day is whole

    @property
    def is_whole(self) -> bool:
        return not self.ecarts and not self.tardives.count

    @property
    def en_mots(self) -> list[str]:
        """« Journée du 3 novembre 2026, actes : une ligne manque »."""
        first = self.sceaux[0]
        said = list(self.ecarts)
        if self.tardives.count:
            said.append(f"{pluriel(self.tardives.count, 'ligne venue,lignes venues')} après le sceau")
        return [f"Journée du {first.en_mots} : {one}" for one in said]


def examine(day: date, famille: str, *, until: int | None = None) -> Examen:
    """Read a day again and compare it with its seals. Lines above the key `until` are left out."""
    sceaux = list(Sceau.objects.filter(day=day, famille=famille).order_by("rang"))
    examen = Examen(sceaux)
    if not sceaux or sceaux[0].purged_at is not None:
        return examen
    read = [Empreinte() for _ in sceaux]
    limites = [sceau.limite for sceau in sceaux]
    for row in canon.rows_of(day, famille):
        if until is not None and row[0] > until:
            continue
        place = next((rang for rang, limite in enumerate(limites) if row[0] <= limite), None)
        (examen.tardives if place is None else read[place]).add(row)
    for sceau, empreinte in zip(sceaux, read, strict=True):
        if empreinte.figures != canon.figures_of(sceau):
            examen.ecarts.append(difference(sceau, empreinte))
    return examen


def difference(kept: Sceau | Jalon, empreinte: Empreinte) -> str:
    """What changed, in words."""
    lost = kept.count - empreinte.count
    if lost > 0:
        return pluriel(lost, "ligne manque,lignes manquent")
    if lost < 0:
        return f"{pluriel(-lost, 'ligne ajoutée,lignes ajoutées')} après coup"
    return "une ligne au moins a changé"


def broken_links() -> Iterator[str]:
    """What is wrong in the chain itself: a seal changed, removed, or taken back. Reads no line but those that told of seals."""
    former: Sceau | None = None
    expected: dict[str, date] = {}
    attested: dict[int, str] = {}
    for sceau in Sceau.objects.order_by("numero").iterator(chunk_size=2_000):
        numero = former.numero + 1 if former else 1
        if sceau.numero != numero:
            yield f"Chaîne : {pluriel(sceau.numero - numero, 'sceau manque,sceaux manquent')} avant le {sceau.en_mots}"
        elif sceau.precedente != (former.attestation if former else ""):
            yield f"Chaîne : le sceau du {sceau.en_mots} ne suit pas celui d’avant"
        if attest(canon.seal(sceau)) != sceau.attestation:
            yield f"Chaîne : le sceau du {sceau.en_mots} a changé"
        if sceau.rang == 0:
            if sceau.famille in expected and sceau.day != expected[sceau.famille]:
                yield f"Chaîne : le sceau du {sceau.en_mots} n’est pas à sa place"
            expected[sceau.famille] = sceau.day + timedelta(days=1)
        if sceau.purged_at is not None and not is_term(sceau):
            yield f"Journée du {sceau.en_mots} : purgée avant son terme"
        former = sceau
        attested[sceau.numero] = sceau.attestation
    yield from lost_seals(attested)


def is_term(sceau: Sceau) -> bool:
    """Whether the purge came when a purge may: no setting makes a day shorter-lived than a year."""
    assert sceau.purged_at is not None
    return sceau.ends_at + timedelta(days=SHORTEST) <= sceau.purged_at <= timezone.now()


def lost_seals(attested: dict[int, str]) -> Iterator[str]:
    """Seals that the journal tells of and that are not there any more as it tells them: the end of the chain was cut or made again."""
    lines = Ligne.objects.filter(object_kind=Sceau._meta.label_lower, event=SEALED).order_by("pk")
    for line in lines.iterator(chunk_size=500):
        if attested.get(int(line.object_id)) != line.details["attestation"]:
            day = date.fromisoformat(line.details["jour"])
            yield f"Chaîne : le sceau n° {line.object_id}, du {jour(day)}, n’est plus celui que le journal dit"


def strays() -> Iterator[str]:
    """Lines where there may be none: before the first day sealed, or on a day purged."""
    first = Sceau.objects.filter(rang=0).order_by("numero").values_list("day", flat=True).first()
    if first is None:
        return
    for famille in Famille:
        purged = (
            Sceau.objects.filter(rang=0, famille=famille, purged_at__isnull=False)
            .order_by("-day")
            .values_list("day", flat=True)
            .first()
        )
        end = bounds(purged)[1] if purged else bounds(first)[0]
        days = {at.astimezone(UTC).date() for at in Ligne.objects.filter(famille=famille, at__lt=end).order_by("at").values_list("at", flat=True)[:20]}  # fmt: skip
        for day in sorted(days):
            yield f"Journée du {jour(day)}, {famille.label} : des lignes ajoutées sur une journée purgée ou d’avant le journal"


def altered_days(*, everything: bool = False, seconds: float = SECONDS) -> Iterator[str]:
    """What is wrong in the lines: on the last days and on those read longest ago, for `seconds`; or on all of them.

    A day found whole is noted as read; one that is not stays first in the queue, and is told again each time.
    """
    since = (timezone.now() - RECENT).astimezone(UTC).date()
    rows = Sceau.objects.filter(rang=0, purged_at=None)
    recent = rows.filter(day__gte=since).order_by("numero").values_list("pk", "day", "famille")
    others = rows.filter(day__lt=since).order_by("verified_at", "numero").values_list("pk", "day", "famille")
    deadline = time.monotonic() + seconds
    # Three numbers a day, for the years that the journal lasts: they are few.
    for rang, (pk, day, famille) in enumerate([*recent, *others]):
        if not everything and rang >= len(recent) and time.monotonic() > deadline:
            return
        examen = examine(day, famille)
        if examen.is_whole:
            Sceau.objects.filter(pk=pk, purged_at=None).update(verified_at=timezone.now())
        yield from examen.en_mots
