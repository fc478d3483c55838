"""What the suite needs before Django wakes up: its mode, its folder, its database. Loaded by `-p tests.maison`.

`TESTS_BASE=postgresql` runs the same tests on a throw-away PostgreSQL server; the default is SQLite. One process holds one
database, as one installation does, so `make test` runs the suite twice rather than every test twice in one process.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = [
    "tests.fuites",
    "tests.gardes",
    "tests.services.postgres",
    "tests.services.clamd",
    "tests.services.s3",
    "tests.services.smtp",
    "tests.services.inspection",
]

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "seul")
BASE = os.environ.get("TESTS_BASE", "sqlite")

if not IS_WORKER:
    # Settings of the person at the keyboard are not those of the suite.
    for name in [name for name in os.environ if name.startswith("ENCLOS_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="enclos-tests-"))
    folder.chmod(0o711)  # the database server of a root account runs as another
    os.environ["TESTS_DOSSIER"] = str(folder)

DOSSIER = Path(os.environ["TESTS_DOSSIER"])
"""Everything the suite writes: one folder a worker, and `traces/`, where what left the portal is kept to be searched."""

TRACES = DOSSIER / "traces"

if not IS_WORKER and BASE == "postgresql":
    from tests.services.grappe import Cluster

    CLUSTER = Cluster.start(DOSSIER / "postgres")
    os.environ["TESTS_DATABASE_URL"] = CLUSTER.url("enclos")
elif not IS_WORKER:
    os.environ["TESTS_DATABASE_URL"] = ""

INSPECTION = DOSSIER / f"inspection-{WORKER}.sock"
TRACES.mkdir(exist_ok=True)
data = DOSSIER / WORKER
(data / "statique").mkdir(parents=True, exist_ok=True)
os.environ.update(
    ENCLOS_MODE="test",
    ENCLOS_DATA_DIR=str(data),
    ENCLOS_DATABASE_URL=os.environ["TESTS_DATABASE_URL"] or f"sqlite:///{data}/enclos.sqlite3",
    ENCLOS_INSPECTOR_SOCKET=str(INSPECTION),
    ENCLOS_SECRET_KEY="une clé pour les essais, qui ne sert nulle part ailleurs",
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file, not memory: threads and processes then lock one another as they do in an installation."""
    from django.conf import settings

    if BASE == "sqlite":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(data / "essais.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def the_end_of_a_test_empties_the_journal() -> Iterator[None]:
    """A test that commits leaves a base to be emptied, which the triggers of SQLite refuse (PostgreSQL truncates)."""
    if BASE != "sqlite":
        yield
        return
    from django.db.backends.sqlite3.operations import DatabaseOperations

    from enclos.journal import declencheurs

    plain = DatabaseOperations.execute_sql_flush

    def flush(self: Any, statements: list[str]) -> None:
        declencheurs.remove(self.connection)
        try:
            plain(self, statements)
        finally:
            declencheurs.install(self.connection)

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = plain


def pytest_report_header() -> str:
    return f"base : {BASE} ; dossier : {DOSSIER}"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if IS_WORKER:
        return
    if BASE == "postgresql":
        CLUSTER.stop()
    shutil.rmtree(DOSSIER, ignore_errors=True)
