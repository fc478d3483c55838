"""Whether whoever wrote on a day that is over has surely finished: a line committed after the seal of its day would be in none."""

from datetime import date

from django.db import connection, transaction

# The number of a transaction begun once the day was over, for each day that waits. Lost with the process, and then taken again.
BORNES: dict[date, int] = {}


def are_gone(day: date) -> bool:
    """Whether every transaction that may hold lines of `day`, which is over, has ended; asking does not wait for them.

    On PostgreSQL numbers of transactions grow: all those below one that began after the day must have ended. On SQLite a writer
    holds the base alone: the turn of this one comes after theirs.
    """
    if connection.vendor != "postgresql":
        with transaction.atomic():  # IMMEDIATE: takes the turn of a writer
            return True
    with connection.cursor() as cursor:
        if day not in BORNES:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            BORNES[day] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM pg_snapshot_xip(pg_current_snapshot()) x WHERE x::text::bigint < %s)",
            [BORNES[day]],
        )
        gone = bool(cursor.fetchone()[0])
    if gone:
        del BORNES[day]
    return gone
