"""A whole portal in processes of its own, on its own folder: what a fault is done to, and what is looked at from outside."""

import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.client import Client
from bench.processus import tree
from tests import fuites
from tests.services.processus import ROOT, die_with_parent, free_port, stop, wait_until
from tests.services.production import own_environment

ENCLOS = [sys.executable, "-m", "enclos"]
PEOPLE = 60


@dataclass
class Modele:
    """A database already migrated and peopled, copied for each portal."""

    folder: Path
    people: dict[str, Any]

    @classmethod
    def make(cls, folder: Path, **settings: str) -> "Modele":
        env = environment(folder, **settings)
        subprocess.run([*ENCLOS, "migrate", "-v0"], env=env, cwd=ROOT, check=True)
        return cls(folder, seeded(env))

    def copy(self, folder: Path) -> None:
        with (
            sqlite3.connect(self.folder / "enclos.sqlite3") as source,
            sqlite3.connect(folder / "enclos.sqlite3") as to,
        ):
            source.backup(to)
        source.close()
        to.close()


def environment(folder: Path, **settings: str) -> dict[str, str]:
    chosen = {"mode": "test", "data_dir": str(folder), "secret_key": "une clé pour les fautes, longue et sans valeur"}
    folder.mkdir(parents=True, exist_ok=True)
    return own_environment() | {f"ENCLOS_{name.upper()}": value for name, value in (chosen | settings).items()}


def seeded(env: dict[str, str]) -> dict[str, Any]:
    """Make the people; their NIR are noted, so that the suite looks for them in all that these processes write."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.semer", str(PEOPLE)], env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    people: dict[str, Any] = json.loads(made.stdout)
    for one in people["adherents"]:
        fuites.note(one["identifiant"])
    return people


@dataclass
class Portail:
    """Server and workers, started and ended one by one."""

    folder: Path
    env: dict[str, str]
    people: dict[str, Any]
    port: int = field(default_factory=free_port)
    server: "subprocess.Popen[bytes] | None" = None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    taken: int = 0  # people already used
    clients: list[Client] = field(default_factory=list)

    # --- processes

    @property
    def log(self) -> Path:
        return self.folder / "journal.txt"

    def start(self, *arguments: str, mort: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        """`mort`: at which point of the code the process kills itself; see `tests/fautes/tueur.py`."""
        program = [sys.executable, "-m", "tests.fautes.tueur", *mort] if mort else ENCLOS
        env = self.env | {"PYTHONFAULTHANDLER": "1"}
        if arguments[0] == "worker" and self.server is not None:
            # One inspection process for all: each takes a second to start.
            env["ENCLOS_INSPECTOR_SOCKET"] = str(self.folder / "inspection" / f"{self.server.pid}.sock")
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [*program, *arguments], env=env, cwd=ROOT, stdout=output, stderr=output, preexec_fn=die_with_parent
            )

    def serve(self, *, mort: Sequence[str] = ()) -> None:
        self.server = self.start("serve", "--port", str(self.port), mort=mort)
        wait_until(self.answers, self.server, self.log)

    def work(self, *, mort: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        worker = self.start("worker", mort=mort)
        self.workers.append(worker)
        return worker

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    def stop_workers(self) -> None:
        """Ask them to end; one that does not says where it is, and fails the test."""
        workers, self.workers = self.workers, []
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.send_signal(signal.SIGABRT)
                worker.wait()
                raise AssertionError(f"a worker does not end:\n{self.log.read_text()[-5000:]}") from None

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.stop_workers()
        if self.server is not None:
            stop(self.server, patience=20)

    def web_pids(self) -> list[int]:
        """The processes that answer requests."""
        assert self.server is not None
        return [pid for pid in tree(self.server.pid)[1:] if "inspection" not in command_of(pid)]

    def inspection_pid(self) -> int:
        """The inspection process of the server, whoever started it."""
        assert self.server is not None
        found = [pid for pid in tree(self.server.pid) if "inspection" in command_of(pid)]
        return found[0] if found else 0

    # --- people

    def visiteur(self) -> Client:
        self.clients.append(Client(self.port, origin=f"http://127.0.0.1:{self.port}", timeout=30))
        return self.clients[-1]

    def same(self, other: Client) -> Client:
        """Another window of the same person."""
        client = self.visiteur()
        client.cookies = dict(other.cookies)
        return client

    def adherent(self) -> Client:
        """Somebody signed in, never the same twice. The notice of a new device is taken back: mails counted are those of sendings."""
        client, who = self.visiteur(), self.people["adherents"][self.taken]
        self.taken += 1
        client.submit(client.page("/connexion/"), {k: who[k] for k in ("identifiant", "mot_de_passe")})
        self.rows("DELETE FROM django_tasks_database_dbtaskresult WHERE task_path LIKE ?", "%tell_new_device")
        return client

    # --- what is looked at from outside

    def rows(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Ask the database, beside the portal; a parameter is written `?`."""
        url = self.env.get("ENCLOS_DATABASE_URL", "")
        if not url.startswith("postgresql"):
            path = urlsplit(url).path[1:] if url else self.folder / "enclos.sqlite3"
            base = sqlite3.connect(path, timeout=20, isolation_level=None)
            try:
                return base.execute(sql, params).fetchall()
            finally:
                base.close()
        import psycopg

        parts = urlsplit(url)
        with psycopg.connect(
            host=parse_qs(parts.query)["host"][0], user=parts.username, dbname=parts.path[1:], autocommit=True
        ) as link:
            cursor = link.execute(sql.replace("?", "%s"), params)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *params: object) -> Any:
        return self.rows(sql, *params)[0][0]

    def time_passes(self) -> None:
        """The lease of a dead worker ends, the next try is due: rather than waiting two minutes."""
        for table in ("accuses_accuse", "courrier_courriel", "coffre_fichier", "envois_envoi"):
            self.rows(f"UPDATE {table} SET next_at = promised_at WHERE next_at IS NOT NULL")

    def work_again(self) -> None:
        """Another worker, later: it sweeps as it starts, where the one before would take ten seconds."""
        self.stop_workers()
        self.time_passes()
        self.work()

    def stored(self) -> set[str]:
        """The keys of every object in the storage, temporary names included."""
        return {path.name for path in (self.folder / "coffre").rglob("*") if path.is_file()}

    def half_received(self) -> list[Path]:
        return list((self.folder / "recus").glob("*"))

    def lost(self) -> set[str]:
        """The objects that a row names and that are not stored: must always be empty."""
        return {cle for (cle,) in self.rows("SELECT cle FROM coffre_objet")} - self.stored()

    def enclos(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*ENCLOS, *arguments], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )

    def check(self) -> None:
        """`enclos controler` finds every promise kept or in hand."""
        told = self.enclos("controler")
        assert told.returncode == 0, told.stdout + told.stderr
        assert not self.lost()


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def installed(folder: Path, modele: Modele, **settings: str) -> Portail:
    """A portal, nothing started, on a copy of the database of `modele` unless the settings name one."""
    env = environment(folder, **settings)
    if "ENCLOS_DATABASE_URL" not in env:
        modele.copy(folder)
    return Portail(folder, env, modele.people)


def eventually[T](look: Callable[[], T], *, patience: float = 20, pause: float = 0.05) -> T:
    """What `look` gives once it is true; what it gives at the end otherwise, for the assertion to show."""
    until = time.monotonic() + patience
    while not (seen := look()) and time.monotonic() < until:
        time.sleep(pause)
    return seen
