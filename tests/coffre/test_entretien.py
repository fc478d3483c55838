"""Years later: keys change, disks rot, processes die between two rows; each is seen, and what can be mended is."""

import base64
import os
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.coffre import actions, checks, controle, entretien, objets, tasks
from enclos.coffre.models import Fichier, Objet, Partie
from enclos.coffre.storage import storage
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.sealed import SealError

pytestmark = pytest.mark.django_db


def vault_key(name):
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def said(command, *args, **options):
    output = StringIO()
    call_command(command, *args, stdout=output, stderr=output, **options)
    return output.getvalue()


@pytest.fixture
def ring(coffre, reglages):
    """A vault with these keys."""

    def use(*keys):
        reglages(vault_keys=keys, data_dir=coffre.parent / "donnees", storage_url=f"file://{coffre}")

    return use


def test_keys_rotate_without_touching_the_files(ring, coffre, monkeypatch):
    old, new = vault_key("2026"), vault_key("2027")
    ring(old)
    kept = {objets.store(os.urandom(1000), "application/pdf").pk for _ in range(5)}
    bytes_before = {path.name: path.read_bytes() for path in coffre.rglob("*") if path.is_file()}
    plain = {pk: objets.read(Objet.objects.get(pk=pk)) for pk in kept}

    ring(new, old)
    monkeypatch.setattr(entretien, "BATCH", 2)
    assert "5 objet(s) sous la clé 2026" in said("coffre_rotation")
    assert entretien.keys_in_use() == {"2026": 5}  # dry
    assert "Terminé" in said("coffre_rotation", pour_de_vrai=True)
    assert entretien.keys_in_use() == {"2027": 5}

    ring(new)
    assert {pk: objets.read(Objet.objects.get(pk=pk)) for pk in kept} == plain
    assert {path.name: path.read_bytes() for path in coffre.rglob("*") if path.is_file()} == bytes_before
    assert Ligne.objects.get(event="coffre.cles.rotated").details == {"cle": "2027", "objets": 5, "echecs": 0}


def test_a_rotation_that_was_stopped_goes_on(ring, monkeypatch):
    old, new = vault_key("2026"), vault_key("2027")
    ring(old)
    for _ in range(5):
        objets.store(b"x", "application/pdf")
    ring(new, old)
    monkeypatch.setattr(entretien, "BATCH", 2)
    next(entretien.rewrap())
    assert entretien.keys_in_use() == {"2026": 3, "2027": 2}
    assert sum(done for done, _ in entretien.rewrap()) == 3
    assert entretien.keys_in_use() == {"2027": 5}


def test_a_rotation_names_what_it_cannot_open_and_does_the_rest(ring):
    ring(vault_key("perdue"))
    lost = objets.store(b"x", "application/pdf")
    old, new = vault_key("2026"), vault_key("2027")
    ring(old)
    objets.store(b"x", "application/pdf")
    ring(new, old)
    with pytest.raises(CommandError, match=str(lost.pk)):
        said("coffre_rotation", pour_de_vrai=True)
    assert entretien.keys_in_use() == {"2027": 1, "perdue": 1}


def test_the_check_finds_every_kind_of_damage(coffre):
    sound, bent, cut, swapped, gone, rewritten = (
        objets.store(os.urandom(100_000), "application/pdf") for _ in range(6)
    )

    def path(objet):
        return coffre / objet.cle[:2] / objet.cle

    assert "6 objet(s) lus, 0 en défaut" in said("coffre_verifier")
    changed = bytearray(path(bent).read_bytes())
    changed[50_000] ^= 1
    path(bent).write_bytes(changed)
    path(cut).write_bytes(path(cut).read_bytes()[:-1])
    path(swapped).write_bytes(path(sound).read_bytes())
    path(gone).unlink()
    Objet.objects.filter(pk=rewritten.pk).update(sha256="0" * 64)

    output = StringIO()
    with pytest.raises(CommandError, match="5 objet"):
        call_command("coffre_verifier", stdout=output, stderr=output)
    faults = output.getvalue()
    assert faults.count("ne s’ouvre pas") == 3
    assert f"{gone.pk} ({gone.created_at:%d/%m/%Y}) : absent du stockage" in faults
    assert f"{rewritten.pk} ({rewritten.created_at:%d/%m/%Y}) : ses octets ne sont pas ceux" in faults
    assert str(sound.pk) not in faults
    for objet in (bent, cut, swapped):
        with pytest.raises(SealError):
            objets.read(objet)


