"""When a digest leaves: by the clock on the wall in Paris, whatever the season."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from enclos.avis.models import Resume, Rythme
from enclos.comptes.models import Compte
from enclos.courrier import heures
from enclos.socle.dates import PARIS, paris

LEAVES = time(18)
WEDNESDAY = 2  # in the middle of the week: two days are left to call


def next_slot(rythme: Rythme, after: datetime | None = None) -> datetime:
    """When what is told from now on leaves: now, tonight at 18:00, or on Wednesday; in the morning after for who wants quiet."""
    now = after or timezone.now()
    if not rythme.is_grouped:
        return now
    day = paris(now).date()
    if rythme.frequence == Rythme.Frequence.SEMAINE:
        day += timedelta(days=(WEDNESDAY - day.weekday()) % 7)
    step = timedelta(days=7 if rythme.frequence == Rythme.Frequence.SEMAINE else 1)
    slot = datetime.combine(day, LEAVES, PARIS)
    if slot <= now:
        slot = datetime.combine(day + step, LEAVES, PARIS)
    return heures.next_opening(slot) if rythme.calme else slot


def held_rythme(compte: Compte) -> Rythme:
    """The rhythm as it is now, held until the end of the transaction: who changes it waits, and finds the digest that was opened.

    Held before the digest, by everybody.
    """
    held = Rythme.objects.select_for_update(no_key=True, of=("self",)).filter(compte=compte).first()
    return held or Rythme(compte=compte)


def open_resume(compte: Compte, rythme: Rythme) -> Resume:
    """The digest that takes what happens now, held until the end of the transaction: whoever gathers it waits, and finds it whole."""
    while True:
        slot = next_slot(rythme)
        Resume.objects.bulk_create([Resume(compte=compte, promised_at=slot, next_at=slot)], ignore_conflicts=True)
        # None when it was gathered since: it took nothing of ours, and another one is opened.
        held = (
            Resume.objects.select_for_update(no_key=True, of=("self",)).filter(compte=compte, gathered_at=None).first()
        )
        if held is not None:
            return held


def reschedule(compte: Compte, rythme: Rythme) -> None:
    """The member changed their mind: the digest that waits leaves when they say now."""
    slot = next_slot(rythme)
    Resume.objects.open().filter(compte=compte, gathered_at=None).update(promised_at=slot, next_at=slot)
