"""Each day of the journal is sealed once it is over: writing never waits for it.

The lines are read without any lock, since nobody may change them; the transaction that keeps the seals is short.
"""

import logging
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from enclos.journal import canon, ecrivains
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.journal.canon import Empreinte
from enclos.journal.familles import Famille
from enclos.journal.models import Ligne, Sceau, bounds
from enclos.socle.sealed import attest
from enclos.socle.verrou import AlreadyRunning, alone

logger = logging.getLogger(__name__)

SEALED = "journal.journee.sealed"
# The clocks of several machines differ by less, and a line waits less for its turn between its date and its writing.
MARGIN = timedelta(minutes=10)
AT_ONCE = 40  # days sealed by one sweep: an installation that was off catches up, the other chores have their turn


def seal_due() -> int:
    """Seal the days that are over, the oldest first; returns how many. Nothing when another worker is at it."""
    day = next_day()
    if day is None or not is_over(day):
        return 0
    done = 0
    try:
        with alone("journal"):
            while done < AT_ONCE and (day := next_day()) is not None and is_over(day) and ecrivains.are_gone(day):
                seal_day(day)
                done += 1
    except AlreadyRunning:
        return done
    return done


def is_over(day: date) -> bool:
    return bounds(day)[1] + MARGIN <= timezone.now()


def next_day() -> date | None:
    """The first day without a seal; None while the journal is empty. Days follow one another, even those without a line."""
    last = Sceau.objects.filter(rang=0).order_by("-numero").values_list("day", flat=True).first()
    if last is not None:
        return last + timedelta(days=1)
    first = Ligne.objects.order_by("at").values_list("at", flat=True).first()
    return first.astimezone(UTC).date() if first else None


def seal_day(day: date) -> None:
    """Read the lines of a day, and keep one seal for each family. The caller holds the lock, and every writer is gone."""
    limite = Ligne.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    read = {famille: Empreinte() for famille in Famille}
    for famille, empreinte in read.items():
        for row in canon.rows_of(day, famille):
            empreinte.add(row)
    now = timezone.now()
    with transaction.atomic():
        for famille, empreinte in read.items():
            told(add(day, famille, empreinte, limite=limite, at=now), by=SYSTEM)


def add(day: date, famille: str, empreinte: Empreinte, *, limite: int, at: datetime, rang: int = 0) -> Sceau:
    """Keep a seal at the end of the chain."""
    former = Sceau.objects.select_for_update(no_key=True, of=("self",)).order_by("-numero").first()
    count, first_pk, last_pk, racine = empreinte.figures
    sceau = Sceau(
        numero=former.numero + 1 if former else 1,
        day=day,
        famille=famille,
        rang=rang,
        count=count,
        first_pk=first_pk,
        last_pk=last_pk,
        limite=limite,
        racine=racine,
        precedente=former.attestation if former else "",
        sealed_at=at,
        verified_at=at,
    )
    sceau.attestation = attest(canon.seal(sceau))
    sceau.save(force_insert=True)
    return sceau


def told(sceau: Sceau, *, by: Actor, raison: str = "") -> None:
    """Written in the journal, where the next seal ties it; and in the log, which leaves the machine: nobody takes both back."""
    record(
        SEALED,
        sceau,
        by=by,
        jour=sceau.day.isoformat(),
        famille=str(sceau.famille),
        lignes=sceau.count,
        attestation=sceau.attestation,
        raison=raison,
    )
    logger.info(
        "journal: seal %s of %s (%s), %s lines: %s",
        sceau.numero,
        sceau.day,
        sceau.famille,
        sceau.count,
        sceau.attestation,
    )
