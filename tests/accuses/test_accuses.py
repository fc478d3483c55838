"""Receipts: issued once, sealed once, kept whatever happens in between."""

import hashlib
import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from unittest import mock

import pikepdf
import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from pypdfium2 import PdfDocument

from enclos.accuses import access, actions, cachet, controle, impression
from enclos.accuses.contenu import MentionManquante
from enclos.accuses.models import Accuse
from enclos.accuses.tasks import seal_due
from enclos.caisses.access import default_caisse
from enclos.coffre.models import Objet
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.pdf import TypesetError
from tests.accuses.modeles import FAMILLE, RECEIVED, contenu, document, fichier, sha

pytestmark = pytest.mark.django_db


def issue(kind: str = "reception", reference: str = "KM7-RP4-QB2", content=None) -> Accuse:
    return actions.issue(
        kind=kind,
        reference=reference,
        received_at=RECEIVED,
        caisse=default_caisse(),
        contenu=content or (contenu() if kind == "reception" else None),
        by=SYSTEM,
    )


def text_of(data: bytes) -> str:
    pages = [page.get_textpage().get_text_range() for page in PdfDocument(data)]
    return " ".join(" ".join(pages).replace("\ufffe", "").replace("\u200b", "").split())


def test_a_receipt_is_written_at_once_and_its_paper_follows(travailleur):
    accuse = issue()
    assert len(accuse.code) == 10
    assert not actions.pdf_ready(accuse)
    travailleur()
    assert actions.pdf_ready(accuse)
    accuse.refresh_from_db()
    assert accuse.is_kept
    data = access.pdf_of(accuse)
    assert hashlib.sha256(data).hexdigest() == accuse.pdf_sha256
    assert [line.event for line in Ligne.objects.about(accuse).order_by("pk")] == [
        "accuses.accuse.issued",
        "accuses.accuse.sealed",
    ]


def test_the_paper_says_every_word_of_the_screen(travailleur):
    accuse = issue()
    travailleur()
    actions.pdf_ready(accuse)
    text = text_of(access.pdf_of(accuse))
    shown = accuse.contenu
    expected = [shown["titre"], accuse.reference, accuse.code, shown["loi"], shown["caisse"]["nom"]]
    expected += [line for mention in shown["mentions"] for line in (mention["titre"], *mention["lignes"])]
    for each in shown["documents"]:
        expected += [each["nature"], *each["details"], each["taille"]]
        expected += [print_["sha256"] for file in each["fichiers"] for print_ in file["empreintes"]]
    for words in expected:
        assert words in text


def test_asking_twice_gives_one_receipt():
    assert issue().pk == issue().pk
    assert Accuse.objects.count() == 1


def test_the_database_refuses_a_second_receipt_of_the_same_sending():
    accuse = issue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Accuse.objects.create(
            genre=accuse.genre, reference=accuse.reference, received_at=RECEIVED, caisse=accuse.caisse, contenu={}
        )


def test_a_receipt_without_a_mention_does_not_come_out():
    with pytest.raises(MentionManquante):
        issue(content=contenu(expediteur=""))
    with pytest.raises(ValueError, match="what was received"):
        actions.issue(
            kind="reception",
            reference="KM7-RP4-QB2",
            received_at=RECEIVED,
            caisse=default_caisse(),
            contenu=None,
            by=SYSTEM,
        )
    assert not Accuse.objects.exists()


def test_an_enregistrement_can_stand_in_for_a_receipt_that_cannot_come_out():
    with transaction.atomic():
        try:
            issue(content=contenu(expediteur=""))
        except MentionManquante:
            issue("enregistrement")
    assert Accuse.objects.get().genre == "enregistrement"


def test_the_enregistrement_comes_first_and_shares_its_code_with_the_reception(travailleur):
    first, then = issue("enregistrement"), issue()
    assert first.code == then.code
    assert first.pk != then.pk
    travailleur()
    actions.pdf_ready(first)
    text = text_of(access.pdf_of(first))
    assert "Accusé d’enregistrement" in text
    assert "Un accusé de réception vous sera adressé." in text
    assert "Avis d’impôt" not in text


def test_an_issued_receipt_never_changes():
    accuse = issue()
    accuse.contenu = {}
    with pytest.raises(TypeError):
        accuse.save()


def test_a_stored_paper_is_never_replaced(travailleur):
    accuse = issue()
    travailleur()
    accuse.refresh_from_db()
    before = accuse.pdf_sha256
    late = Accuse.objects.get(pk=accuse.pk)
    late.pdf = None  # a worker that had read the row before the other was done
    impression.seal(late)
    accuse.refresh_from_db()
    assert accuse.pdf_sha256 == before
    impression.seal(accuse)
    assert Ligne.objects.filter(event="accuses.accuse.sealed").count() == 1
    assert Objet.objects.count() == 1


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("enclos.accuses.impression.typeset", TypesetError("papier")),
        ("enclos.accuses.impression.cachet.sign", OSError("clé illisible")),
        ("enclos.accuses.impression.objets.put", OSError("disque plein")),
        ("enclos.accuses.impression.cachet.active", cachet.SealMissing("aucun")),
    ],
)
def test_a_failure_on_the_way_is_tried_again_and_the_receipt_is_there_all_along(
    travailleur, where: str, error: Exception
):
    accuse = issue()
    with mock.patch(where, side_effect=error):
        travailleur()
    accuse.refresh_from_db()
    assert (accuse.is_ready, accuse.is_broken, accuse.attempts) == (False, False, 1)
    assert type(error).__name__ in accuse.last_error
    assert Objet.objects.count() == 0
    Accuse.objects.filter(pk=accuse.pk).update(next_at=timezone.now())
    assert seal_due() == 1
    accuse.refresh_from_db()
    assert accuse.is_ready


