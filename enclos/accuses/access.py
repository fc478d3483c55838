"""Where a receipt is read from."""

import hmac
from dataclasses import dataclass

from enclos.accuses.models import Accuse
from enclos.coffre import objets
from enclos.journal.references import normalise

NO_CODE = "0" * 10


def pdf_of(accuse: Accuse) -> bytes:
    """The signed PDF. Raises `Accuse.DoesNotExist` while it is not stored: ask `actions.pdf_ready` first."""
    if accuse.pdf is None:
        raise Accuse.DoesNotExist
    return objets.read(accuse.pdf)


@dataclass(frozen=True)
class Preuve:
    """What may be said to anyone who holds a receipt: nothing personal."""

    accuse: Accuse
    others: tuple[Accuse, ...]  # of the same sending


def by_code(reference: str, code: str) -> Preuve | None:
    """The receipts of a sending, for who has its reference and its code. An unknown reference takes the same path."""
    found = list(Accuse.objects.filter(reference=normalise(reference)).select_related("caisse").order_by("-issued_at"))
    expected = found[0].code if found else NO_CODE
    is_right = hmac.compare_digest(expected.encode(), normalised_code(code).encode())
    return Preuve(found[0], tuple(found[1:])) if found and is_right else None


def by_pdf(sha256: str) -> Preuve | None:
    """The receipt whose signed PDF has this fingerprint, byte for byte."""
    found = Accuse.objects.filter(pdf_sha256=sha256).select_related("caisse").order_by("issued_at").first()
    return Preuve(found, ()) if found else None


def normalised_code(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
