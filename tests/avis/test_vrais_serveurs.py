"""Notices through a real mail server and a real provider of text messages that refuse, wait, and say so hours later."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO, StringIO, TextIOWrapper
from unittest import mock

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from config.adresses import mailer_settings
from config.env import ENV
from enclos.avis import access, actions, tasks
from enclos.avis.annonces import INSTEAD_OF_TEXT
from enclos.avis.models import Avis
from enclos.comptes.models import Compte
from enclos.courrier import budget, passerelle, remise
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.courrier.tasks import deliver_due, deliver_textos_due
from enclos.socle.promesses import restart
from tests.avis.test_lettres import TERM, later, tell
from tests.conftest import Acteur
from tests.courrier.test_heures import utc
from tests.courrier.test_textos import fournisseur, set_env  # noqa: F401
from tests.services.smtp import Smtp

pytestmark = pytest.mark.django_db

RETOURS = "retours@enclos.example"
RECU = "Nous avons bien reçu votre envoi"


@dataclass
class Poste:
    """The mail server that the portal writes to, and what it says later."""

    smtp: Smtp
    travailleur: Callable[[], object]

    def deliver(self) -> EmailMessage:
        """Let the worker hand over what is due; the last message taken."""
        self.travailleur()
        return self.smtp.received.messages[-1]

    def send_back(self, message: EmailMessage, status: str = "5.1.1") -> str:
        """What a relay does hours later: a report (RFC 3464) to the sender of the envelope, piped into the portal's command."""
        assert self.smtp.received.senders[-1] == RETOURS
        out = StringIO()
        with mock.patch.object(sys, "stdin", TextIOWrapper(BytesIO(report(message, status).as_bytes()))):
            call_command("courriels_retours", stdout=out, stderr=out)
        self.travailleur()
        tasks.follow_returns()
        return out.getvalue()


