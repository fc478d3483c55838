"""Processes that the portal starts beside itself, and that never outlive it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8


def die_with_parent(signal_number: int = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent goes, even killed without mercy. Linux only; elsewhere it does nothing.

    The parent is the *thread* that started this process: start children from a thread that lasts.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)


def give_memory_back() -> None:
    """Tell glibc to share two arenas among all threads and to give large blocks back at once.

    By default each of a hundred threads may keep an arena of its own, and after a few files none returns what they held.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, 256 * 1024)
        mallopt(M_TRIM_THRESHOLD, 256 * 1024)


def _first_breath() -> None:
    die_with_parent()
    # The terminal's Ctrl-C is for the parent, which ends its children in order.
    os.setsid()


def start(
    arguments: Sequence[str | Path], *, env: Mapping[str, str] | None = None, output: int | None = None
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, which ends with us."""
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        preexec_fn=_first_breath,
    )


def stop(children: Sequence["subprocess.Popen[bytes]"], *, patience: float = 15.0) -> None:
    """Ask each to end, in the order given, and insist after `patience` seconds in all."""
    deadline = time.monotonic() + patience
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
