"""How passwords are kept, and how many are computed at once.

A hash is the dearest thing the portal computes, and anybody may ask for one: so few run together, on threads of low priority, and
who would wait too long is told to come back. The other pages then keep their speed while somebody floods the sign-in page.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password, verify_password

from config.env import ENV
from enclos.socle.refusals import Refusal

WAITING_PER_SLOT = 16  # people who may wait for each computation: what is computed within the longest wait, or nearly
LONGEST_WAIT = 4.0  # seconds
NICENESS = 10  # so that a page is served before a hash goes on


class Argon2id(Argon2PasswordHasher):
    """Argon2id with 19 MiB, 2 passes and 1 lane, the least of OWASP and ASVS: Django's 100 MiB would be a lever to stop the server.

    A password kept with other parameters is hashed anew at the next sign-in (Django's `must_update`).
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


class Busy(Refusal):
    """Too many people sign in at this instant."""

    retry_after = 5  # seconds

    def __init__(self) -> None:
        super().__init__(
            "Beaucoup de personnes se connectent en ce moment. Attendez quelques secondes, puis essayez à nouveau.",
            code="hachages",
            status=503,
        )


class Slots:
    """So many computations at once, so many people waiting, and the rest sent away at once."""

    def __init__(self, count: int, *, waiting: int, longest_wait: float) -> None:
        self.count = count
        self._free = threading.BoundedSemaphore(count)
        self._door = threading.BoundedSemaphore(count + waiting)
        self.longest_wait = longest_wait

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a slot. Raises `Busy` when the queue is full or does not move."""
        if not self._door.acquire(blocking=False):
            raise Busy
        try:
            if not self._free.acquire(timeout=self.longest_wait):
                raise Busy
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._door.release()


SLOTS = Slots(ENV.hashes_at_once, waiting=WAITING_PER_SLOT * ENV.hashes_at_once, longest_wait=LONGEST_WAIT)


def lower_priority() -> None:
    """This thread gives way to the others (on Linux a niceness is a thread's own)."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@cache
def workers() -> ThreadPoolExecutor:
    """Started at the first sign-in, so after the server has forked."""
    return ThreadPoolExecutor(ENV.hashes_at_once, thread_name_prefix="hachage", initializer=lower_priority)


def on_the_side[T](compute: Callable[[], T]) -> T:
    """Run on a thread of low priority; Argon2 frees the interpreter while it computes."""
    return workers().submit(compute).result()


@cache
def dummy() -> str:
    """What the password of somebody unknown is compared with: as long to compute as a real one."""
    return make_password("personne")


def verify(password: str, encoded: str | None) -> tuple[bool, bool]:
    """(right, to be hashed anew). One computation, whether `encoded` is a password, unusable or absent."""
    stand_in = dummy()  # asked for in any case: the first one of a process is computed for a member as for a stranger
    known = encoded if encoded and encoded.startswith("argon2$") else None
    right, outdated = on_the_side(lambda: verify_password(password, known or stand_in))
    return (right, outdated) if known else (False, False)
