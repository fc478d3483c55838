"""`enclos verifier-journal`: what it reads, what it says, how it ends."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from enclos.journal.actions import SYSTEM, record
from enclos.journal.models import Sceau
from tests.journal.conftest import DAYS, FIRST, on_day


def verifier(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with on_day(DAYS, hour=6):
        try:
            call_command("verifier_journal", *arguments, stdout=out)
        except SystemExit as end:
            return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize("arguments", [[], ["--tout"], ["--jour", "2026-03-04"]])
def test_a_journal_as_it_was_sealed(sealed, arguments):
    code, said = verifier(*arguments)
    assert code == 0
    assert said.splitlines()[0] == "Le journal est celui qui a été scellé."
    assert Sceau.objects.order_by("-numero").first().attestation in said


@pytest.mark.parametrize("arguments", [[], ["--tout"], ["--jour", "2026-03-04"]])
def test_a_journal_that_changed(sealed, raw, arguments):
    raw("DELETE FROM journal_ligne WHERE id = %s", [sealed[2][1].pk])
    assert verifier(*arguments) == (1, "✗ Journée du 4 mars 2026, actes : 1 ligne manque\n")


def test_another_day_than_the_one_that_changed(sealed, raw):
    raw("DELETE FROM journal_ligne WHERE id = %s", [sealed[2][1].pk])
    assert verifier("--jour", "2026-03-05")[0] == 0


def test_before_anything_is_sealed(db):
    code, said = verifier()
    assert code == 0
    assert said.startswith(
        "Aucune journée n’est encore scellée. Les lignes d’aujourd’hui sont celles qui ont été écrites.\n"
    )
    with pytest.raises(CommandError, match="n’est pas scellée"):
        verifier("--jour", "2026-03-05")


def test_late_lines_are_accepted_with_a_reason(sealed):
    with time_machine.travel(FIRST + timedelta(days=2), tick=False):
        record("suivi.affaire.taken", by=SYSTEM)
    assert verifier("--jour", "2026-03-04") == (1, "✗ Journée du 4 mars 2026, actes : 1 ligne venue après le sceau\n")
    code, said = verifier("--jour", "2026-03-04", "--accepter-tardives", "L’horloge d’un serveur retardait.")
    assert (code, said.splitlines()[0]) == (0, "1 ligne tardive scellée à part.")
    assert verifier("--tout")[0] == 0
    with pytest.raises(CommandError, match="demande --jour"):
        verifier("--accepter-tardives", "Sans jour.")


@pytest.mark.parametrize("typed", ["hier", "03/11/2026", "2026-13-01"])
def test_a_day_badly_typed_is_told_in_words(sealed, typed):
    with pytest.raises(CommandError, match=f"« {typed} » n’est pas un jour : écrivez 2026-11-03"):
        verifier("--jour", typed)
