"""`enclos coffre-verifier`: open every object and compare its fingerprint."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from enclos.coffre.entretien import every_objet, verify
from enclos.coffre.storage import StorageUnavailable


class Command(BaseCommand):
    help = "Ouvre chaque objet du coffre et compare son empreinte. Ne change rien ; code de sortie 1 si un objet est perdu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jours", type=int, help="seulement les objets des derniers jours")

    def handle(self, *args: Any, jours: int | None, **options: Any) -> None:
        since = timezone.now() - timedelta(days=jours) if jours else None
        count = lost = 0
        for objet in every_objet(since=since):
            count += 1
            try:
                fault = verify(objet)
            except StorageUnavailable as error:
                raise CommandError(f"Le stockage ne répond pas, après {count - 1} objet(s) : {error}") from error
            if fault:
                lost += 1
                self.stderr.write(f"{objet.pk} ({objet.created_at:%d/%m/%Y}) : {fault}")
        self.stdout.write(f"{count} objet(s) lus, {lost} en défaut.")
        if lost:
            raise CommandError(f"{lost} objet(s) en défaut : restaurez-les d’une sauvegarde du stockage.")
