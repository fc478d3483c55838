"""`/verifier/`: anyone who holds a receipt learns whether it is ours, and nothing about anybody."""

import re
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.env import ENV
from enclos.accuses import access, actions, cachet, frein
from enclos.accuses.models import Accuse
from enclos.caisses.access import default_caisse
from enclos.journal.actions import SYSTEM
from tests.accuses.modeles import RECEIVED, contenu, sha

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enclos.accuses.views.BRAKE", frein.Brake(1000))


@pytest.fixture
def accuse(travailleur) -> Accuse:
    accuse = actions.issue(
        kind="reception",
        reference="KM7-RP4-QB2",
        received_at=RECEIVED,
        caisse=default_caisse(),
        contenu=contenu(),
        by=SYSTEM,
    )
    travailleur()
    actions.pdf_ready(accuse)
    return accuse


def check(client, **fields):
    return client.post("/verifier/", {"reference": "", "code": "", **fields})


def check_file(client, data: bytes, name: str = "accuse.pdf"):
    return check(client, fichier=SimpleUploadedFile(name, data, content_type="application/pdf"))


def words(response) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_anyone_reads_the_page_without_signing_in(client):
    response = client.get("/verifier/")
    assert response.status_code == 200
    assert "Référence" in words(response)
    assert "Code de vérification" in words(response)
    assert "Fichier PDF" in words(response)
    assert "facultatif" not in words(response)


def test_the_qr_code_of_the_paper_fills_the_reference(client, accuse):
    link = accuse.contenu["verification"]["lien"]
    response = client.get(link.removeprefix(ENV.base_url))
    assert b'value="KM7-RP4-QB2"' in response.content
    assert accuse.code not in link


def test_the_reference_and_the_code_prove_the_receipt(client, accuse):
    page = words(check(client, reference="KM7-RP4-QB2", code=accuse.code))
    assert "Authentique" in page
    assert "Accusé de réception" in page
    assert "samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris)" in page
    assert "MSA Nord-Pas de Calais" in page
    assert "Famille et logement" in page
    assert "2 documents" in page
    assert " ".join(re.findall("....", sha("IMG_2041.jpg")[:16])) in page


@pytest.mark.parametrize("typed", ["km7-rp4-qb2", "KM7RP4QB2", " km7 rp4 qb2 ", "KM7–RP4–QB2"])
def test_the_reference_may_be_typed_in_any_manner(client, accuse, typed: str):
    code = f" {accuse.code[:5].lower()} {accuse.code[5:]}"
    assert "Authentique" in words(check(client, reference=typed, code=code))


def test_nothing_personal_is_shown(client, accuse):
    page = words(check(client, reference=accuse.reference, code=accuse.code))
    for personal in (
        "Delattre",
        "Jeanne",
        "Lucie",
        "Avis d’impôt",
        "aide au logement",
        "IMG_2041",
        sha("IMG_2041.jpg"),
    ):
        assert personal not in page


def test_an_unknown_reference_and_a_wrong_code_get_the_same_answer(client, accuse):
    unknown = check(client, reference="AB2-CD3-EF4", code=accuse.code)
    wrong = check(client, reference=accuse.reference, code="ABCDE23456")
    assert "Non authentique" in words(unknown)
    assert words(unknown) == words(wrong)
    assert unknown.status_code == wrong.status_code


def test_the_file_itself_proves_the_receipt_byte_for_byte(client, accuse):
    page = words(check_file(client, access.pdf_of(accuse)))
    assert "Authentique" in page
    assert "KM7-RP4-QB2" in page
    assert "pas un signe n’a changé" in page


