"""Looking at a file and drawing its pages are dear, and whoever is signed in may ask for many: each person has a few at once.

The rest of theirs wait, so that somebody who floods the portal with images or files delays nobody but themself.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from enclos.coffre.uploads import let_go_of_database
from enclos.socle.refusals import Refusal

AT_ONCE = 2  # for one person in one web process
WAITING = 40  # more than a browser asks for one page
LONGEST_WAIT = 20.0  # seconds


class TooManyAtOnce(Refusal):
    """This person asks for more than one person looks at."""

    def __init__(self) -> None:
        super().__init__(
            "Vous demandez beaucoup de choses à la fois. Attendez quelques secondes, puis recommencez.",
            code="trop_a_la_fois",
            status=429,
        )


class Tours:
    """So many at once for each person, so many waiting; the rest are refused at once."""

    def __init__(self, at_once: int = AT_ONCE, *, waiting: int = WAITING, longest_wait: float = LONGEST_WAIT) -> None:
        self.at_once = at_once
        self.waiting = waiting
        self.longest_wait = longest_wait
        self._busy: Counter[str] = Counter()
        self._queued: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def one(self, whom: str) -> Iterator[None]:
        """Hold one turn of `whom`. Raises `TooManyAtOnce` when their queue is full or does not move."""
        self._take(whom)
        try:
            yield
        finally:
            with self._changed:
                self._less(self._busy, whom)
                self._changed.notify_all()

    def _take(self, whom: str) -> None:
        with self._changed:
            if self._busy[whom] >= self.at_once:
                if self._queued[whom] >= self.waiting:
                    raise TooManyAtOnce
                self._queued[whom] += 1
                try:
                    is_free = self._changed.wait_for(lambda: self._busy[whom] < self.at_once, self.longest_wait)
                finally:
                    self._less(self._queued, whom)
                if not is_free:
                    raise TooManyAtOnce
            self._busy[whom] += 1

    @staticmethod
    def _less(count: Counter[str], whom: str) -> None:
        count[whom] -= 1
        if count[whom] <= 0:
            del count[whom]


TOURS = Tours()


@contextmanager
def in_turn(request: Any) -> Iterator[None]:
    """One turn of who asks; the connection to the database is given back meanwhile. Raises `TooManyAtOnce`."""
    whom = str(request.user.pk)
    let_go_of_database()
    with TOURS.one(whom):
        yield
