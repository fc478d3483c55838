"""What leaves the house by e-mail is written down first, in the transaction of what it announces."""

import re
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from enclos.caisses.models import Caisse
from enclos.courrier.models import PLACEHOLDER, Courriel, Echec
from enclos.courrier.tasks import deliver
from enclos.journal.actions import Actor, record
from enclos.socle.iban import holds_iban
from enclos.socle.nir import REDACTION


class PersonalDataInMail(ValueError):
    """The text of an e-mail holds what an e-mail must never hold: a fault of the code that wrote it."""


def write(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    caisse: Caisse,
    by: Actor,
    concerne: UUID | None = None,
    secret: str = "",
    not_before: datetime | None = None,
) -> Courriel:
    """Write an e-mail in the outbox, in the transaction of what it announces; the same `key` again gives the same row.

    `text` is plain text: paragraphs are parted by an empty line, an address stands alone on its line. An address that
    cannot be one makes a row that is broken at once, not an error: what is announced happened all the same.
    `concerne` is the key of the member it is about, who finds it in the copy of their data whatever the address.
    `secret` takes the place of `{secret}` in the text as it is delivered: the row holds it sealed until then, and no more after.
    `not_before` keeps it in the outbox until that instant. Raises `PersonalDataInMail` when the subject or the text holds a NIR or an IBAN, `ValueError` on a subject of two lines, or
    on a secret that the text does not call.
    """
    refuse_personal_data(subject, text)
    refuse_stray_secret(secret, text, subject)
    if len(subject.splitlines()) != 1:
        raise ValueError("The subject of an e-mail is one line.")
    with transaction.atomic(savepoint=False):
        courriel = Courriel.objects.filter(cle=key).first()
        if courriel:
            return courriel
        waits = False
        courriel = Courriel(cle=key, to=to.strip()[:254], subject=subject, text=text.strip() + "\n", caisse=caisse)
        courriel.personne_id = concerne
        if not is_address(courriel.to):
            courriel.broken_at, courriel.next_at = timezone.now(), None
            courriel.echec, courriel.last_error = Echec.DEFINITIF, "Adresse impossible"
            courriel.address_refused_at = courriel.broken_at
        else:
            courriel.seal_secret(secret)
            if waits := not_before is not None and not_before > timezone.now():
                courriel.promised_at = courriel.next_at = not_before
        courriel.save(force_insert=True)
        record("courrier.courriel.written", courriel, by=by, key=key)
        if not (courriel.is_broken or waits):
            deliver.enqueue(courriel.pk)
    return courriel


# The key of a row, in the address of a page: some of its digits may follow each other as those of a NIR do.
KEY = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def refuse_personal_data(*texts: str) -> None:
    for text in texts:
        if REDACTION.search(KEY.sub(" ", text)):
            raise PersonalDataInMail("The text of an e-mail holds a NIR.")
        if holds_iban(text):
            raise PersonalDataInMail("The text of an e-mail holds an IBAN.")


def refuse_stray_secret(secret: str, text: str, subject: str = "") -> None:
    """Raises `ValueError` when a secret would not be delivered, or would show before the text is opened."""
    if secret and (PLACEHOLDER not in text or PLACEHOLDER in subject or secret in text or secret in subject):
        raise ValueError("A secret is called by {secret}, in the text and nowhere else.")


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
