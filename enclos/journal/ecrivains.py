"""Whether whoever wrote before an instant has surely finished: a line committed after the seal of its day would be in none."""

from collections.abc import Hashable

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

# The number of a transaction begun when one first asked about each day, or key, that waits. Lost with the process, and then taken again.
BORNES: dict[Hashable, int] = {}


def are_gone(what: Hashable) -> bool:
    """Whether every transaction that had begun when one first asked about `what` has ended; asking does not wait for them.

    `what` is a day that is over, or a key that is in the journal already. On PostgreSQL numbers of transactions grow: all those of
    this base below one that began then must have ended; what another base of the same server does keeps nothing open. On SQLite a
    writer holds the base alone: the turn of this one comes after theirs.
    """
    if connection.vendor != "postgresql":
        with transaction.atomic():  # IMMEDIATE: takes the turn of a writer
            return True
    with connection.cursor() as cursor:
        if what not in BORNES:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            BORNES[what] = cursor.fetchone()[0]
        gone = False
        for _ in range(LOOKS):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(STILL_WRITING, [BORNES[what]])
            if gone := not cursor.fetchone()[0]:
                break
    if gone:
        del BORNES[what]
    return gone
