"""Bounces: what a mail server says, hours after it took an e-mail, of an address that does not exist (RFC 3464).

The notice names our message by the Message-ID that we gave it, which nobody can make without our key: a forged notice marks nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from django.db import transaction
from django.utils import timezone

from enclos.courrier.models import Courriel, Echec
from enclos.journal.actions import Actor, record

MAX_BYTES = 5_000_000
OURS = re.compile(r"<([0-9a-f]{32})\.(\d{1,18})@[^<>\s]{1,255}>")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# Refused for what the message is or who sends it: the address itself is sound.
NOT_THE_ADDRESS = ("5.3.4", "5.6.", "5.7.")


@dataclass(frozen=True)
class Notice:
    """What a report says: the e-mail, whether it failed for good, and why."""

    message_id: str
    status: str
    is_failure: bool


def take(content: bytes, *, by: Actor) -> Courriel | None:
    """Read one notice and mark the e-mail it names as never delivered; None when it is not about one of ours, or not a failure."""
    if (notice := read(content[:MAX_BYTES])) is None or not notice.is_failure:
        return None
    return bounce(notice, by=by)


def read(content: bytes) -> Notice | None:
    """The notice in a message, or None when it is something else (an absence, an advertisement).

    Parsed by the old, plain policy: the modern one stops on headers that anybody may write.
    """
    try:
        message = message_from_bytes(content)
    except RecursionError:  # parts in parts in parts
        return None
    if message.get_content_type() != "multipart/report":
        return None
    fields = [fields for part in parts_of(message, "message/delivery-status") for fields in blocks_of(part)]
    actions = {str(block.get("Action", "")).strip().lower() for block in fields} - {""}
    statuses = [found[0] for block in fields if (found := STATUS.search(str(block.get("Status", ""))))]
    message_id = next((found for found in ids_in(message) if OURS.fullmatch(found)), "")
    if not (actions and message_id):
        return None
    worst = max(statuses, default="5.0.0")
    return Notice(message_id, worst, "failed" in actions)


def parts_of(message: Message, *kinds: str) -> Iterator[Message]:
    yield from (part for part in message.walk() if part.get_content_type() in kinds)


def blocks_of(part: Message) -> Iterator[Message]:
    """The groups of fields of a delivery-status: one of the message, then one a recipient."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def ids_in(message: Message) -> Iterator[str]:
    """The Message-ID of what came back, whole or by its headers alone."""
    for part in parts_of(message, "message/rfc822", "text/rfc822-headers"):
        payload = part.get_payload()
        if isinstance(payload, list):
            yield from (str(inner.get("Message-ID", "")).strip() for inner in payload if isinstance(inner, Message))
        elif isinstance(text := part.get_payload(decode=True), bytes):
            found = re.search(rb"(?im)^message-id:\s*(<[^>\s]{1,400}>)", text)
            yield found[1].decode("ascii", "replace") if found else ""


@transaction.atomic
def bounce(notice: Notice, *, by: Actor) -> Courriel | None:
    """The e-mail will never be read: whoever is told of it, and the next visit of the member, say so."""
    found = OURS.fullmatch(notice.message_id)
    if found is None:
        return None
    courriel = Courriel.objects.select_for_update(no_key=True).filter(pk=int(found[2])).first()
    if courriel is None or courriel.token != found[1]:
        return None
    if courriel.is_broken:
        return courriel
    now = timezone.now()
    courriel.kept_at, courriel.next_at, courriel.broken_at = None, None, now
    courriel.echec, courriel.last_error = Echec.DEFINITIF, f"Retour : {notice.status}"
    courriel.secret_sealed = None
    if not notice.status.startswith(NOT_THE_ADDRESS):
        courriel.address_refused_at = now
    courriel.save(
        update_fields=["kept_at", "next_at", "broken_at", "echec", "last_error", "secret_sealed", "address_refused_at"]
    )
    record("courrier.courriel.bounced", courriel, by=by, key=courriel.cle, status=notice.status)
    return courriel
