"""`enclos courriers-exporter DOSSIER`: give the printer the letters that wait."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.courrier import imprimeur
from enclos.courrier.controle import count
from enclos.courrier.models import Lettre, Lot
from enclos.journal.actions import SYSTEM
from enclos.journal.references import normalise
from enclos.socle.verrou import AlreadyRunning


class Command(BaseCommand):
    help = "Met dans DOSSIER, en lots ZIP, les lettres à imprimer et leur index. Sans --pour-de-vrai, dit seulement combien."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=Path)
        parser.add_argument("--pour-de-vrai", action="store_true", help="écrit les lots")
        parser.add_argument(
            "--encore", metavar="LOT", help="refait le lot de cette référence, si l’imprimeur l’a perdu"
        )

    def handle(self, *, dossier: Path, pour_de_vrai: bool, encore: str | None, **options: Any) -> None:
        if not pour_de_vrai:
            self.foresee()
            return
        try:
            bilan = imprimeur.again(self.lot(encore), dossier) if encore else imprimeur.export(dossier, by=SYSTEM)
        except AlreadyRunning:
            raise CommandError(
                "Un autre export de lettres est en cours. Attendez qu’il finisse, puis recommencez."
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename or dossier} : {error.strerror}.") from error
        for path in bilan.lots:
            self.stdout.write(str(path))
        self.stdout.write(f"Lettres remises à l’imprimeur : {bilan.lettres}.")
        self.to_verify()
        if bilan.non_imprimables:
            self.stdout.write(f"Lettres qui n’ont pas pu être mises en page : {bilan.non_imprimables}.")
            sys.exit(1)

    def lot(self, reference: str) -> Lot:
        lot = Lot.objects.filter(reference=normalise(reference)).first()
        if lot is None:
            raise CommandError(f"Aucun lot ne porte la référence {reference}.")
        return lot

    def foresee(self) -> None:
        told = imprimeur.foreseen()
        self.stdout.write(f"Lettres prêtes : {sum(told.values())}.")
        for genre, number in told.items():
            self.stdout.write(f"  {number:>6}  {genre}")
        self.to_verify()
        self.stdout.write("Rien n’est écrit. Ajoutez --pour-de-vrai pour les remettre à l’imprimeur.")

    def to_verify(self) -> None:
        if waiting := count(etat=Lettre.Etat.A_VERIFIER):
            self.stdout.write(
                f"Lettres dont l’adresse est à vérifier dans le registre : {waiting}. Elles ne partent pas."
            )