def test_the_check_can_be_of_the_last_days_only(coffre):
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        objets.store(b"x", "application/pdf")
    objets.store(b"x", "application/pdf")
    assert "1 objet(s) lus" in said("coffre_verifier", jours=2)
    assert "2 objet(s) lus" in said("coffre_verifier")


def figures():
    return {constat.libelle: constat.nombre for constat in controle.constats() if constat.is_alarming}


def test_reconciliation_is_silent_when_all_is_well(coffre, inspecteur, recevoir, photo):
    actions.receive(recevoir(photo), by=SYSTEM)
    assert figures() == {}


def test_reconciliation_sees_what_is_lost_late_or_given_up(coffre, inspecteur, recevoir, photo):
    one, other = (actions.receive(recevoir(photo), by=SYSTEM) for _ in range(2))
    storage().delete(one.original.cle)
    hours_ago = timezone.now() - timedelta(hours=3)
    Fichier.objects.filter(pk=one.pk).update(analyse="en_cours", kept_at=None, promised_at=hours_ago)
    Fichier.objects.filter(pk=other.pk).update(analyse="en_cours", kept_at=None, broken_at=hours_ago)
    assert figures() == {
        "Objets absents du stockage": 1,
        "Fichiers qui attendent l’antivirus depuis plus d’une heure": 1,
        "Fichiers dont l’analyse est abandonnée": 1,
    }


def test_reconciliation_says_when_the_storage_is_away(coffre, reglages, s3):
    objets.store(b"x", "application/pdf")
    reglages(storage_url="s3://coffre?endpoint=http://127.0.0.1:1")
    assert figures() == {"Stockage sans réponse": 1}


def test_a_file_that_nothing_points_to_is_forgotten_after_a_day(coffre, inspecteur, recevoir, photo):
    actions.receive(recevoir(photo), by=SYSTEM)
    objets.store(b"x", "application/pdf")
    assert tasks.sweep_unclaimed() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert tasks.sweep_unclaimed() == 2
    assert not Fichier.objects.exists()
    assert not Objet.objects.exists()
    assert not Partie.objects.exists()
    assert [path for path in coffre.rglob("*") if path.is_file()] == []


def test_what_a_row_points_to_is_never_forgotten(coffre):
    kinds = {relation.related_model for relation in Objet._meta.get_fields(include_hidden=True) if relation.is_relation}
    assert {Fichier, Partie, Accuse} <= kinds
    sql = str(entretien.unclaimed_objets(timedelta(hours=24)).query)
    for table in ("coffre_fichier", "coffre_partie", "accuses_accuse"):
        assert f'NOT EXISTS(SELECT 1 AS "a" FROM "{table}"' in sql


def test_production_wants_keys_of_its_own_and_an_antivirus(reglages):
    reglages(mode="production")
    assert {found.id for found in checks.production_seals_and_scans()} == {"coffre.E004", "coffre.E005"}
    reglages(mode="production", vault_keys=(vault_key("2026"),), clamd="unix:/run/clamd.ctl")
    assert checks.production_seals_and_scans() == []
    reglages(mode="demo")
    assert checks.production_seals_and_scans() == []


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (("2026",), "coffre.E001"),
        ((":AAAA",), "coffre.E001"),
        (("2026:AAAA",), "coffre.E001"),
        (("2026:pas du base64 !",), "coffre.E001"),
        (("a:" + "A" * 43 + "=", "a:" + "B" * 43 + "="), "coffre.E002"),
    ],
)
def test_a_key_badly_written_is_said_at_start(reglages, keys, code):
    reglages(vault_keys=keys)
    assert [found.id for found in checks.vault_keys_are_well_made()] == [code]


def test_a_storage_badly_written_is_said_at_start(reglages):
    reglages(storage_url="coffre/")
    assert [found.id for found in checks.storage_is_well_written()] == ["coffre.E003"]
