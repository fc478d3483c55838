"""`enclos doctor`: what is wrong or missing in this installation, in plain words."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand

from enclos.api.diagnostic import EXAMENS, Constat

SIGNES = {"bon": "  ok       ", "attention": "  ATTENTION", "faute": "  À CORRIGER"}


def examined(examine: Callable[[], Iterator[Constat]]) -> list[Constat]:
    """What an examination found. One that breaks down is itself a fault, and does not stop the next ones."""
    found: list[Constat] = []
    try:
        found.extend(examine())  # what came before the breakdown stays
    except Exception as error:
        words = str(error).splitlines() or [type(error).__name__]
        found.append(Constat("faute", f"Cet examen n’a pas pu aller au bout : {words[0]}"))
    return found


class Command(BaseCommand):
    help = (
        "Dit ce qui ne va pas ou manque dans cette installation ; rend 0 seulement si elle est prête pour la production"
    )
    requires_system_checks: list[str] = []  # they are one of the examinations, told in plain words

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for title, examine in EXAMENS.items():
            constats = examined(examine)
            if constats:
                self.stdout.write(title)
            for constat in constats:
                self.stdout.write(f"{SIGNES[constat.gravite]}  {constat.phrase}")
                if constat.remede:
                    self.stdout.write(f"{' ' * 14}→ {constat.remede}")
            faults += sum(constat.gravite == "faute" for constat in constats)
        if faults:
            self.stdout.write(f"\nÀ corriger avant d’ouvrir aux adhérents : {faults}.")
            sys.exit(1)
        self.stdout.write("\nPrêt pour la production.")
