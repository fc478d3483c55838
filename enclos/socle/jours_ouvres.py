"""French working days: Monday to Friday, public holidays apart (code du travail, L3133-1)."""

from datetime import date, timedelta
from functools import cache


@cache
def holidays_of(year: int) -> dict[date, str]:
    """The public holidays of metropolitan France in `year`, with their French names."""
    from holidays.countries.france import France  # half a second to import: only for those who ask

    return dict(France(years=year, language="fr"))  # type: ignore[no-untyped-call]


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays_of(day.year)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def next_working_day(day: date) -> date:
    """`day` itself when it is worked, else the first one after it."""
    return day if is_working_day(day) else add_working_days(day, 1)
