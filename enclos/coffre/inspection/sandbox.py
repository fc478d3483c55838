"""Take away from a process everything that looking at a file does not need.

Four independent walls, each enough to stop the common attack: limits (memory, time, output), no new privileges and
empty namespaces (no network), Landlock (no file), seccomp (only the system calls of pure computation). Container
hosts often forbid some of them: what is missing is told by `status`, and shown as « réduit », never hidden.
Linux numbers are written out because Python does not expose them; elsewhere only the limits hold.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_RESTRICT_SELF = 446
LANDLOCK_CREATE_RULESET_VERSION = 1

# Only what allocating, computing and ending need. Opening, connecting, forking, signalling, executing: refused.
# Name → number on x86_64, number on aarch64.
_ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "getcwd": (79, 17),  # Pillow asks where it is before writing in memory
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, audit number
# The HEVC decoder works in a thread of its own: threads may be made, processes may not. `clone3` hides its flags in
# memory, where a filter cannot look: it is said not to exist, and the C library falls back on `clone`.
_CLONE = (56, 220)
_CLONE3 = 435
_CLONE_THREAD = 0x00010000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use. `address_space` in bytes, `cpu` in seconds of computation."""

    address_space: int
    cpu: int
    open_files: int


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def share_one_arena() -> None:
    """Have all threads allocate from one arena: each other one would reserve 64 MB of the address space."""
    if sys.platform == "linux":
        _libc().mallopt(-8, 1)  # M_ARENA_MAX


def isolate_server() -> bool:
    """Leave the network and every privilege, once, before the first child. False where the host forbids it.

    Must run while the process has a single thread. A path socket bound before still receives connections.
    """
    if sys.platform != "linux":
        return False
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET | os.CLONE_NEWIPC | os.CLONE_NEWUTS)
    except OSError:
        return False
    return True


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, and die at once if that has already happened."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def limit(limits: Limits) -> None:
    """Set the kernel's limits. Soft equals hard: nothing in this process can raise them again.

    Only computation has a second more of hard limit, so that the signal tells it from a plain kill. The number of
    processes is left to seccomp: the kernel's limit counts threads too, and the HEVC decoder needs one.
    """
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_AS, limits.address_space),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value + 1 if kind == resource.RLIMIT_CPU else value))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise  # elsewhere some limits are refused, and `status` says « reduced »


def forbid_privileges() -> bool:
    """Make sure that no later call can give this process a right it lacks (needed by the two functions below)."""
    return sys.platform == "linux" and bool(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def forbid_files() -> bool:
    """Close the whole file system, TCP, and signals to others, by Landlock. False when the kernel lacks it."""
    if sys.platform != "linux":
        return False
    libc = _libc()
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", files, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        return bool(libc.syscall(LANDLOCK_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def forbid_system_calls() -> bool:
    """Allow only the system calls of pure computation; any other one fails with EPERM. False when it cannot be done."""
    known = _ARCHITECTURES.get(os.uname().machine)
    if sys.platform != "linux" or known is None:
        return False
    column, audit = known
    program = _program(audit, [numbers[column] for numbers in _ALLOWED.values()], _CLONE[column])
    prog = _Filter(len(program) // 8, program)
    return bool(_libc().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(prog), 0, 0) == 0)


def _program(audit: int, calls: list[int], clone: int) -> bytes:
    """Assemble the filter: right architecture or die; a thread, a listed call, or EPERM."""

    def instruction(code: int, if_true: int, if_false: int, value: int) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    load, equals, has_bits, answer = 0x20, 0x15, 0x45, 0x06
    allowed, not_permitted, no_such_call, killed = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    lines = [
        instruction(load, 0, 0, 4),
        instruction(equals, 1, 0, audit),
        instruction(answer, 0, 0, killed),
        instruction(load, 0, 0, 0),
        instruction(equals, 0, 1, _CLONE3),
        instruction(answer, 0, 0, no_such_call),
        instruction(equals, 0, 4, clone),
        instruction(load, 0, 0, 16),  # the low half of its first argument, the flags
        instruction(has_bits, 0, 1, _CLONE_THREAD),
        instruction(answer, 0, 0, allowed),
        instruction(answer, 0, 0, not_permitted),
    ]
    lines += [instruction(equals, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    lines += [instruction(answer, 0, 0, not_permitted), instruction(answer, 0, 0, allowed)]
    return b"".join(lines)


def confine(limits: Limits, *, parent: int) -> dict[str, bool]:
    """Raise every wall around this child and tell which ones stand. Nothing can be opened afterwards."""
    os.environ.clear()
    die_with_parent(parent)
    limit(limits)
    standing = {"privileges": forbid_privileges()}
    standing["landlock"] = standing["privileges"] and forbid_files()
    standing["seccomp"] = standing["privileges"] and forbid_system_calls()
    return standing
