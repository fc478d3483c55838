"""The printer gets each letter once, whatever happens, and says what became of it."""

import csv
import hashlib
import io
import json
import threading
import zipfile
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.courrier import access, controle, imprimeur, lettres
from enclos.courrier.models import Lettre, Lot
from enclos.demo.factories import PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.socle.pdf import TypesetError
from enclos.socle.verrou import AlreadyRunning
from tests.courrier.feuilles import words_of

pytestmark = pytest.mark.django_db


def letter(number: int = 0, genre: str = "mot-de-passe", **changes) -> Lettre:
    personne = PersonneFactory(prenoms="Jeanne", nom_naissance="Delattre", civilite="MME", **changes)
    secret = "" if genre == "acces-ouvert" else f"K7MP-Q2RT-W9XB-{number:04d}"
    return lettres.request(
        personne, genre, secret=secret, cle=f"essai:{personne.pk}", caisse=personne.caisse, by=SYSTEM
    )


def run(*args: object, **options) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out, **options)
    return out.getvalue()


def zips(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.zip"))


def references_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [row["reference"] for row in csv.DictReader(io.StringIO(archive.read("index.csv").decode()))]


def returned(tmp_path: Path, *lines: str, header: str = "reference,statut,date", encoding: str = "utf-8") -> Path:
    path = tmp_path / "retours.csv"
    path.write_text("\r\n".join([header, *lines]), encoding=encoding)
    return path


def today(days: int = 0) -> str:
    return (today_paris() + timedelta(days=days)).isoformat()


# --- the way out


def test_nothing_is_written_unless_asked_for_real(tmp_path):
    letter()
    letter(genre="acces-ouvert")
    told = run("courriers_exporter", tmp_path / "lots")
    assert "Lettres prêtes : 2." in told
    assert "1  Mot de passe provisoire" in told
    assert not (tmp_path / "lots").exists()
    assert not Lot.objects.exists()


def test_a_lot_is_a_zip_of_letters_and_an_index_that_vouches_for_them(tmp_path):
    lettre = letter(7)
    other = letter(genre="acces-ouvert", pays="BELGIQUE", code_postal="7500")
    told = run("courriers_exporter", tmp_path, pour_de_vrai=True)
    (path,) = zips(tmp_path)
    assert f"{path}\nLettres remises à l’imprimeur : 2." in told
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        index = json.loads(archive.read("index.json"))
        for row in index["lettres"]:
            assert hashlib.sha256(archive.read(row["fichier"])).hexdigest() == row["sha256"]
        assert "K7MP-Q2RT-W9XB-0007" in words_of(archive.read(lettre.file_name), tmp_path)
        names = archive.namelist()
    assert sorted(names) == sorted([lettre.file_name, other.file_name, "index.csv", "index.json"])
    first = next(row for row in index["lettres"] if row["reference"] == lettre.reference)
    assert (first["ligne1"], first["ligne3"], first["pages"]) == ("Mme Jeanne Delattre", "59190 HAZEBROUCK", 1)
    lettre.refresh_from_db()
    assert (lettre.etat, lettre.pdf_sha256) == ("exportee", first["sha256"])
    assert lettre.exported_at is not None


def test_the_files_are_for_one_pair_of_eyes(tmp_path):
    letter()
    run("courriers_exporter", tmp_path / "lots", pour_de_vrai=True)
    assert (tmp_path / "lots").stat().st_mode & 0o777 == 0o700
    (path,) = zips(tmp_path / "lots")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_index_and_the_journal_tell_no_secret_and_not_what_letters_are_about(tmp_path):
    lettre = letter(42)
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    with zipfile.ZipFile(zips(tmp_path)[0]) as archive:
        index = archive.read("index.csv").decode() + archive.read("index.json").decode()
    journal = str(list(Ligne.objects.order_by("pk").values_list("details", flat=True)))
    assert "K7MP" not in index + journal + zips(tmp_path)[0].name
    assert "passe" not in index
    assert lettre.personne.ref not in index


def test_a_second_run_gives_nothing_again(tmp_path):
    letter()
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert "Lettres remises à l’imprimeur : 0." in run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert len(zips(tmp_path)) == 1


def test_more_letters_than_a_lot_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(imprimeur, "BATCH", 2)
    written = {letter(number).reference for number in range(5)}
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert [len(references_in(path)) for path in zips(tmp_path)].count(2) == 2
    assert {reference for path in zips(tmp_path) for reference in references_in(path)} == written


@pytest.mark.parametrize("where", ["enclos.courrier.imprimeur.mark", "enclos.courrier.imprimeur.write_index"])
def test_a_run_that_was_cut_is_taken_up_and_no_letter_is_in_two_lots(tmp_path, where):
    lettre = letter()
    with mock.patch(where, side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        run("courriers_exporter", tmp_path, pour_de_vrai=True)
    before = {path.name: path.read_bytes() for path in zips(tmp_path)}
    lettre.refresh_from_db()
    assert lettre.etat == "en-attente"
    late = letter(1)
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert Counter(reference for path in zips(tmp_path) for reference in references_in(path)) == {
        lettre.reference: 1,
        late.reference: 1,
    }
    for name, content in before.items():
        assert (tmp_path / name).read_bytes() == content
    assert not list(tmp_path.glob(".*"))


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_never_give_a_letter_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(imprimeur, "BATCH", 3)
    default_caisse()
    written = {letter(number).reference for number in range(12)}
    refused: list[str] = []

    def one(folder: Path) -> None:
        try:
            imprimeur.export(folder, by=SYSTEM)
        except AlreadyRunning:
            refused.append(folder.name)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(tmp_path / str(turn),)) for turn in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    given = [reference for path in tmp_path.glob("*/*.zip") for reference in references_in(path)]
    assert sorted(given) == sorted(written)
    assert len(refused) < 3


@pytest.mark.django_db(transaction=True)
def test_a_run_during_another_is_told_to_wait(tmp_path):
    letter()
    held, done = threading.Event(), threading.Event()

    def another() -> None:
        with imprimeur.alone("courriers-exporter"):
            held.set()
            done.wait(20)
        connections.close_all()

    thread = threading.Thread(target=another)
    thread.start()
    held.wait(20)
    with pytest.raises(CommandError, match="Un autre export"):
        run("courriers_exporter", tmp_path, pour_de_vrai=True)
    done.set()
    thread.join()
    assert not zips(tmp_path)


def test_what_waits_for_somebody_does_not_leave_until_the_registry_is_right(tmp_path):
    lettre = letter(code_postal="5919")
    assert "à vérifier dans le registre : 1" in run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert not zips(tmp_path)
    Personne.objects.update(code_postal="59190")
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert references_in(zips(tmp_path)[0]) == [lettre.reference]


def test_a_letter_cancelled_or_too_old_never_leaves(tmp_path):
    lettres.cancel(letter(1), by=SYSTEM)
    old = letter(2)
    Lettre.objects.filter(pk=old.pk).update(expire_at=timezone.now())
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert not zips(tmp_path)
    old.refresh_from_db()
    assert old.etat == "perimee"


def test_a_letter_that_cannot_be_typeset_does_not_stop_the_others(tmp_path):
    bad, good = letter(1), letter(2)
    plain = imprimeur.typeset

    def fail(lettre: Lettre) -> bytes:
        if lettre.pk == bad.pk:
            raise TypesetError("x")
        return plain(lettre)

    with mock.patch("enclos.courrier.imprimeur.typeset", fail), pytest.raises(SystemExit):
        run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert references_in(zips(tmp_path)[0]) == [good.reference]
    bad.refresh_from_db()
    assert (bad.etat, bad.lot) == ("a-verifier", None)


def test_a_lot_that_the_printer_lost_is_made_again_the_same(tmp_path):
    letter()
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    (path,) = zips(tmp_path)
    content = path.read_bytes()
    path.unlink()
    run("courriers_exporter", tmp_path, pour_de_vrai=True, encore=Lot.objects.get().reference.lower())
    assert path.read_bytes() == content
    with pytest.raises(CommandError, match="Aucun lot"):
        run("courriers_exporter", tmp_path, pour_de_vrai=True, encore="AAA-AAA")


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path):
    letter()
    (tmp_path / "fichier").write_text("")
    with pytest.raises(CommandError, match="fichier"):
        run("courriers_exporter", tmp_path / "fichier", pour_de_vrai=True)
    run("courriers_exporter", tmp_path, pour_de_vrai=True)
    assert len(zips(tmp_path)) == 1


