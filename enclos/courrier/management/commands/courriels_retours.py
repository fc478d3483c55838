"""`enclos courriels-retours`: the mail server hands us, on standard input, a notice that an e-mail was not delivered."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from enclos.courrier.rebonds import MAX_BYTES, take
from enclos.journal.actions import SYSTEM

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the notice and gives it later


class Command(BaseCommand):
    help = "Lit sur l’entrée standard un avis de non-remise (RFC 3464) et marque le courriel comme jamais remis"

    def handle(self, **options: Any) -> None:
        content = sys.stdin.buffer.read(MAX_BYTES)
        try:
            courriel = take(content, by=SYSTEM)
        except DatabaseError:
            self.stderr.write("La base ne répond pas : à redonner plus tard.")
            sys.exit(TRY_AGAIN)
        # Never an error for what is not ours: the mail server would send a notice about the notice.
        if courriel is None:
            self.stdout.write("Rien à noter : ce n’est pas l’échec d’un de nos courriels.")
        else:
            self.stdout.write(f"Courriel {courriel.pk} : jamais remis.")
