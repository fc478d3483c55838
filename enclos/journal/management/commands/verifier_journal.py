"""`enclos verifier-journal`: read the journal again, and say which days are not what was sealed."""

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.journal import jalons
from enclos.journal.actions import SYSTEM
from enclos.journal.familles import Famille
from enclos.journal.models import Sceau
from enclos.journal.tardives import seal_late
from enclos.journal.verification import SECONDS, altered_days, broken_links, examine, strays
from enclos.socle.dates import typed_day
from enclos.socle.refusals import Refusal
from enclos.socle.templatetags.socle import pluriel


class Command(BaseCommand):
    help = (
        "Relit le journal et le compare à ses sceaux. Sans option : les derniers jours, puis ceux relus il y a le plus longtemps. "
        "Sort avec 1 si une ligne a été retirée, changée ou ajoutée."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--tout", action="store_true", help="toutes les journées, quel qu’en soit le temps")
        what.add_argument("--jour", type=typed_day, help="une journée, en temps universel : 2026-11-03")
        parser.add_argument(
            "--accepter-tardives",
            metavar="RAISON",
            help="avec --jour : sceller à part les lignes venues après le sceau, parce que vous savez d’où elles viennent",
        )

    def handle(self, *, tout: bool, jour: date | None, accepter_tardives: str | None, **options: Any) -> None:
        if accepter_tardives and jour is None:
            raise CommandError("--accepter-tardives demande --jour.")
        if jour and not Sceau.objects.filter(day=jour).exists():
            raise CommandError(f"La journée du {jour.isoformat()} n’est pas scellée.")
        if jour and accepter_tardives:
            self.accept(jour, accepter_tardives)
        if jour:
            days = [one for famille in Famille for one in examine(jour, famille).en_mots]
        else:
            days = list(altered_days(everything=tout, seconds=SECONDS))
        wrong = [*jalons.faults(), *broken_links(), *strays(), *days]
        for one in wrong:
            self.stdout.write(f"✗ {one}")
        if wrong:
            sys.exit(1)
        last = Sceau.objects.order_by("-numero").first()
        if last is None:
            self.stdout.write(
                "Aucune journée n’est encore scellée. Les lignes d’aujourd’hui sont celles qui ont été écrites."
            )
            self.tell_unwatched()
            return
        self.stdout.write("Le journal est celui qui a été scellé.")
        self.stdout.write(f"Dernier sceau : n° {last.numero}, {last.en_mots}, {pluriel(last.count, 'ligne')}.")
        self.stdout.write(f"À garder ailleurs que sur ce serveur : {last.attestation}")
        self.tell_unwatched()

    def tell_unwatched(self) -> None:
        if count := jalons.unwatched():
            self.stdout.write(f"{pluriel(count, 'ligne')} des dernières minutes : un travailleur les tiendra bientôt.")

    def accept(self, day: date, raison: str) -> None:
        accepted = 0
        for famille in Famille:
            if examine(day, famille).tardives.count:
                try:
                    accepted += seal_late(day, famille, raison=raison, by=SYSTEM).count
                except Refusal as refusal:
                    raise CommandError(refusal.phrase) from None
        self.stdout.write(pluriel(accepted, "ligne tardive scellée à part.,lignes tardives scellées à part."))
