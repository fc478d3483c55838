"""`enclos controler`: prove that every promise has an end or somebody in charge."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from enclos.api.rapprochement import alarms, reconcile_and_write_down
from enclos.journal.models import Ligne


class Command(BaseCommand):
    help = "Compte ce qui est promis, fait, en attente ou perdu. Sort avec 1 si une promesse n’a ni fin ni responsable."

    def handle(self, **options: Any) -> None:
        Ligne.objects.exists()  # a database away or not migrated is said once, not by each app in turn
        found = reconcile_and_write_down()
        for label, constats in found.items():
            self.stdout.write(f"\n{label}")
            for constat in constats:
                mark = "✗" if constat.is_alarming else " "
                self.stdout.write(f"{mark} {constat.nombre:>10}  {constat.libelle}")
        wrong = alarms(found)
        if wrong:
            self.stdout.write(f"\n{len(wrong)} anomalie(s), marquées ✗ : des promesses n’ont ni fin ni responsable.")
            sys.exit(1)
        self.stdout.write("\nTout ce qui a été promis a une fin ou un responsable.")
