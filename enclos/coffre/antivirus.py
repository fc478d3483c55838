"""Asks clamd whether bytes are dangerous. What it did not fully look at is never clean."""

import re
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from config.env import ENV

CHUNK_BYTES = 256 * 1024
LENGTH = struct.Struct("!L")
# What clamd says, when told to alert on it, of a file too big or too deep for its limits: it did not look, it found nothing.
UNSEEN = "Heuristics.Limits.Exceeded"


class ScannerUnavailable(Exception):
    """Nobody looked: clamd is away, too slow, or the file is over its limits. Try again later."""


@dataclass(frozen=True)
class Verdict:
    """What clamd found; `menace` is empty when it found nothing."""

    menace: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.menace


@dataclass(frozen=True)
class Version:
    """What clamd is, and of when its signatures are (None when it does not say)."""

    text: str
    signatures_at: datetime | None


def is_configured() -> bool:
    return bool(ENV.clamd)


def scan(data: bytes, *, timeout: float | None = None) -> Verdict:
    """Have bytes looked at within `timeout` seconds in all (default: `ENV.clamd_timeout_s`); raises `ScannerUnavailable`."""
    deadline = time.monotonic() + (ENV.clamd_timeout_s if timeout is None else timeout)
    view = memoryview(data)
    pieces = (view[start : start + CHUNK_BYTES] for start in range(0, len(view), CHUNK_BYTES))
    answer = ask(b"zINSTREAM\0", pieces, deadline)
    if answer == "stream: OK":
        return Verdict()
    found = re.fullmatch(r"stream: (.+) FOUND", answer)
    if found is None or found[1].startswith(UNSEEN):
        raise ScannerUnavailable(f"clamd answers « {answer[:100]} »")
    return Verdict(found[1][:120])


def version(*, timeout: float | None = None) -> Version:
    """What clamd says of itself; raises `ScannerUnavailable`."""
    answer = ask(b"zVERSION\0", None, time.monotonic() + (ENV.clamd_timeout_s if timeout is None else timeout))
    engine, *rest = answer.split("/", 2)  # ClamAV 1.4.2/27475/Thu Nov 21 09:41:51 2026
    try:
        moment = datetime.strptime(rest[1], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC) if len(rest) == 2 else None
    except ValueError:
        moment = None
    return Version(engine, moment)


def ask(command: bytes, pieces: Iterable[memoryview] | None, deadline: float) -> str:
    """One command, its stream if any, the answer. The deadline holds for the whole of it, however slowly it goes."""
    try:
        with connect(deadline) as link:
            try:
                send(link, command, deadline)
                for piece in pieces or ():
                    send(link, LENGTH.pack(len(piece)), deadline)
                    send(link, piece, deadline)
                if pieces is not None:
                    send(link, LENGTH.pack(0), deadline)
            except (BrokenPipeError, ConnectionResetError):
                pass  # over its limit it closes without reading the rest; what it said is perhaps still to be read
            answer = b""
            while not answer.endswith(b"\0") and (part := receive(link, deadline)):
                answer += part
    except OSError as error:
        raise ScannerUnavailable(f"clamd: {error or type(error).__name__}") from error
    if not answer.endswith(b"\0"):
        raise ScannerUnavailable("clamd closed without answering")
    return answer.rstrip(b"\0").decode("utf-8", "replace")


def connect(deadline: float) -> socket.socket:
    parts = urlsplit(ENV.clamd)
    if parts.scheme == "tcp":
        return socket.create_connection((parts.hostname or "localhost", parts.port or 3310), timeout=left(deadline))
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(left(deadline))
        link.connect(ENV.clamd.removeprefix("unix://").removeprefix("unix:"))
    except BaseException:
        link.close()
        raise
    return link


def send(link: socket.socket, data: bytes | memoryview, deadline: float) -> None:
    link.settimeout(left(deadline))
    link.sendall(data)


def receive(link: socket.socket, deadline: float) -> bytes:
    link.settimeout(left(deadline))
    return link.recv(4096)


def left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no answer in time")
    return seconds
