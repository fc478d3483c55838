"""Handing one e-mail to the mail server, and telling a refusal from a bad moment."""

import contextlib
import smtplib
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.utils import timezone

from config.env import ENV
from enclos.courrier.lisible import html_of
from enclos.courrier.models import Courriel, Echec, SecretGone
from enclos.journal.actions import SYSTEM, record
from enclos.socle.promesses import PermanentFailure


class NotYet(Exception):
    """The mail server did not take the message this time."""


def send(courriel: Courriel) -> None:
    """Hand one e-mail to the mail server. Raises `NotYet`, or `PermanentFailure` when it will never be taken.

    Neither names the address: what is raised ends in the logs.
    """
    try:
        message = message_of(courriel)
    except SecretGone:
        raise PermanentFailure("secret effacé") from None
    mailer = mailers.default
    try:
        mailer.send_messages([message])
    except (smtplib.SMTPException, OSError, ValueError) as error:
        final = is_final(error)
        Courriel.objects.filter(pk=courriel.pk).update(
            echec=Echec.DEFINITIF if final else Echec.TEMPORAIRE,
            address_refused_at=timezone.now() if final and not isinstance(error, smtplib.SMTPDataError) else None,
        )
        if final:
            record(
                "courrier.courriel.refused",
                courriel,
                by=SYSTEM,
                reason=reason_of(error),
            )
            raise PermanentFailure(reason_of(error)) from None
        raise NotYet(reason_of(error)) from None
    finally:
        # Django leaves the connection of a refused sign-in open.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            mailer.close()
    Courriel.objects.filter(pk=courriel.pk).exclude(echec="").update(echec=Echec.AUCUN)


def message_of(courriel: Courriel) -> EmailMultiAlternatives:
    """The message as it leaves, its secret in place. Raises `SecretGone` when it was erased."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    sender = formataddr((courriel.caisse.nom, address))
    message = EmailMultiAlternatives(
        courriel.subject,
        courriel.with_secret(courriel.text),
        ENV.mail_bounce or sender,  # of the envelope: where a bounce goes
        [courriel.to],
        headers={
            "From": sender,
            "Message-ID": courriel.message_id(address.rpartition("@")[2]),
            "Date": format_datetime(courriel.created_at),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(html_of(courriel), "text/html")
    return message


def is_final(error: Exception) -> bool:
    """Whether trying again would give the same answer.

    A refusal of this address or of this text is final. Whatever the operator can mend (password, sender, relay, network)
    is not, even when the server says 5xx.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _ in error.recipients.values())
        case smtplib.SMTPDataError():
            return bool(error.smtp_code >= 500)
        case smtplib.SMTPException():
            return False
    return isinstance(error, ValueError)  # an address that Django refuses to put in a header


def reason_of(error: Exception) -> str:
    """Why, without the address: « 550 », « ConnectionRefusedError »."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return " ".join(str(code) for code, _ in error.recipients.values())
        case smtplib.SMTPResponseException():
            return str(error.smtp_code)
    return type(error).__name__
