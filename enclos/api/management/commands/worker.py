"""`enclos worker`: the background worker. Any number of each may run, on any number of machines."""

import logging
import sys
import threading
import time
from argparse import ArgumentParser
from datetime import timedelta
from types import FrameType
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from enclos.coffre.inspecteur import own_inspector
from enclos.socle.enfants import give_memory_back
from enclos.socle.promesses import SWEEPS, sweep

logger = logging.getLogger(__name__)

# Seconds between two looks at an empty queue: what a member may wait for their receipt is this and the work itself.
INTERVAL = 0.15
KEPT = timedelta(days=1)
PAUSE = 1.0  # seconds between two looks for a database that is away


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


class PatientWorker(db_worker.Worker):
    """Django's, which ends with its database: this one waits for it. What it was doing is a promise, so it is done later."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Asked to end: after the task under way, at once the second time.

        Nothing is logged here, as Django's does: a signal that comes in the middle of a log line cannot write another, raises, and
        the worker lived on.
        """
        if not self.running:
            self.reset_signals()
            sys.exit(1)
        self.running = False
        if not self.running_task:
            sys.exit(0)

    def run(self) -> None:
        while self.running:
            try:
                super().run()
            except (OperationalError, InterfaceError) as error:
                if self.batch:
                    raise
                logger.error("the database is away: %s", str(error).partition("\n")[0])
                connection.close()
                time.sleep(PAUSE)
            else:
                return


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
        give_memory_back()
        autodiscover_modules("tasks")  # where apps register their chores
        worker = PatientWorker(
            queue_names=options["queue_name"].split(","),
            excluded_queue_names=options["exclude_queues"].split(",") if options["exclude_queues"] else [],
            **{name: options[name] for name in WORKER_OPTIONS},
        )
        sweeper = Sweeper()
        if not sans_balayage and not options["batch"]:
            sweeper.start()
        self.stdout.write("Le travail de fond est fait ici.")
        self.stdout.flush()  # or a file would show it at the end
        try:
            with own_inspector():
                worker.configure_signals()
                worker.run()
        finally:
            sweeper.is_over.set()


WORKER_OPTIONS = ("interval", "batch", "backend_name", "startup_delay", "max_tasks", "worker_id")
