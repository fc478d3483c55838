"""Whether whoever wrote on a day that is over has surely finished: a line committed after the seal of its day would be in none."""

from datetime import date

from django.db import connection, transaction

# Transactions of the whole server that are below a number and not known to be of another base. One that ended meanwhile is in no
# list of activities any more: it is looked at again.
STILL_WRITING = """
    SELECT EXISTS (
        SELECT 1 FROM pg_snapshot_xip(pg_current_snapshot()) x
        WHERE x::text::bigint < %s AND NOT EXISTS (
            SELECT 1 FROM pg_stat_activity a
            WHERE a.backend_xid::text::bigint = mod(x::text::bigint, 4294967296) AND a.datname <> current_database()
        )
    )
"""
LOOKS = 3

# The number of a transaction begun once the day was over, for each day that waits. Lost with the process, and then taken again.
BORNES: dict[date, int] = {}


def are_gone(day: date) -> bool:
    """Whether every transaction that may hold lines of `day`, which is over, has ended; asking does not wait for them.

    On PostgreSQL numbers of transactions grow: all those of this base below one that began after the day must have ended; what
    another base of the same server does keeps no day open. On SQLite a writer holds the base alone: the turn of this one comes after
    theirs.
    """
    if connection.vendor != "postgresql":
        with transaction.atomic():  # IMMEDIATE: takes the turn of a writer
            return True
    with connection.cursor() as cursor:
        if day not in BORNES:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            BORNES[day] = cursor.fetchone()[0]
        gone = False
        for _ in range(LOOKS):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(STILL_WRITING, [BORNES[day]])
            if gone := not cursor.fetchone()[0]:
                break
    if gone:
        del BORNES[day]
    return gone