# --- the way back


@pytest.fixture
def exported(tmp_path) -> Lettre:
    lettre = letter(7)
    imprimeur.export(tmp_path / "lots", by=SYSTEM)
    lettre.refresh_from_db()
    return lettre


def test_the_secret_goes_with_the_proof_of_posting(tmp_path, exported):
    assert exported.secret
    file = returned(tmp_path, f"{exported.reference},déposé,{today()}")
    assert "Rien n’est enregistré" in run("courriers_retours", file)
    exported.refresh_from_db()
    assert exported.etat == "exportee"
    assert "1  Déposée à la poste" in run("courriers_retours", file, pour_de_vrai=True)
    exported.refresh_from_db()
    assert (exported.etat, exported.secret_sealed, exported.is_open) == ("postee", None, True)
    assert exported.posted_at is not None
    assert "1  déjà connus" in run("courriers_retours", file, pour_de_vrai=True)
    assert Ligne.objects.about(exported).filter(event="courrier.lettre.posted").count() == 1


def test_a_letter_that_came_back_is_seen_and_makes_room_for_another(tmp_path, exported):
    file = returned(tmp_path, f"{exported.reference},DÉPOSÉE,{today()}", f"{exported.reference},NPAI,{today()}")
    run("courriers_retours", file, pour_de_vrai=True)
    exported.refresh_from_db()
    assert (exported.etat, exported.is_open) == ("revenue", False)
    personne = exported.personne
    assert access.returned_letter_of(personne) == exported
    assert list(access.letters_to_watch(personne.caisse_id)) == [exported]
    figures = {constat.libelle: constat.nombre for constat in controle.constats()}
    assert figures["Lettres revenues ou sans adresse, que personne n’a vues"] == 1
    again = lettres.request(
        personne, "mot-de-passe", secret="B3NF-V8JK-L5SG-Z6YA", cle="deux", caisse=personne.caisse, by=SYSTEM
    )
    assert again.etat == "a-verifier"
    assert "est revenu de cette adresse" in again.motifs[0]
    Personne.objects.filter(pk=personne.pk).update(adresse4="3 RUE NEUVE")
    assert lettres.read_address_again(again, by=SYSTEM).etat == "en-attente"


