"""`enclos mot-de-passe-provisoire`: a new provisional password for an account that is there, given by hand."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.env import ENV
from enclos.comptes import identifiants
from enclos.comptes.mots_de_passe import provisoires
from enclos.journal.actions import SYSTEM
from enclos.socle.nir import NirError


class Command(BaseCommand):
    help = (
        "Affiche, une seule fois, un mot de passe provisoire pour un compte ouvert, d’agent ou d’adhérent. "
        "L’identifiant est demandé au clavier. Assurez-vous d’abord de qui le demande."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        ask = getpass if sys.stdin.isatty() else input
        try:
            compte = identifiants.read(ask("Identifiant : ")).compte()
        except NirError as error:
            raise CommandError(error.phrase)
        if compte is None or not compte.may_sign_in:
            raise CommandError("Aucun compte ouvert n’a cet identifiant.")
        password = provisoires.issue(compte, provisoires.Canal.COURRIEL, by=SYSTEM)
        self.stdout.write(f"Mot de passe provisoire, affiché cette seule fois : {password}")
        self.stdout.write(
            f"Il sert une fois, pendant {ENV.mail_password_days} jours, à en choisir un autre. L’ancien reste bon jusque-là."
        )
