"""What processes cost: CPU and memory, read from /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and its descendants, those alive."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    except OSError:
        pass
    return found


def cpu_ms(pids: list[int]) -> float:
    """CPU milliseconds used so far, dead children that were waited for included."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(fields[index]) for index in (11, 12, 13, 14))
    return total * 1000 / TICK


def pss_mb(pids: list[int]) -> float:
    """Memory in megabytes, shared pages counted once in all (proportional set size)."""
    total = 0
    for pid in pids:
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return total / 1000


def rss_mb(pid: int) -> float:
    try:
        return int(re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]) / 1000  # type: ignore[index]
    except (OSError, TypeError):
        return 0


@dataclass
class Meter:
    """CPU used by some processes since a moment."""

    pids: list[int]
    start_ms: float = 0

    def __post_init__(self) -> None:
        self.start_ms = cpu_ms(self.pids)

    def used_ms(self) -> float:
        return cpu_ms(self.pids) - self.start_ms
