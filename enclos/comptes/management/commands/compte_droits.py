"""`enclos compte-droits`: give an agent a right, or take it back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.comptes.droits import agent_named, set_rights
from enclos.comptes.models import Droit
from enclos.journal.actions import SYSTEM


class Command(BaseCommand):
    help = "Donne ou retire un droit à un agent. Sans option, dit ceux qu’il a."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("identifiant", help="identifiant de l’agent")
        parser.add_argument("--donner", action="append", default=[], choices=Droit.values, metavar="DROIT")
        parser.add_argument("--retirer", action="append", default=[], choices=Droit.values, metavar="DROIT")

    def handle(self, *, identifiant: str, donner: list[str], retirer: list[str], **options: Any) -> None:
        compte = agent_named(identifiant)
        if compte is None:
            raise CommandError(f"Aucun agent ne porte l’identifiant {identifiant}.")
        set_rights(compte, (set(compte.droits) | set(donner)) - set(retirer), by=SYSTEM)
        compte.refresh_from_db()
        labels = [Droit(droit).label for droit in compte.droits]
        self.stdout.write(f"{compte.nom} : {', '.join(labels) or 'aucun droit particulier'}.")
