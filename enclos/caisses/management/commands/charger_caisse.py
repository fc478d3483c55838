"""`enclos charger-caisse FICHIER.toml`: add or update a fund."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enclos.caisses.actions import load_caisse, read_toml
from enclos.socle.refusals import Refusal


class Command(BaseCommand):
    help = "Ajoute ou met à jour une caisse d’après un fichier TOML"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path)

    def handle(self, *args: Any, fichier: Path, **options: Any) -> None:
        try:
            caisse = load_caisse(read_toml(fichier))
        except Refusal as refusal:
            raise CommandError(refusal.phrase) from refusal
        self.stdout.write(f"{caisse.nom} ({caisse.code}) est à jour : {caisse.services.count()} services.")
