"""`enclos serve`: the web server, as in production."""

import gc
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import get_resolver

from config.env import ENV
from enclos.coffre.inspecteur import own_inspector
from enclos.socle.enfants import die_with_parent, give_memory_back

# Seconds left to requests in flight when the server is asked to stop.
GRACE = 30


def is_of_this_machine(host: str) -> bool:
    """Whether nobody elsewhere can reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Command(BaseCommand):
    help = "Sert le portail (serveur web de production)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="adresse d’écoute (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port d’écoute (8000)")
        parser.add_argument("--uds", type=Path, help="socket unix à la place de l’adresse et du port")

    def handle(self, *args: Any, host: str, port: int, uds: Path | None, **options: Any) -> None:
        if ENV.mode in {"dev", "test"} and uds is None and not is_of_this_machine(host):
            raise CommandError(
                f"Le mode « {ENV.mode} » n’a ni clés ni secrets à lui : il ne se sert qu’à cette machine. "
                "Donnez ENCLOS_MODE=production, ou --host 127.0.0.1."
            )
        from granian import Granian  # only this command needs the server
        from granian.constants import HTTPModes, Interfaces
        from granian.log import LogLevels

        from config.wsgi import application

        give_memory_back()
        get_resolver().url_patterns  # noqa: B018 (imports every view, here and once: workers share the pages of memory)
        connections.close_all()
        gc.collect()
        gc.freeze()

        def load(_: str) -> Callable[..., object]:
            """In each worker: it must not survive the server, even killed."""
            die_with_parent(signal.SIGKILL)
            return application

        server = Granian(
            "config.wsgi:application",
            address=host,
            port=port,
            uds=uds,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            workers=ENV.web_workers,
            # A thread is held while a member's slow line sends a file: they are many, and cheap.
            blocking_threads=ENV.web_threads,
            backlog=2048,
            backpressure=ENV.web_threads,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACE,
            log_level=LogLevels.error,
        )
        self.stdout.write(f"Le portail répond sur {uds or f'http://{host}:{port}'} ({ENV.web_workers} processus).")
        with own_inspector():
            server.serve(target_loader=load)
