"""`enclos compte-droits`: give an agent a role or a right, or take a right back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.comptes.droits import agent_named, set_rights, set_role
from enclos.comptes.models import Droit, Role
from enclos.journal.actions import SYSTEM


class Command(BaseCommand):
    help = "Donne un rôle à un agent, lui donne ou lui retire un droit. Sans option, dit ce qu’il a."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("identifiant", help="identifiant de l’agent")
        parser.add_argument("--donner", action="append", default=[], choices=Droit.values, metavar="DROIT")
        parser.add_argument("--retirer", action="append", default=[], choices=Droit.values, metavar="DROIT")
        parser.add_argument("--role", choices=Role.values, metavar="ROLE", help=", ".join(Role.values))

    def handle(
        self, *, identifiant: str, donner: list[str], retirer: list[str], role: str | None = None, **options: Any
    ) -> None:
        compte = agent_named(identifiant)
        if compte is None:
            raise CommandError(f"Aucun agent ne porte l’identifiant {identifiant}.")
        set_rights(compte, (set(compte.droits) | set(donner)) - set(retirer), by=SYSTEM)
        if role:
            set_role(compte, role, by=SYSTEM)
        compte.refresh_from_db()
        labels = [Droit(droit).label for droit in compte.droits]
        self.stdout.write(
            f"{compte.nom}, {compte.get_role_display().lower()} : {', '.join(labels) or 'aucun droit particulier'}."
        )
