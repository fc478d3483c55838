"""Another day for what the demo plays: its bench has worked for weeks before anybody opens it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone


@contextmanager
def on(moment: datetime) -> Iterator[None]:
    """What the house does in this block is dated of `moment`: receipts, promises and lines of the journal alike.

    For one thread, before anything is served.
    """
    real = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = real
