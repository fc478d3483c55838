"""When a message that can wait may ring: not in the evening, the night, on a Sunday or a public holiday (Paris time).

Codes and warnings of safety do not ask: they are wanted at the minute.
"""

from datetime import datetime, time, timedelta

from django.utils import timezone

from enclos.socle.dates import PARIS, paris
from enclos.socle.jours_ouvres import holidays_of

OPENS, CLOSES = time(8), time(20)
SUNDAY = 6


def is_open(at: datetime | None = None) -> bool:
    """Whether a telephone may ring at that instant, now by default."""
    local = paris(at or timezone.now())
    return OPENS <= local.time() < CLOSES and is_ringing_day(local)


def next_opening(at: datetime | None = None) -> datetime:
    """That instant itself when it is open, else 8 o’clock of the next day that is."""
    at = at or timezone.now()
    if is_open(at):
        return at
    local = paris(at)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    # By the clock on the wall: the night when it changes is longer or shorter, the morning comes at 8 all the same.
    while not is_ringing_day(opening := datetime.combine(day, OPENS, PARIS)):
        day += timedelta(days=1)
    return opening


def is_ringing_day(local: datetime) -> bool:
    return local.weekday() != SUNDAY and local.date() not in holidays_of(local.year)
