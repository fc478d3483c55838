"""French working days: Monday to Friday, public holidays apart (code du travail, L3133-1)."""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

OPENS, CLOSES = time(8), time(18)


@cache
def holidays_of(year: int) -> dict[date, str]:
    """The public holidays of metropolitan France in `year`, with their French names."""
    from holidays.countries.france import France  # half a second to import: only for those who ask

    named: dict[date, str] = France(years=year, language="fr")  # type: ignore[no-untyped-call]
    return {day: name.replace("'", "’") for day, name in named.items()}


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays_of(day.year)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


@lru_cache(maxsize=10_000)
def working_days_between(start: date, end: date) -> int:
    """How many working days after `start`, `end` included: 0 on the same day, 1 from Friday to Monday."""
    if end <= start:
        return 0
    return sum(is_working_day(start + timedelta(days=count)) for count in range(1, (end - start).days + 1))


def working_hours_between(start: datetime, end: datetime) -> float:
    """Hours of counter, 8 h to 18 h on working days in the zone of both moments, from `start` to `end`."""
    hours, day = 0.0, start.date()
    while day <= end.date():
        if is_working_day(day):
            opens = datetime.combine(day, OPENS, start.tzinfo)
            closes = datetime.combine(day, CLOSES, start.tzinfo)
            hours += max(0.0, (min(end, closes) - max(start, opens)).total_seconds()) / 3600
        day += timedelta(days=1)
    return hours


def next_working_day(day: date) -> date:
    """`day` itself when it is worked, else the first one after it."""
    return day if is_working_day(day) else add_working_days(day, 1)
