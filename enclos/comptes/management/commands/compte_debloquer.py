"""`enclos compte-debloquer`: let somebody try again at once after too many wrong passwords."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enclos.comptes import actions, identifiants
from enclos.journal.actions import SYSTEM
from enclos.socle.nir import NirError


class Command(BaseCommand):
    help = "Remet à zéro les essais d’un identifiant, demandé au clavier : numéro de sécurité sociale, ou identifiant d’agent."

    def handle(self, *args: Any, **options: Any) -> None:
        ask = getpass if sys.stdin.isatty() else input
        try:
            who = identifiants.read(ask("Identifiant : "))
        except NirError as error:
            raise CommandError(error.phrase)
        forgotten = actions.unblock(who, by=SYSTEM)
        self.stdout.write(
            "Les essais repartent de zéro." if forgotten else "Aucun essai n’était compté pour cet identifiant."
        )
