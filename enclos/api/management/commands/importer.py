"""`enclos importer DOSSIER`: take the drop of the fund's information system."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.api.depot.importation import Bilan, import_drop
from enclos.api.depot.rejets import NOM as REJETS
from enclos.socle.verrou import AlreadyRunning

COLUMNS = ("nouveaux", "changes", "inchanges", "fermes", "supprimes", "rejetes")
TITLES = ("nouveaux", "changés", "inchangés", "fermés", "supprimés", "rejetés")


class Command(BaseCommand):
    # Checks open the database, and readers are forked before it is.
    requires_system_checks = []
    help = "Prend le dépôt du système d’information : un dossier de fichiers CSV. Sans --pour-de-vrai, dit ce qui changerait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)
        parser.add_argument("--pour-de-vrai", action="store_true", help="écrit dans le registre")

    def handle(self, *, dossier: Path, pour_de_vrai: bool, **options: Any) -> None:
        if not dossier.is_dir():
            raise CommandError(f"{dossier} n’est pas un dossier.")
        try:
            bilan = import_drop(dossier, for_real=pour_de_vrai)
        except AlreadyRunning:
            raise CommandError(
                "Une autre importation est en cours. Attendez qu’elle finisse, puis recommencez."
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename or dossier} : {error.strerror}.") from error
        self.report(dossier, bilan)
        if bilan.rejetes:
            sys.exit(3)

    def report(self, dossier: Path, bilan: Bilan) -> None:
        width = max((len(nom) for nom in bilan.comptes), default=0) + 2
        self.stdout.write("Importation faite." if bilan.for_real else "Essai : voici ce qui changerait.")
        self.stdout.write(" " * width + "".join(f"{title:>12}" for title in TITLES))
        for nom, compte in bilan.comptes.items():
            self.stdout.write(f"{nom:<{width}}" + "".join(f"{getattr(compte, name):>12}" for name in COLUMNS))
        if bilan.rejetes:
            self.stdout.write(f"Rejets : {bilan.rejetes}. Le détail est dans {dossier / REJETS}.")
        if bilan.confirmes:
            self.stdout.write(f"Changements de coordonnées confirmés par le registre : {bilan.confirmes}.")
        if not bilan.for_real:
            self.stdout.write("Rien n’a été écrit dans le registre : ajoutez --pour-de-vrai.")
