"""`enclos exporter`: nothing lives only in a message, its files reach the fund's system as a sending's do."""

import hashlib

import pytest

from enclos.api import exportation
from enclos.api.models import PieceExportee
from enclos.coffre.models import Fichier
from enclos.messagerie.actions import purge
from enclos.messagerie.models import Message, Piece
from tests.api.test_exporter import envois, everything, exporter
from tests.conftest import Acteur
from tests.envois.conftest import envoye, pret  # noqa: F401  (fixtures)
from tests.messagerie.conftest import PHOTO, Plume, fichier

pytestmark = pytest.mark.usefixtures("inspection")


@pytest.fixture
def joint(adherente: Acteur) -> Plume:
    plume = Plume(adherente).commence().ecrit()
    plume.joint(fichier(), fichier(PHOTO + b"\0", "facture.jpg"))
    return plume


def test_each_file_of_a_message_is_given_as_a_document_of_a_sending(joint, tmp_path):
    joint.envoie()
    assert exporter(tmp_path) == 0
    rows = envois(tmp_path)
    assert [row["numero"] for row in rows] == [f"{joint.reference}-1", f"{joint.reference}-2"]
    assert tuple(rows[0]) == exportation.ENVOIS_HEADER
    row = rows[0]
    assert (row["reference"], row["ref"]) == (joint.reference, joint.acteur.personne.ref)
    assert (row["nature"], row["motif"], row["concerne"]) == ("AUTRE", "autre", "moi")
    assert joint.reference in row["motif_texte"]
    assert row["libelle"] == "Pièce jointe au message : IMG_2041.jpg"
    assert row["originaux"] == hashlib.sha256(PHOTO).hexdigest()
    assert hashlib.sha256((tmp_path / row["fichier"]).read_bytes()).hexdigest() == row["sha256"]
    before = everything(tmp_path)
    assert exporter(tmp_path) == 0
    assert everything(tmp_path) == before


def test_the_pages_of_one_document_are_given_as_one(joint, tmp_path):
    joint.joint(fichier(PHOTO + b"3", "page3.jpg"), un_seul="on")
    joint.envoie()
    exporter(tmp_path)
    (row,) = envois(tmp_path)
    assert row["libelle"] == "Document joint au message"
    assert len(row["originaux"].split("|")) == 3
    assert PieceExportee.objects.count() == 3


def test_sendings_and_messages_stand_in_one_file(envoye, joint, tmp_path):  # noqa: F811
    joint.envoie()
    exporter(tmp_path)
    assert [row["reference"] for row in envois(tmp_path)] == [envoye.reference, joint.reference, joint.reference]


def test_drafts_scans_under_way_dangerous_and_medical_files_are_not_given(joint, tmp_path):
    exporter(tmp_path)
    joint.envoie()
    receipt = joint.message.accuse_reception
    Message.objects.update(accuse_reception=None)
    exporter(tmp_path)
    Message.objects.update(accuse_reception=receipt)
    Fichier.objects.update(analyse=Fichier.Analyse.INFECTE)
    exporter(tmp_path)
    assert envois(tmp_path) == []
    Fichier.objects.update(analyse=Fichier.Analyse.SAIN)
    Fichier.objects.filter(nom="facture.jpg").update(retrait=Fichier.Retrait.MEDICAL)
    assert exporter(tmp_path) == 0
    assert [row["libelle"] for row in envois(tmp_path)] == ["Pièce jointe au message : IMG_2041.jpg"]


def test_a_sending_loses_a_page_that_was_withdrawn_elsewhere_and_stops_nothing(envoye, tmp_path):  # noqa: F811
    Fichier.objects.update(retrait=Fichier.Retrait.MEDICAL)
    assert exporter(tmp_path) == 0
    assert envois(tmp_path) == []


def test_what_was_given_bars_no_purge(joint, tmp_path):
    joint.envoie()
    exporter(tmp_path)
    joint.post("clore")
    assert purge(joint.fil)
    assert not Piece.objects.exists()
    assert not PieceExportee.objects.exists()
