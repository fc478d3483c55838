"""The fork server: imports the readers once, then one limited child per request. It parses nothing itself.

One thread, one selector. A child dies, loops, or eats memory: its request is answered « refused », and the next one
starts. More requests than children wait in a bounded queue; past it the answer is « busy ».
"""

import argparse
import contextlib
import gc
import mmap
import os
import resource
import selectors
import signal
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from enclos.coffre.inspection import child, protocol, sandbox
from enclos.coffre.inspection.client import address_of
from enclos.coffre.inspection.limits import (
    ANSWER_MAX_BYTES,
    CPU_S,
    HUGE_CPU_S,
    HUGE_MEMORY_BYTES,
    HUGE_WALL_S,
    MEMORY_BYTES,
    OPEN_FILES,
    RECEIVE_S,
    REQUEST_MAX_BYTES,
    WAITING_MAX,
    WALL_S,
)

OPERATIONS = ("inspect", "render", "assemble", "fragment")


@dataclass(eq=False)
class Job:
    """One connection, from its first byte to its answer."""

    connection: socket.socket
    deadline: float
    received: bytearray = field(default_factory=bytearray)
    fds: list[int] = field(default_factory=list)
    request: dict[str, object] | None = None
    answer_fd: int = -1
    pid: int = 0
    is_huge: bool = False
    is_timed_out: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the server behaves; the defaults are those of production, tests shorten them."""

    slots: int = max(1, os.cpu_count() or 1)
    waiting: int = WAITING_MAX
    memory: int = MEMORY_BYTES
    huge_memory: int = HUGE_MEMORY_BYTES
    cpu: int = CPU_S
    wall: float = WALL_S
    with_trials: bool = False
    parent: int = 0


class Server:
    """Serve requests on a listening socket until told to stop, or until the parent is gone."""

    def __init__(self, listener: socket.socket, settings: Settings) -> None:
        self.settings = settings
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.waiting: deque[Job] = deque()
        self.running: dict[int, Job] = {}
        self.receiving: set[Job] = set()
        self.served = self.refused_busy = self.killed = 0
        self.is_stopping = False
        self.protections: dict[str, bool] = {}
        self.pid = os.getpid()

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Loop until stopped; then kill what still runs."""
        self._listen_to_signals()
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        while not self.is_stopping:
            for key, _ in self.selector.select(self._patience()):
                if key.fileobj is self.listener:
                    self._accept()
                elif isinstance(key.data, Job):
                    self._hear(key.data)
                else:
                    self._drain(key.fd)
            self._reap()
            self._expire()
            self._dispatch()
            if self.settings.parent and os.getppid() != self.settings.parent:
                break
        for job in [*self.running.values(), *self.waiting, *self.receiving]:
            self._kill(job)
            self._forget(job)

    def _listen_to_signals(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])  # whoever started this one may have blocked some
        read_end, write_end = os.pipe()
        for end in (read_end, write_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.selector.register(read_end, selectors.EVENT_READ, "signals")

    def _stop(self, *_: object) -> None:
        self.is_stopping = True

    @staticmethod
    def _drain(fd: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(fd, 4096)

    def _patience(self) -> float:
        """Seconds until something must be looked at even if nothing happens."""
        deadlines = [job.deadline for job in (*self.running.values(), *self.receiving)]
        soonest = min(deadlines) - time.monotonic() if deadlines else 60.0
        return max(0.0, min(soonest, 1.0 if self.settings.parent else 60.0))

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────────

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError:  # no descriptor left: what runs will give some back
                return
            connection.setblocking(False)
            job = Job(connection, time.monotonic() + RECEIVE_S)
            if len(self.receiving) > 2 * self.settings.waiting:
                self._answer(job, {"outcome": "busy"})
                continue
            self.receiving.add(job)
            self.selector.register(connection, selectors.EVENT_READ, job)
            self._hear(job)

    def _hear(self, job: Job) -> None:
        """Read from a client: more of its request, or the news that it has gone."""
        try:
            is_open = protocol.receive_some(job.connection, job.received, job.fds)
        except BlockingIOError:
            return
        except OSError:
            is_open = False
        if not is_open:
            self._kill(job)
            if not job.pid:
                self._forget(job)
            else:
                self.selector.unregister(job.connection)
                job.connection.close()
            return
        if job.request is not None:
            return
        try:
            job.request = protocol.unpack(job.received)
        except protocol.ProtocolError as error:
            self._answer(job, {"outcome": "invalid", "reason": str(error)})
            return
        if job.request is not None:
            self.receiving.discard(job)
            self._admit(job)

    def _admit(self, job: Job) -> None:
        assert job.request is not None
        operation = job.request.get("op")
        if operation == "status":
            self._answer(job, self.status())
        elif operation not in OPERATIONS and not (operation == "trial" and self.settings.with_trials):
            self._answer(job, {"outcome": "invalid", "reason": "unknown operation"})
        elif len(job.fds) != 1 or os.fstat(job.fds[0]).st_size > REQUEST_MAX_BYTES:
            self._answer(job, {"outcome": "invalid", "reason": "one file is expected, of a bounded size"})
        elif len(self.waiting) >= self.settings.waiting:
            self.refused_busy += 1
            self._answer(job, {"outcome": "busy"})
        else:
            self.waiting.append(job)
            self._dispatch()  # at once: a request that a free child takes does not count as waiting

    def status(self) -> dict[str, object]:
        """What `Inspector.status` gives. `sandbox` is « complete » when trials showed that every wall stands.

        The other protections are what the walls are made of: a container host may forbid some of them.
        """
        return {
            "outcome": "status",
            "sandbox": "complete" if all(self.protections.get(wall) for wall in child.WALLS) else "reduced",
            "protections": self.protections,
            "slots": self.settings.slots,
            "running": len(self.running),
            "waiting": len(self.waiting),
            "served": self.served,
            "refused_busy": self.refused_busy,
            "killed": self.killed,
            "pid": self.pid,
        }

    def _answer(self, job: Job, header: dict[str, object], fd: int | None = None) -> None:
        with contextlib.suppress(OSError):  # the client may have gone
            protocol.send(job.connection, header, fd)
        self._forget(job)

    def _forget(self, job: Job) -> None:
        self.receiving.discard(job)
        with contextlib.suppress(ValueError):
            self.waiting.remove(job)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(job.connection)
        job.connection.close()
        for fd in (*job.fds, job.answer_fd):
            if fd >= 0:
                os.close(fd)
        job.fds, job.answer_fd = [], -1

    # ── children ──────────────────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self) -> None:
        """Start waiting jobs while there is room; only one huge one at a time, the others pass before it."""
        for job in list(self.waiting):
            if len(self.running) >= self.settings.slots:
                return
            if job.is_huge and any(other.is_huge for other in self.running.values()):
                continue
            self.waiting.remove(job)
            self._fork(job)

    def _fork(self, job: Job) -> None:
        if job.answer_fd < 0:
            job.answer_fd = protocol.anonymous_file("inspecte")
            os.ftruncate(job.answer_fd, ANSWER_MAX_BYTES)
        try:
            pid = os.fork()
        except OSError:
            self._answer(job, {"outcome": "busy"})
            return
        if pid == 0:
            self._become_child(job)
        job.pid = pid
        job.deadline = time.monotonic() + (HUGE_WALL_S if job.is_huge else self.settings.wall)
        self.running[pid] = job

    def _become_child(self, job: Job) -> None:
        """Never returns. Whatever happens here ends this process, with a code that `_conclude` reads."""
        code = child.BROKEN
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            assert job.request is not None
            answer = mmap.mmap(job.answer_fd, ANSWER_MAX_BYTES)
            size = os.fstat(job.fds[0]).st_size
            data = os.pread(job.fds[0], size, 0) if size else b""
            self._close_everything()
            settings = self.settings
            mapped = size + ANSWER_MAX_BYTES
            sandbox.confine(
                sandbox.Limits(
                    address_space=(settings.huge_memory if job.is_huge else settings.memory) + mapped,
                    cpu=HUGE_CPU_S if job.is_huge else settings.cpu,
                    open_files=OPEN_FILES,
                ),
                parent=self.pid,
            )
            code = child.work(job.request, data, answer, is_huge=job.is_huge)
        except BaseException:
            code = child.BROKEN
        finally:
            os._exit(code)

    @staticmethod
    def _close_everything() -> None:
        """Keep no descriptor of the server: neither its sockets nor other members' files, nor a log to write in."""
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    def _kill(self, job: Job) -> None:
        if job.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGKILL)

    def _expire(self) -> None:
        now = time.monotonic()
        for job in [job for job in self.receiving if job.deadline <= now]:
            self._answer(job, {"outcome": "invalid", "reason": "request too slow"})
        for job in self.running.values():
            if job.deadline <= now and not job.is_timed_out:
                job.is_timed_out = True
                self._kill(job)

    def _reap(self) -> None:
        for pid, job in list(self.running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self.running[pid]
                job.pid = 0
                self._conclude(job, os.waitstatus_to_exitcode(status))

    def _conclude(self, job: Job, code: int) -> None:
        """Tell the client what became of its file, from how the child ended."""
        self.served += 1
        if code == child.ANSWERED:
            self._answer(job, {"outcome": "answered"}, job.answer_fd)
        elif code == child.NEEDS_MORE and not job.is_huge:
            job.is_huge = True
            self.waiting.appendleft(job)
        else:
            self.killed += 1
            reason = "trop_long" if job.is_timed_out or code == -signal.SIGXCPU else "analyse_impossible"
            if code == child.OUT_OF_MEMORY:
                reason = "trop_gonfle"
            self._answer(job, {"outcome": "refused", "code": reason, "details": {"fin": code}})


def listen(path: str) -> socket.socket:
    """Bind the socket at `path`, mode 0600, replacing one that nobody answers any more."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder, name = os.path.split(path)
    fresh = os.path.join(folder, f".{name}.{os.getpid()}")
    mask = os.umask(0o177)
    try:
        with address_of(fresh) as address:
            listener.bind(address)
    finally:
        os.umask(mask)
    listener.listen(128)
    os.rename(fresh, path)  # at no moment does the path lead to a socket that does not listen
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Run the server. See `--help`."""
    parser = argparse.ArgumentParser(prog="enclos.coffre.inspection", description=__doc__)
    parser.add_argument("socket", type=Path)
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    parser.add_argument("--with-trials", action="store_true", help="obey the requests that make a child misbehave")
    parser.add_argument("--slots", type=int, default=Settings.slots)
    parser.add_argument("--waiting", type=int, default=WAITING_MAX)
    parser.add_argument("--memory", type=int, default=MEMORY_BYTES)
    parser.add_argument("--cpu", type=int, default=CPU_S)
    parser.add_argument("--wall", type=float, default=WALL_S)
    chosen = parser.parse_args(arguments)
    settings = Settings(
        slots=chosen.slots,
        waiting=chosen.waiting,
        memory=chosen.memory,
        cpu=chosen.cpu,
        wall=chosen.wall,
        with_trials=chosen.with_trials,
        parent=os.getppid() if chosen.with_parent else 0,
    )
    os.environ.clear()
    child.prepare()
    gc.collect()
    gc.freeze()  # what the readers loaded is never looked at again: children keep sharing its memory
    path = os.path.abspath(chosen.socket)
    listener = listen(path)
    mine = os.stat(path).st_ino
    try:
        server = Server(listener, settings)
        server.protections = child.proven_protections(namespaces=sandbox.isolate_server())
        server.run()
    finally:
        with contextlib.suppress(OSError):
            if os.stat(path).st_ino == mine:
                os.unlink(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