def report(message: EmailMessage, status: str) -> MIMEMultipart:
    """Made by the standard library alone, from the very message that was taken."""
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"], whole["To"] = "MAILER-DAEMON@relais.example", RETOURS
    whole["Subject"], whole["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
    whole.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    about_all, about_one = Message(), Message()
    about_all["Reporting-MTA"] = "dns; relais.example"
    about_one["Final-Recipient"], about_one["Action"] = f"rfc822; {message['To']}", "failed"
    about_one["Status"], about_one["Diagnostic-Code"] = status, f"smtp; 550 {status} no such user"
    delivery = MIMEMessage(about_all, "delivery-status")
    delivery.set_payload([about_all, about_one])
    whole.attach(delivery)
    whole.attach(MIMEMessage(message, "rfc822"))
    return whole


@pytest.fixture
def poste(smtp: Smtp, settings, monkeypatch, travailleur) -> Poste:
    settings.MAILERS = {"default": mailer_settings(smtp.url, mode="test")}
    monkeypatch.setattr(remise, "ENV", replace(ENV, mail_bounce=RETOURS))
    return Poste(smtp, travailleur)


def gives(acteur: Acteur, courriel: str) -> None:
    """A new address, proved by its code."""
    Compte.objects.filter(pk=acteur.compte.pk).update(courriel=courriel, courriel_verifie_at=timezone.now())
    acteur.compte.refresh_from_db()


def test_a_receipt_that_comes_back_hours_later_is_told_sent_again_and_posted(adherente: Acteur, agente: Acteur, poste):
    tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    message = poste.deliver()
    assert message["Subject"] == RECU
    assert "e-mail envoyé" in adherente.get("/espace/avis/").content.decode()

    assert "jamais remis" in poste.send_back(message)
    avis = Avis.objects.get()
    assert avis.returned_at is not None
    # The member reads it in the portal, under the notice and on the home page.
    assert "e-mail non remis" in adherente.get("/espace/avis/").content.decode()
    assert "Votre adresse e-mail ne marche pas" in adherente.get("/espace/").content.decode()
    # The agents see whom nothing reaches, and what failed.
    watched = agente.get("/agent/a-surveiller/").content.decode()
    assert "1 adhérent a une adresse e-mail qui ne marche plus" in watched
    # The law wants it all the same: by post, if nobody reads it.
    later(TERM.days)
    tasks.letters_due()
    assert Lettre.objects.get().genre == Lettre.Genre.AVIS

    gives(adherente, "neuve@enclos.example")
    tasks.follow_returns()
    again = poste.deliver()
    assert (again["To"], again["Subject"]) == ("neuve@enclos.example", "Un message n’avait pas pu vous arriver")
    assert RECU in again.get_body(("plain",)).get_content()
    assert access.unreached(adherente.personne.caisse_id).sans_boite == 0
    assert "e-mail envoyé" in adherente.get("/espace/avis/").content.decode()
    assert "Votre adresse e-mail ne marche pas" not in adherente.get("/espace/").content.decode()


def test_the_same_report_given_twice_changes_nothing_more(adherente: Acteur, poste):
    tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    message = poste.deliver()
    poste.send_back(message)
    gives(adherente, "neuve@enclos.example")
    tasks.follow_returns()
    sent = Courriel.objects.count()
    # The mail server keeps what it could not give, and gives it again: about the former e-mail.
    with mock.patch.object(poste.smtp.received, "senders", [RETOURS]):
        poste.send_back(message)
    assert Courriel.objects.count() == sent
    assert Avis.objects.get().returned_at is None


def test_a_mailbox_refused_at_once_is_followed_in_the_same_way(adherente: Acteur, agente: Acteur, poste):
    gives(adherente, "inconnu@enclos.example")
    tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    poste.travailleur()
    tasks.follow_returns()
    assert poste.smtp.received.messages == []
    assert "e-mail non remis" in adherente.get("/espace/avis/").content.decode()
    assert "1 adhérent a une adresse e-mail qui ne marche plus" in agente.get("/agent/a-surveiller/").content.decode()
    later(TERM.days)
    tasks.letters_due()
    assert Lettre.objects.count() == 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_receipt_refused_for_its_words_is_posted_too_though_the_address_is_sound(adherente: Acteur, poste, when):
    """An operator's relay that takes us for a nuisance must not cost a member their receipt (CRPA R112-11-3)."""
    tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    if when == "at once":
        poste.smtp.received.answers.append("550 5.7.1 refusé")
        poste.travailleur()
        tasks.follow_returns()
    else:
        poste.send_back(poste.deliver(), "5.7.1")
    assert Avis.objects.get().returned_at is not None
    assert "Votre adresse e-mail ne marche pas" not in adherente.get("/espace/").content.decode()
    assert access.unreached(adherente.personne.caisse_id).sans_boite == 0
    later(TERM.days)
    tasks.letters_due()
    assert Lettre.objects.count() == 1


def test_one_that_an_agent_had_tried_again_is_not_lost_any_more(adherente: Acteur, poste):
    tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    poste.smtp.received.answers.append("550 5.7.1 refusé")
    poste.travailleur()
    tasks.follow_returns()
    restart(Courriel, Courriel.objects.get().pk)
    deliver_due()
    tasks.follow_returns()
    assert poste.smtp.received.messages[-1]["Subject"] == RECU
    assert Avis.objects.get().returned_at is None
    gives(adherente, "neuve@enclos.example")
    tasks.follow_returns()
    assert Courriel.objects.count() == 1


def test_a_letter_already_read_in_the_portal_does_not_leave(adherente: Acteur, poste):
    avis = tell(adherente.personne, evenement="envoi-recu", subject=RECU)
    poste.send_back(poste.deliver())
    actions.read(avis, by=adherente.compte)
    later(TERM.days)
    tasks.letters_due()
    assert not Lettre.objects.exists()


def again() -> None:
    Texto.objects.filter(kept_at=None, broken_at=None).update(next_at=timezone.now())
    deliver_textos_due()


def test_a_provider_that_fails_then_sleeps_then_takes_it_and_a_budget_reached_in_between(
    adherente: Acteur,
    poste,
    fournisseur,  # noqa: F811
    monkeypatch,
):
    set_env(monkeypatch, sms_per_day=1)
    monkeypatch.setattr(passerelle, "TIMEOUT_S", 0.2)
    Compte.objects.filter(pk=adherente.compte.pk).update(telephone="+33612345678", telephone_verifie_at=timezone.now())
    adherente.compte.refresh_from_db()
    actions.choose(adherente.compte, {("decision", "sms"): True, ("decision", "courriel"): False}, by=adherente.compte)
    fournisseur.answers += [500, 202, 202]
    fournisseur.waits += [0, 0.6]
    with time_machine.travel(utc("2026-11-17T10:00+01:00")):  # when a telephone may ring
        tell(adherente.personne, "essai.1", subject="Première réponse")
        again()
        texto = Texto.objects.get()
        assert (texto.last_error, texto.echec) == ("NotYet: 500", "temporaire")
        again()
        texto.refresh_from_db()
        assert (texto.is_kept, texto.last_error) == (False, "NotYet: TimeoutError")

        tell(adherente.personne, "essai.2", subject="Seconde réponse")
        assert Texto.objects.count() == 1
        assert INSTEAD_OF_TEXT in poste.deliver().get_body(("plain",)).get_content()

        again()
        texto.refresh_from_db()
        assert (texto.is_kept, texto.last_error, texto.echec) == (True, "", "")
        tasks.follow_returns()
        assert budget.spent_today() == 1
    # Handed over three times under one name: a provider that took it while we had stopped waiting sends it once.
    assert len({told["idempotency-key"] for told in fournisseur.headers}) == 1
    assert len(fournisseur.received) == 3
    assert [row.subject for row in Courriel.objects.order_by("pk")] == ["Seconde réponse"]
    page = adherente.get("/espace/avis/").content.decode()
    assert "SMS envoyé" in page
    assert "e-mail envoyé" in page