def test_semicolons_office_encodings_and_french_dates_are_read(tmp_path, exported):
    day = today_paris().strftime("%d/%m/%Y")
    file = returned(
        tmp_path,
        f"{exported.reference.lower().replace('-', ' ')};Distribué;{day}",
        header="Référence;Statut;Date",
        encoding="cp1252",
    )
    assert "1  Distribuée" in run("courriers_retours", file, pour_de_vrai=True)
    exported.refresh_from_db()
    assert (exported.etat, exported.secret_sealed) == ("distribuee", None)


def test_wrong_lines_are_said_in_plain_french_and_stop_no_other(tmp_path, exported):
    waiting = letter(9)
    file = returned(
        tmp_path,
        "ZZZ-ZZZ-ZZZ,déposé," + today(),
        f"{exported.reference},perdu,{today()}",
        f"{exported.reference},déposé,hier",
        f"{exported.reference},déposé,{today(9)}",
        f"{exported.reference},déposé,{today(-9)}",
        f"{waiting.reference},déposé,{today()}",
        "",
        "seule",
        f"{exported.reference},NPAI,{today()}",
        f"{exported.reference},distribué,{today()}",
    )
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("courriers_retours", str(file), pour_de_vrai=True, stdout=out)
    assert end.value.code == 3
    told = out.getvalue()
    for said in (
        "Ligne 2 : aucune lettre ne porte la référence « ZZZ-ZZZ-ZZZ ».",
        "Ligne 3 : statut « perdu » inconnu : déposé, distribué ou NPAI attendu.",
        "Ligne 4 : date « hier » illisible",
        "Ligne 5 : le",
        "n’est pas encore passé",
        "Ligne 6 : le",
        "est avant la lettre",
        f"Ligne 7 : la lettre {waiting.reference} n’a pas été remise à l’imprimeur.",
        "Ligne 9 : statut",
        f"Ligne 11 : la lettre {exported.reference} est déjà revenue",
        "Lignes rejetées : 8.",
        "1  Revenue",
    ):
        assert said in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Il manque une colonne : reference, statut, date."),
        (b"reference,date\n", "Il manque une colonne : statut."),
        (b"reference,statut,date\n\x00,x,y\n", ""),
        (b"\xff\xfe\x00\x01" * 10, "Il manque une colonne"),
    ],
)
def test_what_is_not_a_file_of_returns_is_said(tmp_path, content, said):
    path = tmp_path / "retours.csv"
    path.write_bytes(content)
    try:
        call_command("courriers_retours", str(path), stdout=StringIO())
    except CommandError as error:
        assert said in str(error)  # noqa: PT017
    except SystemExit as end:
        assert end.code == 3  # noqa: PT017


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("courriers_retours", tmp_path / "absent.csv")


