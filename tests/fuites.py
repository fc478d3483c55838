"""No NIR leaves: every one the suite uses is noted, then looked for in what the portal wrote.

Statements sent to the database and lines of the log are read as they are made, the files at the end: whatever was stored,
mailed or named. Each NIR is known the moment its blind index is computed, which nothing that handles one can avoid.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from enclos.socle import sealed
from tests import maison

SHAPE = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{6}")
USED: set[str] = set()
LEAKS: list[str] = []


def note(nir13: str) -> None:
    """Remember a synthetic NIR; what has not the shape of one is no secret."""
    if SHAPE.fullmatch(nir13) and nir13 not in USED:
        USED.add(nir13)


plain_index = sealed.blind_index


def noting_index(value: str) -> str:
    note(value)
    return plain_index(value)


# Done as this plugin is imported, so before any module of the portal can hold the plain one.
sealed.blind_index = noting_index


def found_in(text: str) -> str:
    """The first NIR of the suite that `text` holds, written in one piece or with separators."""
    compact = re.sub(r"[\s.\u00a0\u202f_-]+", "", text).upper()
    return next((nir for nir in USED if nir in compact), "")


def leak(where: str, nir13: str) -> None:
    LEAKS.append(f"{where} : un NIR se terminant par {nir13[-3:]}")


def watch_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    for row in params if many and params else [params]:
        for value in (row.values() if isinstance(row, dict) else row) or ():
            if isinstance(value, (bytes, bytearray, memoryview)):
                value = bytes(value).decode("latin-1")
            if isinstance(value, str) and len(value) >= 13 and (nir := found_in(value)):
                leak(f"base de données, {sql[:80]}", nir)
    return execute(sql, params, many, context)


def watch_connection(connection: BaseDatabaseWrapper, **_: object) -> None:
    if watch_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch_statement)


class Recorder(logging.Handler):
    """Reads each line of the log as the portal's own filter and formatter write it."""

    def emit(self, record: logging.LogRecord) -> None:
        if nir := found_in(self.format(record)):
            leak(f"journal technique, {record.name}", nir)


def pytest_configure() -> None:
    from django.conf import settings
    from django.utils.module_loading import import_string

    connection_created.connect(watch_connection)
    recorder = Recorder()
    recorder.addFilter(import_string(settings.LOGGING["filters"]["masque"]["()"])())
    recorder.setFormatter(import_string(settings.LOGGING["formatters"]["ligne"]["()"])())
    logging.getLogger().addHandler(recorder)


@pytest.fixture(autouse=True)
def no_nir_leaves() -> Iterator[None]:
    """Fail the very test during which one left by the database, the log or a mail."""
    from django.core import mail

    LEAKS.clear()
    yield
    for message in getattr(mail, "outbox", []):
        assert isinstance(message, EmailMessage)
        if nir := found_in(message.message().as_string()):
            leak(f"courriel « {message.subject} »", nir)
    assert not LEAKS, "\n".join(LEAKS)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what this process used where the first one will read it; the first one then reads every file."""
    notes = maison.DOSSIER / f"nir-{maison.WORKER}.txt"
    notes.write_text("\n".join(sorted(USED)))
    if maison.IS_WORKER:
        return
    known = {line for path in maison.DOSSIER.glob("nir-*.txt") for line in path.read_text().split()}
    leaks = list(search(maison.DOSSIER, known))
    if not leaks:
        return
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    report = pytest.TestReport(
        "tests/fuites.py::les_fichiers_ecrits",
        ("tests/fuites.py", 0, "fichiers"),
        {},
        "failed",
        "\n".join(leaks),
        "teardown",
    )
    if reporter is not None:
        reporter.stats.setdefault("failed", []).append(report)
    session.exitstatus = pytest.ExitCode.TESTS_FAILED


def search(root: Path, known: set[str]) -> Iterator[str]:
    """Every file under `root` whose bytes or name hold one of `known`, or its plain hash."""
    if not known:
        return
    needles = {nir.encode(): nir for nir in known}
    for nir in known:
        needles |= {
            getattr(hashlib, kind)(nir.encode()).hexdigest().encode(): nir for kind in ("md5", "sha1", "sha256")
        }
    # The second alternative looks ahead, so that a NIR inside a longer run of digits is seen too.
    pattern = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32,64}(?![0-9a-f])|(?=([1-478]\d{4}(?:\d{2}|2[AB])\d{6}))")
    for path in root.rglob("*"):
        if not path.is_file() or path.name.startswith("nir-"):
            continue
        if any(nir in path.name for nir in known):
            yield f"nom de fichier {path.parent}/…{path.suffix}"
        with path.open("rb") as stream:
            tail = b""
            while chunk := stream.read(4_000_000):
                for match in pattern.finditer(tail + chunk):
                    if (text := match[1] or match[0]) in needles:
                        yield f"{path} : un NIR se terminant par {needles[text][-3:]}"
                tail = chunk[-64:]
