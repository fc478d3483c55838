"""`enclos worker`: the background worker. Any number of each may run, on any number of machines."""

import logging
import threading
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from enclos.coffre.inspecteur import own_inspector
from enclos.socle.promesses import SWEEPS, sweep

logger = logging.getLogger(__name__)

# Seconds between two looks at an empty queue: what a member may wait for their receipt is this and the work itself.
INTERVAL = 0.15
KEPT = timedelta(days=1)


@sweep("taches.elaguer", every=3600)
def prune_tasks() -> int:
    """Forget tasks done, and those a killed worker left: a task is a nudge, the promise is elsewhere."""
    limit = timezone.now() - KEPT
    done, _ = DBTaskResult.objects.filter(finished_at__lt=limit).delete()
    lost, _ = DBTaskResult.objects.running().filter(started_at__lt=limit).delete()
    return done + lost


class Sweeper(threading.Thread):
    """Does each chore when it is due, for as long as the worker lives."""

    def __init__(self) -> None:
        super().__init__(name="balayage", daemon=True)
        self.is_over = threading.Event()

    def run(self) -> None:
        due = dict.fromkeys(SWEEPS, time.monotonic() + 1)
        while not self.is_over.wait(0.25):
            for name, chore in SWEEPS.items():
                if due[name] <= time.monotonic():
                    run_chore(name)
                    due[name] = time.monotonic() + chore.every
        connection.close()


def run_chore(name: str) -> None:
    """Do one chore; what it raises is written down and stops nobody."""
    close_old_connections()
    try:
        SWEEPS[name].run()
    except Exception:
        logger.exception("chore %s failed", name)
    finally:
        close_old_connections()


class Command(db_worker.Command):
    help = "Fait le travail de fond : courriels, accusés, analyses, relances"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(queue_name="*", interval=INTERVAL, startup_delay=False)
        parser.add_argument(
            "--sans-balayage", action="store_true", help="ne fait que les tâches, sans les corvées périodiques"
        )

    def configure_logging(self, verbosity: int) -> None:
        """The settings say what is logged, here as everywhere."""

    def handle(self, *args: Any, sans_balayage: bool = False, **options: Any) -> None:  # type: ignore[override]  # ours adds one
        autodiscover_modules("tasks")  # where apps register their chores
        sweeper = Sweeper()
        if not sans_balayage and not options["batch"]:
            sweeper.start()
        self.stdout.write("Le travail de fond est fait ici.")
        try:
            with own_inspector():
                super().handle(**{name: value for name, value in options.items() if name in WORKER_OPTIONS})
        finally:
            sweeper.is_over.set()


WORKER_OPTIONS = {
    "verbosity", "queue_name", "interval", "batch", "backend_name", "startup_delay", "reload", "max_tasks", "worker_id",
    "exclude_queues",
}  # fmt: skip
