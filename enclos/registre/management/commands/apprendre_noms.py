"""`enclos apprendre-noms`: fill the vocabulary of names that the search of agents reads."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from enclos.registre.models import Forme, NomAppris
from enclos.registre.recherche import learn_missing


class Command(BaseCommand):
    help = (
        "Apprend les noms du registre que la recherche des agents ne connaît pas encore. Le travail de fond le fait après chaque "
        "importation : cette commande sert après une mise à jour, ou avec --refaire si la façon d’écrire les noms a changé."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--refaire", action="store_true", help="oublie tout et recommence")

    def handle(self, *, refaire: bool = False, **options: Any) -> None:
        if refaire:
            Forme.objects.all().delete()
            NomAppris.objects.all().delete()
        self.stdout.write(f"Noms appris : {learn_missing()}. Noms connus : {NomAppris.objects.count()}.")
