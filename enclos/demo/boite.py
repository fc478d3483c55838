"""The mail server of the demo: keeps e-mails where `/demo/boite-mail/` shows them."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMultiAlternatives
from django.db import transaction

from enclos.demo.models import Message


class MailboxBackend(BaseEmailBackend):
    """Delivers to the table `demo.Message`, one row for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for email in email_messages:
                html = next(
                    (str(other.content) for other in getattr(email, "alternatives", []) if other.mimetype == "text/html"), ""
                ) if isinstance(email, EmailMultiAlternatives) else ""  # fmt: skip
                Message.objects.bulk_create(
                    Message(de=email.from_email, a=address, objet=str(email.subject), texte=str(email.body), html=html)
                    for address in email.recipients()
                )
        return len(email_messages)
