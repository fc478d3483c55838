"""`enclos doctor` before a production that is ready, then before the same with something missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import maison
from tests.services.clamd import Clamd
from tests.services.grappe import Cluster
from tests.services.processus import ROOT, free_port
from tests.services.production import production_env
from tests.services.smtp import Smtp

ENCLOS = [sys.executable, "-m", "enclos"]


@pytest.fixture(scope="module")
def folder() -> Path:
    return maison.DOSSIER / f"production-{maison.WORKER}"


@pytest.fixture(scope="module")
def installed(postgres: Cluster, clamd: Clamd, folder: Path) -> dict[str, str]:
    """A production on real servers, migrated."""
    env = production_env(folder, database_url=postgres.create(f"docteur_{free_port()}"), clamd=clamd.url)
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([*ENCLOS, *command], env=env, cwd=ROOT, check=True)
    return env


@pytest.fixture
def ready(installed: dict[str, str], smtp: Smtp) -> dict[str, str]:
    return installed | {"ENCLOS_SMTP_URL": smtp.url}


def doctor(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*ENCLOS, "doctor"], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_says_yes_only_when_all_is_there(ready: dict[str, str], folder: Path) -> None:
    # The cluster of the suite makes no fsync: that alone must be said, and refused.
    told = doctor(ready)
    faults = [line.strip() for line in told.stdout.splitlines() if "À CORRIGER" in line]
    assert told.returncode == 1, told.stdout + told.stderr
    assert len(faults) == 3, told.stdout
    assert all("une panne de courant perdrait des envois" in fault for fault in faults)

    (folder / "secrets/index_key").chmod(0o644)
    wrong = ready | {
        "ENCLOS_CLAMD": "unix:/nulle/part",
        "ENCLOS_STORAGE_URL": "file:///proc/nulle/part",
        "ENCLOS_SMTP_URL": "smtp://127.0.0.1:9",
    }
    told = doctor(wrong)
    (folder / "secrets/index_key").chmod(0o600)
    assert told.returncode == 1
    for words in (
        "chmod 600",
        "L’antivirus ne répond pas",
        "Le coffre n’est pas utilisable",
        "Le serveur de courriel 127.0.0.1:9",
    ):
        assert words in told.stdout, told.stdout
    assert "Traceback" not in told.stdout + told.stderr


def test_with_a_durable_database_it_says_yes(ready: dict[str, str], folder: Path) -> None:
    env = ready | {"ENCLOS_DATABASE_URL": f"sqlite:////{str(folder / 'durable.sqlite3').lstrip('/')}"}
    assert "La base n’est pas à jour" in doctor(env).stdout
    subprocess.run([*ENCLOS, "migrate", "-v0"], env=env, cwd=ROOT, check=True)
    told = doctor(env)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.endswith("Prêt pour la production.\n")


def test_with_the_database_away_it_says_so_and_goes_on(ready: dict[str, str]) -> None:
    told = doctor(ready | {"ENCLOS_DATABASE_URL": "postgresql://enclos@127.0.0.1:9/enclos"})
    assert told.returncode == 1
    assert "La base ne répond pas" in told.stdout
    assert "Le cachet qui signe" in told.stdout


def test_a_demo_is_never_ready(tmp_path: Path) -> None:
    told = doctor({"PATH": "/usr/bin:/bin", "ENCLOS_DATA_DIR": str(tmp_path)})
    assert told.returncode == 1
    assert "Le mode est « dev »" in told.stdout
