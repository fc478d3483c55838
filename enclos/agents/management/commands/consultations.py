"""`enclos consultations`: whose data an agent's account could have read between two days."""

import csv
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.agents.portee import listing
from enclos.comptes.droits import agent_named
from enclos.journal.actions import SYSTEM
from enclos.socle.dates import PARIS, typed_day
from enclos.socle.templatetags.socle import pluriel


class Command(BaseCommand):
    help = (
        "Écrit en CSV, sur la sortie, les personnes dont ce compte d’agent a ouvert les données entre deux jours, compris. "
        "La liste est nominative : la tirer est écrit dans le journal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agent", required=True, metavar="IDENTIFIANT")
        parser.add_argument("--du", required=True, type=typed_day, metavar="JOUR", help="2026-11-03")
        parser.add_argument("--au", required=True, type=typed_day, metavar="JOUR", help="compris")

    def handle(self, *, agent: str, du: date, au: date, **options: Any) -> None:
        compte = agent_named(agent)
        if compte is None:
            raise CommandError(f"Aucun agent ne porte l’identifiant {agent}.")
        if au < du:
            raise CommandError("Le dernier jour est avant le premier.")
        since = datetime.combine(du, time(), PARIS)
        until = datetime.combine(au + timedelta(days=1), time(), PARIS)
        writer = csv.writer(self.stdout, lineterminator="\n")
        count = -1  # the header
        for values in listing(compte, since=since, until=until, by=SYSTEM):
            writer.writerow(values)
            count += 1
        self.stderr.write(f"{pluriel(count, 'personne')}.")
