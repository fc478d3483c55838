"""What production refuses to start with."""

import base64
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from config.env import ENV
from enclos.comptes.checks import problems


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


GOOD = replace(
    ENV,
    mode="production",
    base_url="https://espace.example",
    secret_key=base64.b64encode(os.urandom(48)).decode(),
    field_keys=(f"c1:{key()}", f"c0:{key()}"),
    vault_keys=(f"v1:{key()}",),
    index_key=key(),
    trusted_proxies=1,
)


def ids(**changes) -> set[str | None]:
    return {message.id for message in problems(replace(GOOD, **changes))}


def test_a_complete_installation_has_nothing_to_be_told():
    assert ids() == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret_key": "dev"}, "comptes.E001"),
        ({"secret_key": "a" * 60}, "comptes.E001"),
        ({"field_keys": ()}, "comptes.E002"),
        ({"field_keys": ("c1:trop court",)}, "comptes.E002"),
        ({"field_keys": (key(),)}, "comptes.E002"),
        ({"vault_keys": ()}, "comptes.E003"),
        ({"vault_keys": (f"v:{key()}", f"v:{key()}")}, "comptes.E003"),
        ({"index_key": ""}, "comptes.E004"),
        ({"index_key": "dev"}, "comptes.E004"),
        ({"index_key": GOOD.vault_keys[0].split(":")[1]}, "comptes.E005"),
        ({"base_url": "http://espace.example"}, "comptes.E006"),
        ({"trusted_proxies": 0}, "comptes.E007"),
    ],
)
def test_each_lack_is_said(changes, expected: str):
    assert expected in ids(**changes)


def test_no_message_shows_a_secret():
    told = " ".join(
        f"{message.msg} {message.hint}"
        for message in problems(replace(GOOD, index_key=GOOD.field_keys[0].split(":")[1]))
    )
    assert GOOD.field_keys[0].split(":")[1] not in told


def test_production_without_keys_does_not_start(tmp_path: Path):
    """The real command: an operator who forgot the keys is told before anything is written."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ENCLOS_")}
    environ |= {
        "ENCLOS_MODE": "production",
        "ENCLOS_DATA_DIR": str(tmp_path),
        "ENCLOS_BASE_URL": "https://espace.example",
    }
    done = subprocess.run(
        [sys.executable, "-m", "enclos", "migrate"], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "ENCLOS_SECRET_KEY" in done.stderr
    assert "ENCLOS_INDEX_KEY" in done.stderr
    for file in tmp_path.glob("*.sqlite3"):
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
