"""The portal as production runs it, on this machine, for the time of the bench: PostgreSQL with fsync, server, worker, clamd."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.client import Client
from bench.processus import Meter, pss_mb, rss_mb, tree
from tests.services.clamd import Clamd
from tests.services.grappe import Cluster
from tests.services.processus import ROOT, die_with_parent, free_port, stop
from tests.services.processus import wait_until as own_wait
from tests.services.production import own_environment, production_env

PYTHON = sys.executable
PEOPLE = 64


@dataclass
class Installation:
    """Everything started, and where it is."""

    folder: Path
    cluster: Cluster
    env: dict[str, str]
    port: int
    server: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes]"
    people: dict[str, Any]
    first_answer_s: float
    others: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def client(self, number: int = 0) -> Client:
        return Client(self.port, source=f"198.51.100.{number % 250 + 1}")

    def web_pids(self) -> list[int]:
        """The processes that answer requests, their inspection process left out."""
        return [pid for pid in tree(self.server.pid) if "inspection" not in name_of(pid)]

    def all_pids(self) -> list[int]:
        return tree(self.server.pid) + tree(self.worker.pid)

    def meters(self) -> tuple[Meter, Meter]:
        return Meter(self.web_pids()), Meter(self.all_pids())

    def memory(self) -> dict[str, float]:
        web = self.web_pids()
        # The first one only watches the others; a worker is one of those that grew.
        return {
            "un processus web (PSS)": max((pss_mb([pid]) for pid in web[1:]), default=0),
            "un processus web (RSS)": max((rss_mb(pid) for pid in web[1:]), default=0),
            "serveur, travail de fond, examen (PSS)": pss_mb(self.all_pids()),
        }

    def sql(self, query: str) -> Any:
        import psycopg

        with psycopg.connect(self.cluster.dsn("enclos")) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None

    def run_sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.cluster.dsn("enclos")) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def enclos(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PYTHON, "-m", "enclos", *arguments], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def sign_in(self, client: Client, who: dict[str, Any]) -> None:
        page = client.page("/connexion/")
        client.submit(page, {"identifiant": who["identifiant"], "mot_de_passe": who["mot_de_passe"]})

    def signed_in(self, count: int, *, same: bool = False) -> list[Client]:
        """Clients signed in, each as somebody else unless `same`."""
        clients = [self.client(number) for number in range(count)]
        for number, client in enumerate(clients):
            self.sign_in(client, self.people["adherents"][0 if same else number])
        return clients


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait_for_pdfs(portal: Installation, *, patience: float = 180) -> None:
    """Until every receipt is signed: the machine is then calm."""
    deadline = time.monotonic() + patience
    while portal.sql("SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NULL AND broken_at IS NULL"):
        if time.monotonic() > deadline:
            raise TimeoutError("receipts still wait for their PDF")
        time.sleep(0.05)


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="enclos-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def installed(folder: Path, *, clamd: Clamd | None = None) -> Iterator[Installation]:
    """The portal, migrated, peopled and serving."""
    cluster = Cluster.start(folder / "postgres", fsync=True)
    env = production_env(
        folder / "portail",
        database_url=cluster.create("enclos"),
        smtp_url="smtp://127.0.0.1:9",  # nobody there: each mail is tried once, then waits
        clamd=clamd.url if clamd else "unix:/nulle/part",
        log_level="ERROR",
    )
    if clamd is None:
        env = env | {"ENCLOS_MODE": "demo"}  # production refuses to start without an antivirus
        del env["ENCLOS_CLAMD"]
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([PYTHON, "-m", "enclos", *command], env=env, cwd=ROOT, check=True)
    made = subprocess.run(
        [PYTHON, "-m", "bench.semer", str(PEOPLE)], env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    people = json.loads(made.stdout)
    port = free_port()
    log = (folder / "journal.txt").open("wb")

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [PYTHON, "-m", "enclos", *arguments], env=env, cwd=ROOT, stdout=log, stderr=log, preexec_fn=die_with_parent
        )

    began = time.perf_counter()
    server = start("serve", "--port", str(port))
    own_wait(lambda: answers(port, "/healthz"), server, folder / "journal.txt")
    first_answer_s = time.perf_counter() - began
    worker = start("worker")
    installation = Installation(folder, cluster, env, port, server, worker, people, first_answer_s)
    try:
        time.sleep(2)
        yield installation
    finally:
        for process in (server, worker, *installation.others):
            stop(process, patience=20)
        cluster.stop()
        log.close()
        errors = (folder / "journal.txt").read_text(errors="replace")
        if "Traceback" in errors:
            print("\nLe journal du serveur contient des erreurs :\n", errors[-3000:], file=sys.stderr)


@contextlib.contextmanager
def floor(folder: Path, cluster: Cluster) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The floor, served the same way by the same server."""
    depot = folder / "depot"
    depot.mkdir(exist_ok=True)
    env = own_environment() | {"PLANCHER_DATABASE_URL": cluster.create("plancher"), "PLANCHER_DEPOT": str(depot)}
    subprocess.run([PYTHON, "-m", "bench.plancher.semer"], env=env, cwd=ROOT, check=True)
    port = free_port()
    log = (folder / "plancher.txt").open("wb")
    process = subprocess.Popen(
        [Path(PYTHON).parent / "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--port", str(port), "--workers", "2",
         "--blocking-threads", "128", "--backpressure", "128", "bench.plancher.wsgi:application"],
        env=env, cwd=ROOT, stdout=log, stderr=log, preexec_fn=die_with_parent,
    )  # fmt: skip
    own_wait(lambda: answers(port, "/"), process, folder / "plancher.txt")
    try:
        yield port, process
    finally:
        stop(process)
        log.close()


def answers(port: int, path: str) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": "localhost", "X-Forwarded-Proto": "https"}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def cores() -> int:
    return len(os.sched_getaffinity(0))
