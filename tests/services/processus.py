"""What the services of the suite have in common: a port nobody uses, a process that ends with the suite, a wait."""

import ctypes
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

_given = itertools.count()
ROOT = Path(__file__).resolve().parents[2]


def die_with_parent() -> None:
    """Asked of the kernel by the child: a suite killed without mercy leaves no server behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def prepared(name: str) -> str:
    """What outils/preparer-tests found, or an empty text when it was not run."""
    notes = ROOT / ".cache" / "tests.env"
    if notes.is_file():
        for line in notes.read_text().splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return value
    return ""


def free_port() -> int:
    """A port of the loopback that nobody listens on; low enough for those who add 10 000 to it.

    Two processes may look at once: each begins where its number says, and never gives the same twice. Below the ports the
    system gives to clients: one who knocks at a free one of those may meet itself.
    """
    for _ in range(1000):
        port = 20_000 + (os.getpid() * 97 + next(_given)) % 12_700
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def stop(process: "subprocess.Popen[bytes]", *, signal_number: int = signal.SIGTERM, patience: float = 10) -> None:
    if process.poll() is None:
        process.send_signal(signal_number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(
    ready: Callable[[], object], process: "subprocess.Popen[bytes]", log: Path, *, patience: float = 30
) -> None:
    """Return once `ready` says so; raises `RuntimeError` with the end of its log when the process dies or takes too long."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return
        time.sleep(0.05)
    stop(process)
    raise RuntimeError(f"{process.args!r}\n{log.read_text(errors='replace')[-2000:]}")
