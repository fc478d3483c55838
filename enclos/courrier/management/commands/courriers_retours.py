"""`enclos courriers-retours FICHIER.csv`: learn from the printer what became of the letters."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.courrier.retours import UnreadableFile, take
from enclos.journal.actions import SYSTEM


class Command(BaseCommand):
    help = "Lit un fichier de retours (reference, statut, date) : déposé, distribué, NPAI. Rend 3 si des lignes sont rejetées."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fichier", type=Path)
        parser.add_argument("--pour-de-vrai", action="store_true", help="enregistre les retours")

    def handle(self, *, fichier: Path, pour_de_vrai: bool, **options: Any) -> None:
        try:
            bilan = take(fichier.read_bytes(), pour_de_vrai=pour_de_vrai, by=SYSTEM)
        except OSError as error:
            raise CommandError(f"{fichier} : {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"{fichier} : {error}") from None
        for label, number in bilan.faits.items():
            self.stdout.write(f"{number:>6}  {label}")
        self.stdout.write(f"{bilan.inchanges:>6}  déjà connus")
        for number, motif in bilan.rejets:
            self.stdout.write(f"Ligne {number} : {motif}")
        if not pour_de_vrai:
            self.stdout.write("Rien n’est enregistré. Ajoutez --pour-de-vrai.")
        if bilan.rejets:
            self.stdout.write(f"Lignes rejetées : {len(bilan.rejets)}.")
            sys.exit(3)
