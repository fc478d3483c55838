"""After a theft: whose data an account could have read."""

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enclos.journal.actions import record
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.tableur import cell
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def consultations(agent: Acteur, du: str = "2026-11-03", au: str = "2026-11-04") -> list[list[str]]:
    out = io.StringIO()
    arguments = ["--agent", agent.compte.identifiant, "--du", du, "--au", au]
    call_command("consultations", *arguments, stdout=out, stderr=io.StringIO())
    return list(csv.reader(io.StringIO(out.getvalue())))


def opens(agent: Acteur, personne: Personne, event: str, *at: int) -> None:
    with time_machine.travel(datetime(2026, 11, *at, tzinfo=UTC), tick=False):
        record(event, personne, by=agent.compte, concerne=personne)


def test_each_person_once_with_what_was_within_reach(
    agente: Acteur, collegue: Acteur, adherente: Acteur, voisin: Acteur
):
    opens(agente, adherente.personne, "agents.personne.opened", 3, 9)
    opens(agente, adherente.personne, "agents.document.downloaded", 3, 10)
    opens(agente, adherente.personne, "agents.document.preloaded", 4, 10)
    opens(agente, voisin.personne, "agents.document.opened", 4, 11)
    opens(collegue, voisin.personne, "agents.document.opened", 4, 11)
    header, *rows = consultations(agente)
    assert header[0] == "caisse"
    by_ref = {row[1]: row for row in rows}
    assert set(by_ref) == {adherente.personne.ref, voisin.personne.ref}
    assert by_ref[adherente.personne.ref][3:] == ["2026-11-03 10:00:00", "2026-11-04 11:00:00", "1", "1", "1", "1"]


def test_days_are_those_of_paris_and_both_count(agente: Acteur, adherente: Acteur, voisin: Acteur):
    opens(agente, adherente.personne, "agents.personne.opened", 2, 23, 30)  # half past midnight, the third
    opens(agente, voisin.personne, "agents.personne.opened", 4, 23, 30)
    assert [row[1] for row in consultations(agente)[1:]] == [adherente.personne.ref]


def test_drawing_the_list_is_written_down(agente: Acteur, adherente: Acteur):
    opens(agente, adherente.personne, "agents.personne.opened", 3, 9)
    consultations(agente)
    line = Ligne.objects.get(event="agents.consultations.listed")
    assert (line.object_id, line.details["personnes"]) == (str(agente.compte.pk), 1)


def test_as_many_queries_for_one_line_as_for_many(agente: Acteur, adherente: Acteur, voisin: Acteur):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            consultations(agente)
        return len(seen)

    opens(agente, adherente.personne, "agents.personne.opened", 3, 9)
    one = queries()
    for hour in range(20):
        opens(agente, voisin.personne, "agents.personne.opened", 3, hour)
    assert queries() == one


def test_a_name_is_never_a_formula(agente: Acteur, adherente: Acteur):
    Personne.objects.filter(pk=adherente.personne.pk).update(ref="=1+1")
    opens(agente, adherente.personne, "agents.personne.opened", 3, 9)
    assert consultations(agente)[1][1] == "'=1+1"
    assert [cell(value) for value in ("+33", "-1", "@a", "a=1", 3)] == ["'+33", "'-1", "'@a", "a=1", "3"]


def test_what_is_refused(agente: Acteur):
    with pytest.raises(CommandError, match="Aucun agent"):
        call_command("consultations", "--agent", "personne", "--du", "2026-11-03", "--au", "2026-11-03")
    with pytest.raises(CommandError, match="avant le premier"):
        consultations(agente, du="2026-11-04", au="2026-11-03")
