"""A file is received: looked at, sealed, kept durable, then written down; or refused by its name, and nothing stays."""

import hashlib
import io
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from enclos.coffre import actions, objets, storage, tasks, uploads
from enclos.coffre.actions import FileRefused
from enclos.coffre.inspection.types import JPEG
from enclos.coffre.models import Fichier, Objet, Partie
from enclos.coffre.storage import Folder, ObjectMissing, StorageUnavailable
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.refusals import Refusal
from tests.coffre.conftest import written

pytestmark = pytest.mark.django_db


def no_hold():
    """Nobody has anything against it."""


def roll_back(action):
    """Do something in a transaction that does not reach its end."""
    with suppress(IntegrityError), transaction.atomic():
        action()
        raise IntegrityError


def stored(coffre):
    return {path.name for path in coffre.rglob("*") if path.is_file()}


def test_a_photo_is_kept_as_it_came_and_as_a_readable_copy(coffre, inspecteur, recevoir, photo):
    upload = recevoir(photo, "certificat.jpeg")
    fichier = actions.receive(upload, by=SYSTEM)
    upload.close()

    fichier = Fichier.objects.get(pk=fichier.pk)
    assert (fichier.nom, fichier.media_type, fichier.taille, fichier.pages) == ("certificat.jpeg", JPEG, len(photo), 1)
    assert fichier.sha256 == hashlib.sha256(photo).hexdigest() == fichier.original.sha256
    assert objets.read(fichier.original) == photo
    (partie,) = fichier.parties.all()
    copy = objets.read(partie.objet)
    assert len(copy) == partie.taille < 1_000_000
    assert hashlib.sha256(copy).hexdigest() == partie.sha256
    assert stored(coffre) == {fichier.original.cle, partie.objet.cle}
    assert list(uploads.folder().iterdir()) == []


def test_without_antivirus_the_file_is_never_called_clean(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    assert fichier.analyse == Fichier.Analyse.NON_ANALYSE
    assert fichier.is_kept
    assert fichier.is_safe_to_open
    assert not Fichier.objects.due().exists()


def test_nothing_of_the_file_is_on_the_disk_in_the_clear(coffre, inspecteur, recevoir, photo):
    upload = recevoir(photo)
    actions.receive(upload, by=SYSTEM)
    pieces = [photo[start : start + 32] for start in range(0, len(photo) - 32, 4096)]
    for path in coffre.parent.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()
            assert not [piece for piece in pieces if piece in kept], path


def test_receiving_takes_few_statements(coffre, inspecteur, recevoir, photo):
    upload = recevoir(photo)
    prepared = actions.prepare(upload, by=SYSTEM)
    with CaptureQueriesContext(connection) as queries:
        actions.register(prepared, by=SYSTEM)
    inserts = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    assert len(inserts) == 4, inserts
    assert len(queries) <= 6


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "vide.pdf", "vide"),
        (b"PK\x03\x04" + b"\0" * 200, "lettre.docx", "type_inconnu"),
        (b"%PDF-1.7\nrien", "casse.pdf", "pdf_illisible"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name_and_leaves_nothing(coffre, inspecteur, recevoir, data, name, code):
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(data, name), by=SYSTEM)
    assert refusal.value.code in {code, "tronque"}
    assert refusal.value.nom == name
    assert refusal.value.phrase.startswith(f"Le fichier « {name} » n’a pas été ajouté. ")
    assert (refusal.value.status, refusal.value.is_temporary) == (422, False)
    assert not Fichier.objects.exists()
    assert not Objet.objects.exists()
    assert stored(coffre) == set()


def test_a_file_too_heavy_is_refused_before_anybody_looks_at_it(coffre, reglages, recevoir):
    reglages(upload_max_bytes=1000, data_dir=coffre.parent / "donnees")
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(b"x" * 1001, "gros.pdf"), by=SYSTEM)
    assert refusal.value.code == "trop_lourd"


def test_a_deceptive_name_is_shown_without_its_tricks(coffre, inspecteur, recevoir):
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(b"MZ\x90\0" * 50, "facture\u202efdp.exe"), by=SYSTEM)
    assert "\u202e" not in refusal.value.phrase


def test_when_nobody_can_look_the_member_is_told_to_come_back(coffre, recevoir, photo, monkeypatch, tmp_path):
    monkeypatch.setattr("enclos.coffre.inspecteur._address", str(tmp_path / "personne.sock"))
    monkeypatch.setattr("enclos.coffre.actions.TURN_S", 0.1)
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(photo), by=SYSTEM)
    assert (refusal.value.code, refusal.value.status, refusal.value.is_temporary) == ("analyse_indisponible", 503, True)
    assert stored(coffre) == set()


@pytest.mark.parametrize("fails_at", [1, 2])
def test_when_the_storage_is_away_nothing_is_stored_by_halves(
    coffre, inspecteur, recevoir, photo, monkeypatch, fails_at
):
    puts = []
    plain_put, plain_put_file = Folder.put, Folder.put_file

    def failing(plain):
        def put(self, cle, what):
            puts.append(cle)
            if len(puts) == fails_at:
                raise StorageUnavailable("away")
            plain(self, cle, what)

        return put

    monkeypatch.setattr(Folder, "put", failing(plain_put))
    monkeypatch.setattr(Folder, "put_file", failing(plain_put_file))
    with pytest.raises(FileRefused) as refusal:
        actions.receive(recevoir(photo, "photo.jpg"), by=SYSTEM)
    assert refusal.value.code == "coffre_indisponible"
    assert len(puts) == fails_at
    assert stored(coffre) == set()
    assert not Objet.objects.exists()


