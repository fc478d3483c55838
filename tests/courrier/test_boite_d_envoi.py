"""The outbox: an e-mail is a row of the transaction it announces, and ends delivered or seen."""

from email import message_from_bytes, policy
from unittest import mock

import pytest
from django.core import mail
from django.db import transaction

from enclos.caisses.access import default_caisse
from enclos.courrier import actions, controle, remise
from enclos.courrier.lisible import html_of
from enclos.courrier.models import Courriel
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne

pytestmark = pytest.mark.django_db

TEXT = """Bonjour,

Nous avons bien reçu votre envoi KM7-RP4-QB2.

Suivez-le ici :
https://enclos.example/espace/envois/KM7-RP4-QB2/

À bientôt."""


def write(key: str = "envois.recu:KM7-RP4-QB2", **changes) -> Courriel:
    fields = {"to": "jeanne@enclos.example", "subject": "Nous avons reçu votre envoi", "text": TEXT, **changes}
    return actions.write(key=key, caisse=default_caisse(), by=SYSTEM, **fields)


def test_an_e_mail_written_is_delivered_with_its_two_bodies(travailleur):
    courriel = write()
    travailleur()
    courriel.refresh_from_db()
    assert courriel.sent_at is not None
    (sent,) = mail.outbox
    assert sent.to == ["jeanne@enclos.example"]
    assert sent.body.startswith("Bonjour,")
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert [kind for _, kind in sent.alternatives] == ["text/html"]


def test_the_same_key_is_one_e_mail(travailleur):
    assert write().pk == write(text="Autre").pk
    travailleur()
    assert len(mail.outbox) == 1


def test_what_is_rolled_back_is_never_sent(travailleur):
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    travailleur()
    assert mail.outbox == []
    assert not Courriel.objects.exists()


def test_a_written_e_mail_is_in_the_journal_without_its_address():
    courriel = write()
    line = Ligne.objects.about(courriel).get()
    assert line.event == "courrier.courriel.written"
    assert "jeanne" not in str(line.details)


@pytest.mark.parametrize(
    "text",
    [
        "Votre numéro est le 2850559999011.",
        "Votre numéro est le 2 85 05 59 999 011 42.",
        "Le compte FR76 3000 6000 0112 3456 7890 189 a changé.",
        "Le compte fr7630006000011234567890189 a changé.",
    ],
)
@pytest.mark.parametrize("where", ["subject", "text"])
def test_a_nir_or_an_iban_never_leaves_by_e_mail(text: str, where: str):
    with transaction.atomic():
        with pytest.raises(actions.PersonalDataInMail):
            write(**{where: text})
        assert not Courriel.objects.exists()  # the transaction is still usable


def test_a_reference_a_telephone_and_a_date_are_not_taken_for_personal_data():
    write(
        text="KM7-RP4-QB2, 03 20 900 500, le 21 novembre 2026, ABCDE23456, siret 999 000 000 00018, FR12 ABCD 3456 7890"
    )


@pytest.mark.parametrize("subject", ["Bonjour\nBcc: autre@enclos.example", "Bonjour\r\nX: y", "", "un\u2028deux"])
def test_a_subject_is_one_line(subject: str):
    with pytest.raises(ValueError, match="one line"):
        write(subject=subject)


@pytest.mark.parametrize(
    "to", ["", "pas une adresse", "a@b", "a@enclos.example\nBcc: b@enclos.example", "x" * 300 + "@enclos.example"]
)
def test_an_impossible_address_breaks_the_e_mail_and_nothing_else(travailleur, to: str):
    courriel = write(to=to)
    travailleur()
    assert mail.outbox == []
    assert list(Courriel.objects.broken()) == [courriel]
    assert courriel.echec == "definitif"


def test_headers_say_a_machine_wrote_and_keep_the_same_identifier():
    courriel = write()
    first, again = (remise.message_of(Courriel.objects.get(pk=courriel.pk)).message() for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Date"] == again["Date"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert "Reply-To" not in first
    assert "MSA Nord-Pas de Calais" in first["From"]
    assert "jeanne" not in first["Message-ID"]
    assert write("autre").message_id("x") != courriel.message_id("x")


def test_what_the_members_read_has_no_image_no_sheet_and_no_script():
    courriel = write(text="Bonjour <b>vous</b> & tous\n\nVoyez https://enclos.example/a?b=1&c=2.\nMerci")
    html = html_of(courriel)
    assert "&lt;b&gt;vous&lt;/b&gt; &amp; tous" in html
    assert '<a href="https://enclos.example/a?b=1&amp;c=2"' in html
    assert "</a>.<br>Merci" in html
    for forbidden in ("<img", "<link", "<script", "url("):
        assert forbidden not in html
    assert 'lang="fr"' in html


def test_accents_travel_whole():
    courriel = write(subject="Reçu : « Élodie » – œuvre", text="Ça marche : é è ç œ ’ …")
    raw = remise.message_of(courriel).message(policy=policy.SMTP).as_bytes()
    received = message_from_bytes(raw, policy=policy.default)
    assert received["Subject"] == "Reçu : « Élodie » – œuvre"
    body = received.get_body(("plain",))
    assert body is not None
    assert "Ça marche : é è ç œ ’ …" in body.get_content()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_figures_count_what_waits_and_what_was_refused(travailleur):
    write("un")
    write("deux", to="impossible")
    assert [constat.nombre for constat in controle.mail_figures()] == [1, 0, 1]
    travailleur()
    assert [constat.nombre for constat in controle.mail_figures()] == [0, 0, 1]


def test_few_queries_for_an_e_mail(django_assert_max_num_queries):
    default_caisse()
    with transaction.atomic(), django_assert_max_num_queries(4):
        write()


def test_a_fault_of_ours_in_the_message_is_tried_again_and_seen(travailleur):
    courriel = write()
    with mock.patch("enclos.courrier.remise.html_of", side_effect=KeyError("modele")):
        travailleur()
    courriel.refresh_from_db()
    assert (courriel.is_kept, courriel.is_broken, courriel.attempts) == (False, False, 1)
