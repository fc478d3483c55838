"""An installation of its own, for what must run in a process of its own: one is killed, another is measured."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tests import maison
from tests.services.processus import ROOT

NUMBERS = count()


@dataclass
class Installation:
    """A database and a data folder that other tests do not see."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> "Installation":
        """On a database of the kind the suite runs on."""
        if maison.BASE == "postgresql":
            url = create_beside(f"a_part_{os.getpid()}_{next(NUMBERS)}")
        else:
            url = f"sqlite:////{str(folder / 'base.sqlite3').lstrip('/')}"
        made = cls(folder, {**os.environ, "ENCLOS_DATABASE_URL": url, "ENCLOS_DATA_DIR": str(folder / "donnees")})
        made.run("migrate", "--verbosity=0")
        return made

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]

    def run(self, *arguments: str, expect: int = 0) -> str:
        """What the command printed."""
        done = subprocess.run(self.command(*arguments), env=self.env, capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout

    def count(self, table: str) -> int:
        """How many rows a table holds, seen from outside while a command runs."""
        sql = f"SELECT count(*) FROM {table}"
        url = self.env["ENCLOS_DATABASE_URL"]
        if url.startswith("sqlite"):
            base = sqlite3.connect(self.folder / "base.sqlite3", timeout=20)
            try:
                return int(base.execute(sql).fetchone()[0])
            finally:
                base.close()
        import psycopg

        parts = urlsplit(url)
        with psycopg.connect(
            host=parse_qs(parts.query)["host"][0], user=parts.username, dbname=parts.path[1:]
        ) as connection:
            row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
            return int(row[0])

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*arguments), env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


def create_beside(name: str) -> str:
    """A new database of the server the suite runs on."""
    import psycopg

    parts = urlsplit(os.environ["TESTS_DATABASE_URL"])
    host = parse_qs(parts.query)["host"][0]
    with psycopg.connect(host=host, user=parts.username, dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(parts._replace(path=f"/{name}"))
