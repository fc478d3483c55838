"""Deliveries to a real mail server that says yes, later, never, nothing, or is not there."""

import socket
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from config.adresses import mailer_settings
from enclos.caisses.access import default_caisse
from enclos.courrier import actions
from enclos.courrier.models import Courriel
from enclos.courrier.remise import send
from enclos.courrier.tasks import deliver_due
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.promesses import keep
from tests.services.processus import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def through(settings):
    """Send by the server at an address, as `ENCLOS_SMTP_URL` would say."""

    def use(url: str, **options) -> None:
        mailer = mailer_settings(url, mode="test")
        settings.MAILERS = {"default": {**mailer, "OPTIONS": {**mailer["OPTIONS"], **options}}}

    return use


def write(to: str = "jeanne@enclos.example", key: str = "essai") -> Courriel:
    return actions.write(
        key=key, to=to, subject="Nous avons reçu votre envoi", text="Bonjour", caisse=default_caisse(), by=SYSTEM
    )


def again(courriel: Courriel) -> Courriel:
    """The next try, without waiting for it."""
    Courriel.objects.filter(pk=courriel.pk, kept_at=None, broken_at=None).update(next_at=timezone.now())
    deliver_due()
    courriel.refresh_from_db()
    return courriel


def wait_of(courriel: Courriel) -> timedelta:
    assert courriel.next_at is not None
    return courriel.next_at - timezone.now()


def test_a_server_that_accepts_gets_the_message_once(smtp, through):
    through(smtp.url)
    courriel = again(write())
    assert courriel.is_kept
    (received,) = smtp.received.messages
    assert received["Subject"] == "Nous avons reçu votre envoi"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Message-ID"] == courriel.message_id("enclos.example")
    again(courriel)
    assert len(smtp.received.messages) == 1


def test_a_server_that_says_later_gets_it_later(smtp, through):
    through(smtp.url)
    smtp.received.answers += ["421 4.3.2 fermé pour travaux", "451 4.7.1 liste grise"]
    courriel = again(write())
    assert (courriel.is_kept, courriel.is_broken, courriel.echec) == (False, False, "temporaire")
    assert courriel.last_error == "NotYet: 421"
    assert timedelta(seconds=20) < wait_of(courriel) <= timedelta(seconds=30)
    courriel = again(courriel)
    assert timedelta(seconds=100) < wait_of(courriel) <= timedelta(seconds=120)
    courriel = again(courriel)
    assert (courriel.is_kept, courriel.echec) == (True, "")
    assert len(smtp.received.messages) == 1


def test_a_message_refused_for_good_is_broken_at_once_and_seen(smtp, through):
    through(smtp.url)
    smtp.received.answers.append("550 5.7.1 refusé")
    courriel = again(write())
    assert (courriel.is_broken, courriel.echec, courriel.attempts) == (True, "definitif", 1)
    assert list(Courriel.objects.broken()) == [courriel]
    assert Ligne.objects.about(courriel).filter(event="courrier.courriel.refused").exists()
    again(courriel)
    assert smtp.received.messages == []


def test_an_unknown_mailbox_is_broken_at_once_and_its_address_stays_out_of_the_logs(smtp, through, caplog):
    through(smtp.url)
    courriel = again(write(to="inconnu@enclos.example"))
    assert courriel.is_broken
    assert courriel.last_error == "PermanentFailure: 550"
    assert "inconnu@" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("enclos")
    )


def test_no_server_at_all_is_a_bad_moment(through):
    through(f"smtp://127.0.0.1:{free_port()}")
    courriel = again(write())
    assert (courriel.is_broken, courriel.echec) == (False, "temporaire")
    assert courriel.last_error == "NotYet: ConnectionRefusedError"


def test_a_server_that_never_answers_is_left_in_time(through):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        through(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        courriel = again(write())
    assert (courriel.is_broken, courriel.echec) == (False, "temporaire")
    assert courriel.last_error == "NotYet: SMTPServerDisconnected"


def test_a_server_that_hangs_up_in_the_middle_is_a_bad_moment(through):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            link, _ = server.accept()
            link.sendall(b"220 bonjour\r\n")
            link.recv(100)
            link.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        through(f"smtp://127.0.0.1:{server.getsockname()[1]}", timeout=2)
        courriel = again(write())
        thread.join()
    assert (courriel.is_broken, courriel.echec) == (False, "temporaire")


def test_a_wrong_password_is_for_the_operator_to_mend_not_the_end_of_the_message(smtp, through):
    through(smtp.url.replace("smtp://", "smtp://portail:faux@"))
    courriel = again(write())
    assert (courriel.is_broken, courriel.echec) == (False, "temporaire")


def test_killed_between_sending_and_writing_it_down_sends_again_under_the_same_identifier(smtp, through):
    through(smtp.url)
    courriel = write()

    def send_then_die(row: Courriel) -> None:
        send(row)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep(Courriel, courriel.pk, send_then_die)
    courriel.refresh_from_db()
    assert len(smtp.received.messages) == 1
    assert not courriel.is_kept
    assert again(courriel).is_kept
    first, second = smtp.received.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_after_two_days_of_bad_moments_somebody_is_told():
    row, waited = Courriel(), timedelta()
    for row.attempts in range(1, Courriel.GIVE_UP_AFTER):
        waited += row.next_delay()
    assert timedelta(days=1.5) < waited < timedelta(days=2.5)


def test_the_last_try_breaks_the_promise(through):
    through(f"smtp://127.0.0.1:{free_port()}")
    courriel = write()
    Courriel.objects.filter(pk=courriel.pk).update(attempts=Courriel.GIVE_UP_AFTER - 1)
    assert again(courriel).is_broken


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relais.example", {"host": "relais.example", "port": 25, "use_tls": False, "use_ssl": False}),
        ("smtp+tls://u:p%40ss@relais.example", {"port": 587, "username": "u", "password": "p@ss", "use_tls": True}),
        ("smtps://relais.example:4465", {"port": 4465, "use_ssl": True}),
    ],
)
def test_an_smtp_address_says_how_to_reach_the_server(url: str, expected: dict[str, object]):
    options = mailer_settings(url, mode="production")["OPTIONS"]
    assert expected.items() <= options.items()
    assert options["timeout"] == 20
