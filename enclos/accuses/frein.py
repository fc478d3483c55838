"""A light brake for the one public page that computes: so many tries a minute for a source, counted by each process.

It spares the processor. It guards no secret: reference and code together are worth 85 bits.
"""

import threading
import time
from collections import Counter

from django.http import HttpRequest

from config.env import ENV

TRIES_A_MINUTE = 30


class Brake:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.minute = 0
        self.tries: Counter[str] = Counter()
        self.lock = threading.Lock()

    def refuses(self, source: str) -> bool:
        """Count one try of `source`, and tell whether it is one too many."""
        minute = int(time.monotonic() // 60)
        with self.lock:
            if minute != self.minute:
                self.minute = minute
                self.tries.clear()
            self.tries[source] += 1
            return self.tries[source] > self.limit


def source_of(request: HttpRequest) -> str:
    """The address the request comes from, as the last proxy we trust saw it."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if ENV.trusted_proxies and len(forwarded) >= ENV.trusted_proxies:
        return str(forwarded[-ENV.trusted_proxies])
    return str(request.META.get("REMOTE_ADDR", ""))


BRAKE = Brake(TRIES_A_MINUTE)
