"""`enclos demo`: the whole portal, with people to be, in one command."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from hashlib import sha256
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.env import ENV
from enclos.coffre.inspecteur import own_inspector
from enclos.demo import actions, banc, preparation
from enclos.demo.franceconnect import simulateur
from enclos.demo.personnes import figurants
from enclos.journal.actions import SYSTEM
from enclos.socle import enfants

PATIENCE = 30  # seconds the server has to answer


class Command(BaseCommand):
    help = "Sert une démonstration complète : serveur, travail de fond, personnes inventées, boîte aux lettres"

    def add_arguments(self, parser: ArgumentParser) -> None:
        preparation.arguments(parser)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if ENV.mode != "demo":
            raise CommandError("Cette commande se lance par « enclos demo ».")
        # From here on, being asked to stop is an exception, so that what was started is stopped. SIGINT too: a shell
        # that starts us with « & » has it ignored.
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGINT, interrupt)
        try:
            with own_inspector():  # the papers of the bench are looked at like any other
                self.prepare()
                self.serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nLa démonstration est arrêtée.")

    def prepare(self) -> None:
        """Database, people, static files: each only what is missing."""
        self.stdout.write("Préparation de la démonstration…")
        call_command("migrate", verbosity=0, interactive=False)
        actions.install()
        banc.fill(by=SYSTEM)
        collect_static(ENV.data_dir)
        connections.close_all()

    def serve(self, port: int) -> None:
        program, children = [sys.executable, "-m", "enclos"], []
        beside = play_franceconnect()  # its end is not the demo's
        try:
            # Their environment names the inspection process: one is enough for both.
            children.append(enfants.start([*program, "worker"]))
            children.append(enfants.start([*program, "serve", "--port", str(port)]))
            await_answer(f"http://127.0.0.1:{port}/healthz", children)
            self.welcome(port)
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
            raise CommandError("Un des programmes de la démonstration s’est arrêté ; les autres sont arrêtés aussi.")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them
            enfants.stop([*reversed(children), *beside])

    def welcome(self, port: int) -> None:
        lines = ["", f"  Mon espace privé, démonstration : http://127.0.0.1:{port}/",
                 f"  Choisir une personne d’un clic :  http://127.0.0.1:{port}/demo/",
                 f"  Les courriels envoyés :           http://127.0.0.1:{port}/demo/boite-mail/", ""]  # fmt: skip
        width = max(len(one.identifiant) for one in figurants().values())
        password = max(len(one.mot_de_passe) for one in figurants().values())
        lines += [
            f"  {one.identifiant:<{width}}  {one.mot_de_passe:<{password}}  {one.libelle}"
            for one in figurants().values()
        ]
        lines += [
            "",
            "  Les agents donnent ensuite un code à 6 chiffres : il est sur la page /demo/.",
            "  Ctrl-C arrête tout.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def play_franceconnect() -> "list[subprocess.Popen[bytes]]":
    """The identity provider of the demo, when it could be installed."""
    port = simulateur.port_of(ENV.fc_issuer, ENV.fc_client_id)
    if port is None:
        return []
    keys = ENV.data_dir / "secrets" / "franceconnect.json"
    clients = {
        simulateur.CLIENT: ENV.fc_client_secret,
        simulateur.CLIENT_AGENTS: ENV.agents_oidc_client_secret,
    }
    environ = simulateur.environment(
        port, ENV.base_url, clients, os.environ, keys=keys if keys.parent.is_dir() else None
    )
    with (ENV.data_dir / "franceconnect.log").open("wb") as log:
        return [enfants.start(simulateur.command(), env=environ, output=log.fileno())]


def interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def collect_static(data: Path) -> None:
    """Gather and compress the static files, unless none changed since the last time."""
    sources = sorted(
        f"{name} {storage.size(name)} {storage.get_modified_time(name).timestamp()}"
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    digest, mark = sha256("\n".join(sources).encode()).hexdigest(), data / "statique.sha256"
    if mark.is_file() and mark.read_text() == digest:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, stdout=StringIO())
    mark.write_text(digest)


def await_answer(url: str, children: list[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and all(child.poll() is None for child in children):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 (our own address)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise CommandError("La démonstration ne démarre pas : voyez les messages ci-dessus.")
