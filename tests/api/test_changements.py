"""Contact details that members changed: given to the fund's system, then done when the registry says the same."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enclos.api import exportation
from enclos.api.controle import constats
from enclos.api.models import ChangementRetire
from enclos.comptes import changements
from enclos.comptes.changements import registry_agrees
from enclos.comptes.models import Changement, Compte
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from tests.api.depots import Depot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]

RUE = {
    "adresse2": "", "adresse3": "", "adresse4": "3, rue de l’Église", "adresse5": "", "code_postal": "59670", "localite": "Cassel",
    "pays": "",
}  # fmt: skip


def changement(compte: Compte | None = None, champ: str = "courriel", valeurs: dict[str, str] | None = None, **values):
    return Changement.objects.create(
        compte=compte or CompteFactory(),
        champ=champ,
        valeurs=valeurs or {"email": "jeanne.delattre@enclos.example"},
        **{"effet_le": date(2026, 12, 1), **values},
    )


def exporter(folder: Path) -> str:
    out = io.StringIO()
    call_command("exporter", str(folder), stdout=out)
    return out.getvalue()


def rows_in(folder: Path) -> list[dict[str, str]]:
    with (folder / "changements.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_change_is_given_once_with_the_columns_it_is_about(tmp_path):
    row = changement(champ="adresse", valeurs=RUE, created_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    assert "Changements de coordonnées donnés : 1." in exporter(tmp_path)
    (given,) = rows_in(tmp_path)
    assert given == {
        "id": str(row.pk), "op": "+", "caisse": "NPC", "ref": row.compte.personne.ref, "champ": "adresse",
        "effet_le": "2026-12-01", "demande_le": "2026-11-22T10:30:00+01:00", "email": "", "telephone": "",
        "adresse2": "", "adresse3": "", "adresse4": "3, rue de l’Église", "adresse5": "", "code_postal": "59670",
        "localite": "Cassel", "pays": "",
    }  # fmt: skip
    row.refresh_from_db()
    assert row.exported_at is not None
    assert row.confirmed_at is None
    assert Ligne.objects.get(event="api.changements.exported").details == {"op": "+", "changements": [row.pk]}
    before = (tmp_path / "changements.csv").read_bytes()
    assert "Changements de coordonnées donnés : 0." in exporter(tmp_path)
    assert (tmp_path / "changements.csv").read_bytes() == before
    exporter(tmp_path / "b")
    assert rows_in(tmp_path / "b") == []


@pytest.mark.parametrize("cut", ["enclos.api.exportation.record", "enclos.api.exportation.add_rows"])
def test_a_run_cut_in_the_middle_is_finished_by_the_next(tmp_path, monkeypatch, cut):
    exporter(tmp_path)
    row = changement()

    def power_cut(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cut, power_cut)
        with pytest.raises(KeyboardInterrupt):
            exporter(tmp_path)
    row.refresh_from_db()
    assert row.exported_at is None
    exporter(tmp_path)
    assert [given["id"] for given in rows_in(tmp_path)] == [str(row.pk)]


def test_what_was_taken_back_after_it_was_given_is_said_too(tmp_path):
    row = changement()
    exporter(tmp_path / "lundi")
    Changement.objects.update(cancelled_at=timezone.now())
    exporter(tmp_path / "mardi")
    (given,) = rows_in(tmp_path / "mardi")
    assert (given["id"], given["op"], given["champ"], given["email"]) == (str(row.pk), "-", "courriel", "")
    exporter(tmp_path / "mercredi")
    assert rows_in(tmp_path / "mercredi") == []
    assert ChangementRetire.objects.count() == 1


def test_taken_back_before_the_receiver_came_it_takes_the_place_of_the_change(tmp_path):
    changement()
    exporter(tmp_path)
    Changement.objects.update(cancelled_at=timezone.now())
    exporter(tmp_path)
    assert [given["op"] for given in rows_in(tmp_path)] == ["-"]


def test_cancelled_while_it_was_being_written_it_is_given_then_taken_back(tmp_path, monkeypatch):
    row = changement()
    plain = exportation.write_changements

    def and_the_member_changes_her_mind(folder, rows):
        plain(folder, rows)
        if rows:
            Changement.objects.filter(cancelled_at=None).update(cancelled_at=timezone.now())

    monkeypatch.setattr(exportation, "write_changements", and_the_member_changes_her_mind)
    exporter(tmp_path / "a")
    assert [given["op"] for given in rows_in(tmp_path / "a")] == ["+"]
    exporter(tmp_path / "b")
    assert [(given["id"], given["op"]) for given in rows_in(tmp_path / "b")] == [(str(row.pk), "-")]


def test_cancelled_or_confirmed_before_it_was_given_it_is_not(tmp_path):
    changement(cancelled_at=timezone.now())
    changement(confirmed_at=timezone.now())
    exporter(tmp_path)
    assert rows_in(tmp_path) == []


def test_an_account_not_confirmed_by_letter_tells_the_fund_nothing_yet(tmp_path):
    row = changement(CompteFactory(niveau=Compte.Niveau.A_CONFIRMER))
    exporter(tmp_path)
    assert rows_in(tmp_path) == []
    Compte.objects.update(niveau=Compte.Niveau.CONFIRME)
    exporter(tmp_path)
    assert [given["id"] for given in rows_in(tmp_path)] == [str(row.pk)]


def test_many_changes_are_given_by_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(exportation, "BATCH", 2)
    for _ in range(5):
        changement()
    exporter(tmp_path)
    assert len({given["id"] for given in rows_in(tmp_path)}) == 5
    assert Ligne.objects.filter(event="api.changements.exported").count() == 3


def test_an_empty_file_of_the_former_shape_gives_way_and_any_other_does_not(tmp_path):
    changement()
    (tmp_path / "changements.csv").write_text("numero,ref,change_le,colonne,valeur\r\n")
    exporter(tmp_path)
    assert len(rows_in(tmp_path)) == 1
    (tmp_path / "changements.csv").write_text("numero,ref,change_le,colonne,valeur\r\n1,2,3,4,5\r\n")
    with pytest.raises(Exception, match="d’une autre forme"):
        exporter(tmp_path)
    assert (tmp_path / "changements.csv").read_bytes().endswith(b"1,2,3,4,5\r\n")


# --- the registry answers


def test_a_drop_that_says_the_same_confirms_the_change(depot: Depot):
    depot.personnes({"ref": "P1", "email": "ancienne@enclos.example"}).taken()
    row = changement(compte_of("P1"), exported_at=timezone.now())
    said = depot.personnes({"ref": "P1", "email": "Jeanne.Delattre@Enclos.example"}).said(for_real=True)
    assert "Changements de coordonnées confirmés par le registre : 1." in said
    row.refresh_from_db()
    assert row.confirmed_at is not None
    line = Ligne.objects.get(event="comptes.changement.confirmed")
    assert (line.object_id, line.details, line.actor_kind) == (str(row.pk), {"champ": "courriel"}, "systeme")
    assert "confirmés" not in depot.said(for_real=True)


def compte_of(ref: str) -> Compte:
    return CompteFactory(personne=Personne.objects.get(ref=ref))


def test_a_dry_run_confirms_nothing(depot: Depot):
    depot.personnes({"ref": "P1", "email": "jeanne.delattre@enclos.example"}).taken()
    row = changement(compte_of("P1"))
    depot.take(for_real=False)
    row.refresh_from_db()
    assert row.confirmed_at is None


def test_while_the_registry_says_something_else_the_change_stays_pending_and_is_shown_as_such(depot: Depot):
    depot.personnes({"ref": "P1", "email": "ancienne@enclos.example"}).taken()
    before = timezone.now() - timedelta(days=2)
    row = changement(compte_of("P1"), exported_at=before, effet_le=today_paris() - timedelta(days=2))
    depot.personnes({"ref": "P1", "email": "autre@enclos.example", "localite": "LILLE"}).taken()
    row.refresh_from_db()
    assert row.confirmed_at is None
    assert row.is_overdue
    row.effet_le = today_paris() - timedelta(days=1)
    assert not row.is_overdue
    row.effet_le, row.exported_at = today_paris() - timedelta(days=9), timezone.now()
    assert not row.is_overdue


ADRESSE = {"adresse4": "12, avenue de la République", "code_postal": "59190", "localite": "Hazebrouck"}


@pytest.mark.parametrize(
    ("champ", "asked", "known"),
    [
        ("courriel", {"email": "jeanne@enclos.example"}, {"email": "JEANNE@enclos.example "}),
        ("telephone", {"telephone": "0612345678"}, {"telephone": "+33 6 12 34 56 78"}),
        ("telephone", {"telephone": ""}, {"telephone": ""}),
        ("adresse", ADRESSE, {**ADRESSE, "adresse4": "12 AV DE LA REPUBLIQUE", "localite": "HAZEBROUCK"}),
        ("adresse", ADRESSE, {**ADRESSE, "adresse4": "", "adresse5": "12  AVENUE DE LA REPUBLIQUE", "pays": "FRANCE"}),
        ("adresse", {**ADRESSE, "localite": "Saint-Œufles"}, {**ADRESSE, "localite": "ST OEUFLES"}),
    ],
)
def test_case_accents_spacing_and_lines_of_the_envelope_do_not_matter(champ, asked, known):
    blank = dict.fromkeys(exportation.COLONNES_CHANGEES, "")
    personne = PersonneFactory.build(**{**blank, **known})
    assert registry_agrees(Changement(champ=champ, valeurs=asked), personne)


@pytest.mark.parametrize(
    ("champ", "asked", "known"),
    [
        ("courriel", {"email": "jeanne@enclos.example"}, {"email": "jean@enclos.example"}),
        ("courriel", {"email": "jeanne@enclos.example"}, {"email": ""}),
        ("telephone", {"telephone": "0612345678"}, {"telephone": "0612345679"}),
        ("telephone", {"telephone": ""}, {"telephone": "0612345678"}),
        ("adresse", ADRESSE, {**ADRESSE, "adresse4": "2 AVENUE DE LA REPUBLIQUE"}),
        ("adresse", ADRESSE, {**ADRESSE, "pays": "BELGIQUE"}),
    ],
)
def test_another_number_or_town_is_not_the_same(champ, asked, known):
    blank = dict.fromkeys(exportation.COLONNES_CHANGEES, "")
    assert not registry_agrees(Changement(champ=champ, valeurs=asked), PersonneFactory.build(**{**blank, **known}))


def test_an_import_reads_only_the_persons_who_wait_for_a_change(depot: Depot):
    depot.personnes(*({"ref": f"P{number}", "localite": "LILLE"} for number in range(40))).taken()
    for number in range(3):
        changement(compte_of(f"P{number}"))

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            depot.take()
        return [query["sql"] for query in seen.captured_queries if 'FROM "comptes_changement"' in query["sql"]]

    (one,) = queries()
    assert "LIMIT" in one
    Changement.objects.update(confirmed_at=timezone.now())
    assert len(queries()) == 1


def test_changes_are_compared_a_batch_at_a_time(depot: Depot, monkeypatch):
    monkeypatch.setattr(changements, "BATCH", 2)
    depot.personnes(*({"ref": f"P{number}", "email": f"p{number}@enclos.example"} for number in range(5))).taken()
    for number in range(5):
        changement(compte_of(f"P{number}"), valeurs={"email": f"P{number}@enclos.example"})
    assert changements.confirm_agreed(by=SYSTEM) == 5
    assert changements.confirm_agreed(by=SYSTEM) == 0


# --- what reconciliation says


def faults() -> list[str]:
    return [constat.libelle for constat in constats() if constat.is_alarming]


def test_reconciliation_says_what_was_not_given_and_what_was_not_confirmed(tmp_path):
    with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=UTC), tick=False) as clock:
        changement(effet_le=date(2026, 11, 2))
        clock.shift(timedelta(days=7))
        assert faults() == []
        clock.shift(timedelta(minutes=1))
        assert faults() == ["Changements pas encore donnés au système d’information depuis plus de 7 jours"]
        exporter(tmp_path)
        assert faults() == []
        clock.shift(timedelta(days=60))
        assert faults() == []
        clock.shift(timedelta(minutes=1))
        assert faults() == ["Changements que le registre ne dit pas 60 jours après les avoir reçus"]
        Changement.objects.update(confirmed_at=timezone.now())
        assert faults() == []