def test_one_byte_changed_is_not_authentic(client, accuse):
    data = bytearray(access.pdf_of(accuse))
    data[len(data) // 2] ^= 1
    page = words(check_file(client, bytes(data)))
    assert "Non authentique" in page
    assert "Delattre" not in page


def test_a_receipt_unknown_here_but_sealed_by_us_is_told_with_whose_seal(client, accuse):
    data = access.pdf_of(accuse)
    Accuse.objects.all().delete()
    page = words(check_file(client, data))
    assert "Authentique" in page
    assert "Cachet de démonstration" in page
    assert "registres" in page


def test_a_receipt_unknown_here_and_sealed_by_another_is_not_authentic(client, accuse, tmp_path):
    data = access.pdf_of(accuse)
    Accuse.objects.all().delete()
    cachet.make_demo_seal(tmp_path / "autre")
    with mock.patch("enclos.accuses.views.cachet.known", return_value=cachet.known(tmp_path / "autre")):
        assert "Non authentique" in words(check_file(client, data))


@pytest.mark.parametrize("data", [b"n'importe quoi", b"%PDF-1.7\n/ByteRange [0 1 2 3]", b"\0" * 4_999_999])
def test_any_other_file_is_not_authentic(client, data: bytes):
    assert "Non authentique" in words(check_file(client, data))


def test_neither_pyhanko_nor_a_pdf_parser_is_loaded_to_check_a_file():
    import subprocess
    import sys

    code = "import django, sys; django.setup(); import enclos.accuses.views; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                            env={"DJANGO_SETTINGS_MODULE": "config.settings", "ENCLOS_MODE": "test"}).stdout.split()  # fmt: skip
    assert not {"pyhanko", "pikepdf", "pypdfium2", "typst", "segno", "asn1crypto"} & set(loaded)


@pytest.mark.parametrize(
    ("fields", "field", "phrase"),
    [
        ({}, "reference", "choisissez son fichier PDF"),
        ({"code": "ABCDE23456"}, "reference", "Écrivez aussi la référence"),
        ({"reference": "KM7-RP4-QB2"}, "code", "Écrivez aussi le code de vérification"),
        ({"fichier": SimpleUploadedFile("vide.pdf", b"")}, "fichier", "vide"),
        ({"fichier": SimpleUploadedFile("lourd.pdf", b"x" * 5_000_001)}, "fichier", "plus de 5 Mo"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, fields, field: str, phrase: str):
    response = check(client, **fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert phrase in words(response)
    assert f'href="#id_{field}"' in response.content.decode()
    for name in ("reference", "code"):
        if fields.get(name):
            assert f'value="{fields[name]}"' in response.content.decode()


def test_a_body_beyond_reason_is_refused_before_it_is_read(client):
    response = check_file(client, b"x" * 10_000_001)
    assert response.status_code == 413
    assert "plus de 5 Mo" in words(response)


def test_a_form_from_elsewhere_is_refused(accuse):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/verifier/", {"reference": accuse.reference, "code": accuse.code}).status_code == 403


def test_too_many_tries_in_a_minute_are_asked_to_wait(client, monkeypatch):
    monkeypatch.setattr("enclos.accuses.views.BRAKE", frein.Brake(2))
    for _ in range(2):
        assert check(client, reference="AB2-CD3-EF4", code="x").status_code == 200
    response = check(client, reference="AB2-CD3-EF4", code="x")
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert client.get("/verifier/").status_code == 200


def test_who_tried_too_often_has_no_file_read(client, monkeypatch):
    monkeypatch.setattr("enclos.accuses.views.BRAKE", frein.Brake(0))
    monkeypatch.setattr("enclos.accuses.views.InMemoryHandler", None)
    assert check(client, fichier=SimpleUploadedFile("accuse.pdf", b"%PDF-1.7")).status_code == 429


def test_both_receipts_of_a_sending_are_named(client, travailleur):
    for kind, content in (("enregistrement", None), ("reception", contenu())):
        accuse = actions.issue(
            kind=kind,
            reference="AB2-CD3-EF4",
            received_at=RECEIVED,
            caisse=default_caisse(),
            contenu=content,
            by=SYSTEM,
        )
    page = words(check(client, reference="AB2-CD3-EF4", code=accuse.code))
    assert "Accusé de réception , après un accusé d’enregistrement" in page or (
        "Accusé de réception, après un accusé d’enregistrement" in page
    )


def test_the_answer_takes_few_queries(client, accuse, django_assert_max_num_queries):
    default_caisse()
    with django_assert_max_num_queries(2):
        check(client, reference=accuse.reference, code=accuse.code)
