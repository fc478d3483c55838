"""A notice that comes hours later marks the very e-mail it names, and nothing that somebody forged."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO, StringIO, TextIOWrapper
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.adresses import mailer_settings
from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.courrier import access, actions, rebonds, remise
from enclos.courrier.models import Courriel
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne

pytestmark = pytest.mark.django_db

TO = "Jeanne@enclos.example"
RAPPORT = """\
From: MAILER-DAEMON@relais.example
To: retours@enclos.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="bord"

--bord
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--bord
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.example
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0100

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--bord
Content-Type: {kind}

{headers}

--bord--
"""


@pytest.fixture
def sent(travailleur) -> Courriel:
    courriel = actions.write(
        key="essai", to=TO, subject="Votre code", text="Voici : {secret}", secret="482913", caisse=default_caisse(), by=SYSTEM
    )  # fmt: skip
    travailleur()
    courriel.refresh_from_db()
    assert courriel.is_kept
    return courriel


def report(courriel: Courriel, *, action="failed", status="5.1.1", kind="message/rfc822", message_id="") -> bytes:
    name = message_id or courriel.message_id("enclos.example")
    headers = f"From: a@enclos.example\nMessage-ID: {name}\nSubject: Votre code\n\nBonjour"
    return RAPPORT.format(to=courriel.to, action=action, status=status, kind=kind, headers=headers).encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_bounce_breaks_the_e_mail_for_good_and_tells_its_event(sent, kind, end):
    before = timezone.now() - timedelta(minutes=1)
    assert not access.is_undeliverable(TO, before)
    assert rebonds.take(report(sent, kind=kind).replace(b"\n", end), by=SYSTEM) == sent
    sent.refresh_from_db()
    assert (sent.is_kept, sent.is_broken, sent.echec, sent.last_error) == (False, True, "definitif", "Retour : 5.1.1")
    assert access.is_undeliverable("jeanne@ENCLOS.example", before)
    assert not access.is_undeliverable(TO, timezone.now() + timedelta(seconds=1))
    assert not access.is_undeliverable("autre@enclos.example", before)
    assert not access.is_undeliverable("", before)
    line = Ligne.objects.about(sent).get(event="courrier.courriel.bounced")
    assert line.details == {"key": "essai", "status": "5.1.1"}


def test_the_same_notice_twice_is_one_event(sent):
    rebonds.take(report(sent), by=SYSTEM)
    rebonds.take(report(sent), by=SYSTEM)
    assert Ligne.objects.about(sent).filter(event="courrier.courriel.bounced").count() == 1


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_is_not_a_failure_changes_nothing(sent, action):
    assert rebonds.take(report(sent, action=action, status="4.4.1"), by=SYSTEM) is None
    sent.refresh_from_db()
    assert sent.is_kept


@pytest.mark.parametrize(("status", "is_dead"), [("5.1.1", True), ("5.2.2", True), ("4.4.7", True), ("5.7.1", False), ("5.6.3", False)])  # fmt: skip
def test_a_mail_refused_for_its_words_does_not_condemn_the_address(sent, status, is_dead):
    rebonds.take(report(sent, status=status), by=SYSTEM)
    sent.refresh_from_db()
    assert sent.is_broken
    assert access.is_undeliverable(TO, sent.created_at) is is_dead


@pytest.mark.parametrize(
    "forged",
    [
        "<{zero}.{pk}@enclos.example>",
        "<{token}.999999@enclos.example>",
        "<{token}.99999999999999999999@enclos.example>",
        "<autre@enclos.example>",
        "<>",
    ],
)
def test_a_forged_notice_marks_nothing(sent, forged):
    name = forged.format(zero="0" * 32, pk=sent.pk, token=sent.token)
    assert rebonds.take(report(sent, message_id=name), by=SYSTEM) is None
    sent.refresh_from_db()
    assert sent.is_kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: absente\n\nJe suis en vacances.",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nAction: failed\n\n--x--",
        b"Content-Type: multipart/report\n\nrien",
    ],
)
def test_anything_else_is_let_go(content):
    assert rebonds.take(content, by=SYSTEM) is None


@given(st.data())
@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_notice_stops_the_reading(data):
    """A sound notice, cut, with bytes put anywhere: read or let go, never an error."""
    whole = bytearray(RAPPORT.format(to=TO, action="failed", status="5.1.1", kind="message/rfc822",
                                     headers="Message-ID: <x@y>").encode())  # fmt: skip
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole)))
        whole[at : at + data.draw(st.integers(0, 12))] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"<>", b'"', b"\n\n", b"--bord"])
        )
    rebonds.read(bytes(whole))


def test_parts_within_parts_without_end_are_let_go():
    nested = b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 2000
    assert rebonds.read(b"Content-Type: multipart/report; boundary=a\n\n" + nested) is None


def through_stdin(content: bytes) -> str:
    out = StringIO()
    with mock.patch.object(sys, "stdin", TextIOWrapper(BytesIO(content))):
        call_command("courriels_retours", stdout=out, stderr=out)
    return out.getvalue()


def test_the_mail_server_hands_notices_to_the_command(sent):
    assert "Rien à noter" in through_stdin(b"Subject: bonjour\n\n")
    told = through_stdin(report(sent))
    assert told == f"Courriel {sent.pk} : jamais remis.\n"
    sent.refresh_from_db()
    assert sent.is_broken


def test_while_the_database_is_away_the_mail_server_keeps_the_notice(sent):
    with mock.patch("enclos.courrier.rebonds.bounce", side_effect=OperationalError), pytest.raises(SystemExit) as end:
        through_stdin(report(sent))
    assert end.value.code == 75


def test_the_command_is_called_with_a_hyphen():
    told = subprocess.run(
        [sys.executable, "-m", "enclos", "courriels-retours", "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert "avis de non-remise" in told


def test_bounces_go_where_the_operator_says_and_members_see_the_fund(smtp, settings, monkeypatch):
    monkeypatch.setattr(remise, "ENV", replace(ENV, mail_bounce="retours@enclos.example"))
    settings.MAILERS = {"default": mailer_settings(smtp.url, mode="test")}
    courriel = actions.write(key="a", to=TO, subject="Bonjour", text="Bonjour", caisse=default_caisse(), by=SYSTEM)
    remise.send(courriel)
    assert smtp.received.senders == ["retours@enclos.example"]
    assert "MSA Nord-Pas de Calais" in smtp.received.messages[0]["From"]
    assert "retours@" not in smtp.received.messages[0]["From"]


def test_a_notice_of_what_really_left_is_recognised(smtp, settings):
    settings.MAILERS = {"default": mailer_settings(smtp.url, mode="test")}
    courriel = actions.write(key="a", to=TO, subject="Bonjour", text="Bonjour", caisse=default_caisse(), by=SYSTEM)
    remise.send(courriel)
    raw = smtp.received.messages[0].as_bytes(policy=policy.SMTP)
    name = str(message_from_bytes(raw, policy=policy.default)["Message-ID"])
    assert rebonds.take(report(courriel, message_id=name), by=SYSTEM) == courriel


def test_an_address_refused_at_once_is_undeliverable_too(smtp, settings, travailleur):
    settings.MAILERS = {"default": mailer_settings(smtp.url, mode="test")}
    for key, to in (("a", "inconnu@enclos.example"), ("b", "pas une adresse")):
        courriel = actions.write(key=key, to=to, subject="x", text="x", caisse=default_caisse(), by=SYSTEM)
        travailleur()
        assert access.is_undeliverable(to, courriel.created_at - timedelta(minutes=1))
    smtp.received.answers.append("550 5.7.1 refusé")
    courriel = actions.write(key="c", to=TO, subject="x", text="x", caisse=default_caisse(), by=SYSTEM)
    travailleur()
    courriel.refresh_from_db()
    assert courriel.is_broken
    assert not access.is_undeliverable(TO, courriel.created_at - timedelta(minutes=1))
    assert mail.outbox == []