def test_a_lost_nudge_is_made_good_by_the_sweep():
    accuse = issue()  # and nobody does the task
    assert seal_due() == 1
    assert actions.pdf_ready(accuse)


def test_a_worker_killed_after_storing_leaves_a_receipt_that_gets_its_paper(travailleur):
    accuse = issue()
    killed = mock.patch("enclos.accuses.impression.Accuse.objects.filter", side_effect=KeyboardInterrupt)
    with killed, pytest.raises(KeyboardInterrupt):
        travailleur()
    Accuse.objects.filter(pk=accuse.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    assert seal_due() == 1
    assert actions.pdf_ready(accuse)


def test_figures_count_what_waits_and_what_is_late(travailleur):
    accuse = issue()
    assert [constat.nombre for constat in controle.constats()] == [1, 0, 0, 0, 0]
    Accuse.objects.filter(pk=accuse.pk).update(promised_at=timezone.now() - timedelta(minutes=11))
    assert [constat.is_alarming for constat in controle.constats()] == [False, True, False, False, False]
    travailleur()
    assert [constat.nombre for constat in controle.constats()] == [0, 0, 0, 0, 0]


def test_the_slip_on_the_screen_says_what_the_paper_says(rf):
    accuse = issue()
    html = unescape(render_to_string("accuses/_recepisse.html", {"accuse": accuse, "niveau": 1}, rf.get("/")))
    html = html.replace("\u00a0", " ")  # the screen holds « 10 h 47 » together
    for mention in accuse.contenu["mentions"]:
        assert all(line in html for line in (mention["titre"], *mention["lignes"]))
    for words in (
        accuse.reference,
        accuse.code,
        "Reçu",
        "Avis d’impôt sur le revenu",
        " ".join(re.findall("....", sha("a"))),
    ):
        assert words in html
    assert html.count("<h1") == 1
    assert "<h2" in render_to_string("accuses/_recepisse.html", {"accuse": accuse, "niveau": 2}, rf.get("/"))


def test_waiting_for_the_paper_ends():
    accuse = issue()
    assert not actions.pdf_ready(accuse, wait=0.12)
    with pytest.raises(Accuse.DoesNotExist):
        access.pdf_of(accuse)


def test_ten_documents_of_twenty_files_fill_several_sheets_and_stay_sound():
    files = tuple(fichier(f"IMG_{number:04d}.jpg") for number in range(20))
    accuse = issue(
        content=contenu(documents=tuple(document(nature=f"Papier {rang}", fichiers=files) for rang in range(10)))
    )
    data = impression.typeset(accuse)
    pages = PdfDocument(data)
    assert 5 < len(pages) < 40
    text = text_of(data)
    assert text.count(sha("IMG_0019.jpg")) == 10
    assert f"page {len(pages)} sur {len(pages)}" in text
    with pikepdf.open(BytesIO(data)) as opened:
        assert len(opened.pages) == len(pages)


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd")',
        "O’Brien « Œuvre » & <b>",
        "facture\u202egpj.exe",
        "漢字 😀",
        "x" * 255,
        "Ligne\nautre\0fin",
    ],
)
def test_whatever_a_member_typed_comes_out_as_text(typed: str):
    content = contenu(documents=(document(nature="Autre", personne=typed[:120], fichiers=(fichier(typed[:120]),)),))
    accuse = issue(content=content)
    accuse.refresh_from_db()
    text = text_of(impression.typeset(accuse))
    assert "root:" not in text
    if typed.isascii() and typed.isprintable():
        assert typed[:100] in text.replace(" ", "") or typed[:100] in text


def test_the_paper_is_printed_the_same_to_the_byte():
    accuse = issue()
    assert impression.typeset(accuse) == impression.typeset(Accuse.objects.get(pk=accuse.pk))


def test_a_fund_with_a_colour_prints_in_it_and_a_bad_one_is_ignored():
    caisse = default_caisse()
    caisse.theme = {"clair": {"accent": "#123456"}}
    accuse = actions.issue(
        kind="enregistrement", reference="AB2-CD3-EF4", received_at=RECEIVED, caisse=caisse, contenu=None, by=SYSTEM
    )
    assert accuse.contenu["couleur"] == "#123456"
    caisse.theme = {"clair": {"accent": 'red"); #read("x'}}
    other = actions.issue(
        kind="enregistrement", reference="AB2-CD3-EF5", received_at=RECEIVED, caisse=caisse, contenu=None, by=SYSTEM
    )
    assert other.contenu["couleur"] == "#1d6242"


def test_few_queries_for_a_receipt(django_assert_max_num_queries):
    caisse, content = default_caisse(), contenu(service=FAMILLE)
    with transaction.atomic(), django_assert_max_num_queries(5):
        actions.issue(
            kind="reception", reference="KM7-RP4-QB2", received_at=RECEIVED, caisse=caisse, contenu=content, by=SYSTEM
        )
