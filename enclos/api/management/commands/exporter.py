"""`enclos exporter DOSSIER`: give the fund's information system what members sent and changed."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.api.exportation import ForeignFile, export
from enclos.socle.verrou import AlreadyRunning


class Command(BaseCommand):
    help = (
        "Ajoute au dossier ce que le système d’information n’a pas encore : les documents reçus (envois.csv et les fichiers), "
        "les changements de coordonnées (changements.csv)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)

    def handle(self, *, dossier: Path, **options: Any) -> None:
        try:
            bilan = export(dossier)
        except AlreadyRunning:
            raise CommandError(
                "Une autre exportation est en cours. Attendez qu’elle finisse, puis recommencez."
            ) from None
        except ForeignFile as error:
            raise CommandError(
                f"Il y a déjà dans {dossier} un {error} d’une autre forme : déplacez-le, puis recommencez."
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename or dossier} : {error.strerror}.") from error
        self.stdout.write(f"Documents donnés : {bilan.donnes}.")
        self.stdout.write(f"Changements de coordonnées donnés : {bilan.changements}.")
        if bilan.illisibles:
            self.stdout.write(
                f"Documents illisibles pour l’instant : {bilan.illisibles}. Ils seront donnés la prochaine fois."
            )
            sys.exit(1)
