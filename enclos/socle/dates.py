"""Days and moments as people say them, in Paris; storage is in UTC."""

from argparse import ArgumentTypeError
from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

PARIS = ZoneInfo("Europe/Paris")
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MOIS_COURTS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def paris(moment: datetime) -> datetime:
    """The same instant on a Paris clock."""
    return moment.astimezone(PARIS)


def today_paris() -> date:
    """The day it is in Paris."""
    return paris(timezone.now()).date()


def jour(day: date) -> str:
    """« 1er novembre 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {MOIS[day.month - 1]} {day.year}"


def jour_court(day: date) -> str:
    """« 5 nov. »: the year is added by whoever needs it."""
    return f"{'1er' if day.day == 1 else day.day} {MOIS_COURTS[day.month - 1]}"


def heure(moment: datetime) -> str:
    """« 10 h 47 » in Paris."""
    local = paris(moment)
    return f"{local.hour} h {local.minute:02d}"


def moment(instant: datetime) -> str:
    """« samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris) ».

    On the night when the clock goes back, the hour that comes twice is told apart (CRPA L112-13: the date is proof).
    """
    local = paris(instant)
    season = ""
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        season = ", heure d’hiver" if local.fold else ", heure d’été"
    return (
        f"{JOURS[local.weekday()]} {jour(local)} à {local.hour} h {local.minute:02d} min {local.second:02d} s "
        f"(heure de Paris{season})"
    )


def typed_day(text: str) -> date:
    """A day typed in a command, as « 2026-11-03 ». Raises `ArgumentTypeError`, in words that the operator understands."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text} » n’est pas un jour : écrivez 2026-11-03") from None


def add_months(day: date, months: int) -> date:
    """Date to date, or the last day of the month when that date does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_on(born: date, day: date) -> int:
    """In whole years: one more on the birthday itself."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
