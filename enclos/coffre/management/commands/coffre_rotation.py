"""`enclos coffre-rotation`: after a new vault key, wrap every data key with it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enclos.coffre.entretien import keys_in_use, rewrap
from enclos.coffre.sealing import vault_ring
from enclos.journal.actions import SYSTEM, record


class Command(BaseCommand):
    help = (
        "Enveloppe de nouveau les clés des fichiers avec la première clé d’ENCLOS_VAULT_KEYS. Les fichiers ne changent pas. "
        "Sans --pour-de-vrai, compte seulement. Interrompue, la commande reprend où elle en était."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pour-de-vrai", action="store_true", help="écrit les changements")

    def handle(self, *args: Any, pour_de_vrai: bool, **options: Any) -> None:
        ring = vault_ring()
        self.stdout.write(f"Clé active : {ring.active.name}.")
        for name, count in keys_in_use().items():
            self.stdout.write(
                f"  {count} objet(s) sous la clé {name}{'' if name in ring.names else ', absente du trousseau'}"
            )
        if not pour_de_vrai:
            self.stdout.write("Rien n’a été changé. Ajoutez --pour-de-vrai.")
            return
        total, stuck = 0, list[str]()
        for done, unopened in rewrap():
            total += done
            stuck += map(str, unopened)
            self.stdout.write(f"  {total} objet(s) enveloppé(s)")
        record("coffre.cles.rotated", by=SYSTEM, cle=ring.active.name, objets=total, echecs=len(stuck))
        if stuck:
            raise CommandError(
                f"{len(stuck)} objet(s) ne s’ouvrent avec aucune clé du trousseau, dont {', '.join(stuck[:5])}."
            )
        self.stdout.write(
            "Terminé. Les anciennes clés peuvent quitter ENCLOS_VAULT_KEYS, une fois les sauvegardes renouvelées."
        )
