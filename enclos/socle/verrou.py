"""One at a time: a lock that ends with its process, however it ends."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from config.env import ENV


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold the lock `name`, or raise `AlreadyRunning` at once.

    On PostgreSQL the lock is the server's, whichever machine asks; on SQLite, a locked file in the data folder of the one machine
    there is. Both are given back by a kill -9.
    """
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(f"enclos.{name}".encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
            if not cursor.fetchone()[0]:
                raise AlreadyRunning(name)
            try:
                yield
            finally:
                if connection.is_usable():
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
        return
    ENV.data_dir.mkdir(parents=True, exist_ok=True)
    with (ENV.data_dir / f"{name}.verrou").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(name) from None
        yield
