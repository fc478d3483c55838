"""`enclos controler`, and its nightly run."""

import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import call_command

from enclos.api import rapprochement
from enclos.api.tasks import reconcile_tonight
from enclos.journal.models import Ligne
from enclos.socle.controle import Constat


def controler():
    out = io.StringIO()
    try:
        call_command("controler", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_an_installation_at_rest_is_in_order(adherente):
    code, said = controler()
    assert code == 0, said
    assert "Personnes connues" in said
    assert {"coffre", "courrier", "accuses", "suivi", "envois", "registre"} <= set(said.split())


def test_a_promise_nobody_keeps_is_an_exit_code_a_log_and_a_line_of_the_journal(db, monkeypatch, caplog):
    monkeypatch.setattr(
        "enclos.envois.controle.constats", lambda: [Constat("Envois sans aucun accusé", 2, is_fault=True)]
    )
    code, said = controler()
    assert code == 1
    assert "✗          2  Envois sans aucun accusé" in said
    assert "Envois sans aucun accusé: 2" in caplog.text
    assert Ligne.objects.get(event=rapprochement.EVENT).details["alarmes"] == ["envois : Envois sans aucun accusé : 2"]


def test_an_app_that_cannot_count_is_a_fault(db, monkeypatch):
    def fails():
        raise RuntimeError("away")

    monkeypatch.setattr("enclos.suivi.controle.constats", fails)
    code, said = controler()
    assert code == 1
    assert "Contrôle impossible" in said


@pytest.mark.parametrize(("hour", "done"), [(0, False), (3, True)])
def test_it_runs_by_itself_once_a_night(db, hour, done):
    with time_machine.travel(datetime(2026, 11, 23, hour, tzinfo=UTC), tick=False):
        assert reconcile_tonight() is done
        assert reconcile_tonight() is False
    with time_machine.travel(datetime(2026, 11, 24, 3, tzinfo=UTC), tick=False):
        assert reconcile_tonight() is True
