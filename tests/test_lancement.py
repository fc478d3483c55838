"""The `enclos` command before anything is right: what the operator can mend is said in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from enclos.demo.preparation import MARK, adopt, prepare
from tests.services.processus import ROOT, free_port


def enclos(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ENCLOS_", "TESTS_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "enclos", *arguments], env=env | environ, cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_a_wrong_setting_is_said_in_one_sentence() -> None:
    ended = enclos("controler", ENCLOS_COULEUR="vert")
    assert ended.returncode == 1
    assert ended.stderr.strip() == "ENCLOS_COULEUR n’est pas un réglage d’Enclos : voyez docs/guides/configuration.md."


@pytest.mark.parametrize("command", ["controler", "exporter"])
def test_a_database_that_is_not_migrated_says_what_to_run(tmp_path: Path, command: str) -> None:
    folder = [str(tmp_path / "dossier")] if command == "exporter" else []
    ended = enclos(command, *folder, ENCLOS_DATA_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.strip() == "La base de données n’est pas à jour. Lancez d’abord : enclos migrate"


def test_the_doctor_examines_all_even_an_empty_installation(tmp_path: Path) -> None:
    ended = enclos("doctor", ENCLOS_DATA_DIR=str(tmp_path), ENCLOS_STORAGE_URL=f"file://{tmp_path}/coffre")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "→ enclos migrate" in ended.stdout
    assert "Fichiers statiques" in ended.stdout


def test_other_commands_work_on_the_data_of_a_demo(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shown: dict[str, str] = {}
    prepare(["--data", str(folder), "--port", str(free_port())], shown)
    other = {"ENCLOS_DATA_DIR": str(folder)}
    adopt(other)
    assert (folder / MARK).is_file()
    assert other["ENCLOS_MODE"] == "demo"
    assert {n: v for n, v in shown.items() if n.endswith("_FILE")} == {
        n: v for n, v in other.items() if n.endswith("_FILE")
    }
    assert "ENCLOS_VAULT_KEYS_FILE" in other


def test_a_demo_on_a_database_that_one_names_draws_no_key_that_others_would_lack(tmp_path: Path) -> None:
    environ = {"ENCLOS_DATABASE_URL": f"sqlite:///{tmp_path}/base.sqlite3"}
    prepare(["--data", str(tmp_path / "demo"), "--port", str(free_port())], environ)
    assert not [name for name in environ if name.endswith("_FILE")]


def test_production_never_takes_the_keys_of_a_demo(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    environ = {"ENCLOS_DATA_DIR": str(tmp_path), "ENCLOS_MODE": "production"}
    adopt(environ)
    assert environ == {"ENCLOS_DATA_DIR": str(tmp_path), "ENCLOS_MODE": "production"}
