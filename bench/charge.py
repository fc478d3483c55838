"""Clients that ask again and again, and what they saw."""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.client import Client


@dataclass
class Releve:
    """What a load gave: one duration per thing done, in seconds."""

    durations: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elapsed: float = 0

    @property
    def rate(self) -> float:
        return len(self.durations) / self.elapsed if self.elapsed else 0

    def quantile(self, part: float) -> float:
        if not self.durations:
            return float("nan")
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    @property
    def median(self) -> float:
        return statistics.median(self.durations) if self.durations else float("nan")


def run(clients: Sequence[Client], work: Callable[[Client], object], *, seconds: float = 0, times: int = 0) -> Releve:
    """Each client does `work` over and over, for `seconds` or until `times` were done in all. Errors are counted, not raised."""
    releve, lock, left = Releve(), threading.Lock(), [times]
    start = threading.Barrier(len(clients) + 1)
    deadline = [float("inf")]

    def loop(client: Client) -> None:
        start.wait()
        while time.perf_counter() < deadline[0]:
            if times:
                with lock:
                    if left[0] <= 0:
                        return
                    left[0] -= 1
            began = time.perf_counter()
            try:
                work(client)
            except Exception as error:
                with lock:
                    releve.errors.append(f"{type(error).__name__}: {error}"[:300])
                if len(releve.errors) > 50:
                    return
                continue
            with lock:
                releve.durations.append(time.perf_counter() - began)

    threads = [threading.Thread(target=loop, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    deadline[0] = time.perf_counter() + seconds if seconds else float("inf")
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join(300)
    releve.elapsed = time.perf_counter() - began
    return releve