def test_rows_that_do_not_come_leave_objects_that_the_sweep_removes(coffre, inspecteur, recevoir, photo):
    prepared = actions.prepare(recevoir(photo), by=SYSTEM)
    roll_back(lambda: actions.register(prepared, by=SYSTEM))
    assert len(stored(coffre)) == 2
    assert not Objet.objects.exists()
    assert tasks.sweep_orphans() == 0  # too young: its row may be on its way
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert tasks.sweep_orphans() == 2
    assert stored(coffre) == set()


def test_the_sweep_never_touches_what_a_row_knows(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert tasks.sweep_orphans() == 0
    assert objets.read(fichier.original) == photo


def test_a_storage_full_of_strangers_is_left_alone(coffre, caplog):
    for _ in range(tasks.ORPHANS_BELIEVED + 1):
        storage.storage().put(objets.new_cle(), [b"x"])
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert tasks.sweep_orphans() == 0
    assert len(stored(coffre)) == tasks.ORPHANS_BELIEVED + 1
    assert "another installation" in caplog.text


def test_half_received_files_of_a_killed_process_go_after_a_day(coffre, recevoir):
    upload = recevoir(b"x" * 1000)
    assert tasks.sweep_received() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert tasks.sweep_received() == 1
    assert not upload.path.exists()


def test_a_discarded_file_is_gone_for_good(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    original = fichier.original
    actions.discard(fichier, by=SYSTEM)
    assert not Fichier.objects.exists()
    assert not Partie.objects.exists()
    assert not Objet.objects.exists()
    assert stored(coffre) == set()
    with pytest.raises(ObjectMissing):
        objets.read(original)
    assert Ligne.objects.filter(event="coffre.fichier.discarded").count() == 1


def test_a_discard_that_is_rolled_back_loses_nothing(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    roll_back(lambda: actions.discard(Fichier.objects.get(pk=fichier.pk), by=SYSTEM))
    assert objets.read(Fichier.objects.get(pk=fichier.pk).original) == photo


def test_what_the_storage_does_not_remove_now_is_removed_by_the_sweep(coffre, inspecteur, recevoir, photo, monkeypatch):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    with monkeypatch.context() as patch:

        def away(self, cle):
            raise StorageUnavailable("away")

        patch.setattr(Folder, "delete", away)
        actions.discard(fichier, by=SYSTEM)
    assert len(stored(coffre)) == 2
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        tasks.sweep_orphans()
    assert stored(coffre) == set()


def test_a_turned_file_has_a_new_copy_and_the_same_original(coffre, inspecteur, recevoir):
    fichier = actions.receive(recevoir(written(1600, 900).getvalue()), by=SYSTEM)
    before = fichier.parties.get().objet
    turned = actions.turn(fichier, 1, hold=no_hold, by=SYSTEM)
    assert turned.quarts == 1
    after = turned.parties.get().objet
    assert after.pk != before.pk
    assert stored(coffre) == {turned.original.cle, after.cle}
    assert size_of(objets.read(after)) == (900, 1600)


def size_of(jpeg):
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.size


def test_of_two_turns_at_once_one_is_done_and_nothing_stays(coffre, inspecteur, recevoir, photo):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    stale = Fichier.objects.get(pk=fichier.pk)
    actions.turn(fichier, 1, hold=no_hold, by=SYSTEM)
    assert actions.turn(stale, 3, hold=no_hold, by=SYSTEM).quarts == 1
    assert len(stored(coffre)) == 2


def test_a_file_that_may_not_change_any_more_when_its_turned_copy_is_made_stays_as_it_was(
    coffre, inspecteur, recevoir, photo
):
    fichier = actions.receive(recevoir(photo), by=SYSTEM)
    before = stored(coffre)

    def hold():
        raise Refusal("Déjà parti.")

    with pytest.raises(Refusal):
        actions.turn(fichier, 1, hold=hold, by=SYSTEM)
    fichier.refresh_from_db()
    assert fichier.quarts == 0
    assert stored(coffre) == before


def test_a_withheld_file_keeps_its_bytes_and_shows_them_to_nobody(coffre, inspecteur, recevoir, photo):
    fichier = actions.quarantine(actions.receive(recevoir(photo), by=SYSTEM), by=SYSTEM)
    assert not fichier.is_readable
    assert not fichier.is_safe_to_open
    assert objets.read(fichier.original) == photo


def test_the_same_bytes_are_found_again(coffre, inspecteur, recevoir, photo):
    actions.receive(recevoir(photo), by=SYSTEM)
    assert Fichier.objects.same_bytes(hashlib.sha256(photo).hexdigest()).count() == 1


KILLED = """
import os, signal
import django
django.setup()
from enclos.coffre import objets
objets.Objet.save = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
objets.store(b"x" * 100_000, "application/pdf")
"""


def test_a_process_killed_between_the_bytes_and_the_row_leaves_an_orphan_and_no_row(coffre):
    storage.storage().put("0" * 32, [b"x"])  # makes the folders
    storage.storage().delete("0" * 32)
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "ENCLOS_STORAGE_URL": f"file://{coffre}"}
    done = subprocess.run([sys.executable, "-c", KILLED], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(stored(coffre)) == 1
    assert not Objet.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert tasks.sweep_orphans() == 1
    assert stored(coffre) == set()