def test_a_cancelled_letter_that_was_posted_all_the_same_stays_cancelled(tmp_path, exported):
    lettres.cancel(exported, by=SYSTEM)
    run("courriers_retours", returned(tmp_path, f"{exported.reference},déposé,{today()}"), pour_de_vrai=True)
    exported.refresh_from_db()
    assert exported.etat == "annulee"
    assert exported.posted_at is not None


def test_letters_that_nobody_exports_or_that_are_never_posted_ring(tmp_path, exported):
    letter(3)
    figures = {constat.libelle: constat for constat in controle.constats()}
    alarms = [label for label, constat in figures.items() if constat.is_alarming]
    assert alarms == []
    long_ago = timezone.now() - timedelta(days=11)
    Lettre.objects.filter(etat="en-attente").update(created_at=long_ago)
    Lettre.objects.filter(etat="exportee").update(exported_at=long_ago)
    alarms = [constat.libelle for constat in controle.constats() if constat.is_alarming]
    assert alarms == [
        "Lettres que personne n’a exportées depuis plus de quatre jours",
        "Lettres exportées depuis plus de dix jours sans preuve de dépôt",
    ]


def test_the_member_is_told_at_home_until_the_registry_gives_another_address(tmp_path, adherente):
    personne = adherente.personne
    lettre = lettres.request(
        personne, "acces-ouvert", cle="essai", caisse=personne.caisse, by=SYSTEM
    )  # fmt: skip
    imprimeur.export(tmp_path / "lots", by=SYSTEM)
    assert "Un courrier nous est revenu." not in adherente.get("/espace/").content.decode()
    run("courriers_retours", returned(tmp_path, f"{lettre.reference},NPAI,{today()}"), pour_de_vrai=True)
    page = adherente.get("/espace/").content.decode()
    assert "Un courrier nous est revenu." in page
    assert "Donner ma nouvelle adresse" in page
    Personne.objects.filter(pk=personne.pk).update(adresse4="3 RUE NEUVE")
    assert "Un courrier nous est revenu." not in adherente.get("/espace/").content.decode()
