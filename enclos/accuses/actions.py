"""Issuing receipts."""

import time
from datetime import datetime

from django.db import transaction

from enclos.accuses.contenu import Contenu, require_mentions
from enclos.accuses.models import Accuse
from enclos.accuses.tasks import seal_accuse
from enclos.accuses.texte import MODELE, frozen
from enclos.caisses.models import Caisse
from enclos.journal.actions import Actor, record
from enclos.journal.references import new_code

POLL_SECONDS = 0.05


def issue(
    *,
    kind: str,
    reference: str,
    received_at: datetime,
    caisse: Caisse,
    contenu: Contenu | None,
    by: Actor,
) -> Accuse:
    """Write a receipt, every mention in it, and promise its signed PDF; a second call gives the first one's.

    `kind` is one of `Accuse.Genre`; an accusé d’enregistrement needs no `contenu`, an accusé de réception does. Both bear the
    same verification code. `received_at` is the commit that turned the draft into a sending, never later than that.
    Raises `MentionManquante` when the law wants more than what is given (CRPA R112-11-1); the caller's transaction is
    then as it was, and may hold an accusé d’enregistrement instead.
    """
    genre = Accuse.Genre(kind)
    if genre == Accuse.Genre.RECEPTION:
        if contenu is None:
            raise ValueError("An accusé de réception says what was received.")
        require_mentions(contenu, received_at)
    with transaction.atomic(savepoint=False):
        earlier = {accuse.genre: accuse for accuse in Accuse.objects.filter(reference=reference).order_by("issued_at")}
        if genre in earlier:
            return earlier[genre]
        code = next((accuse.code for accuse in earlier.values()), "") or new_code()
        shown = frozen(
            is_reception=genre == Accuse.Genre.RECEPTION,
            reference=reference,
            code=code,
            received_at=received_at,
            caisse=caisse,
            contenu=contenu,
        )
        accuse = Accuse.objects.create(
            genre=genre,
            reference=reference,
            code=code,
            received_at=received_at,
            caisse=caisse,
            modele=MODELE,
            contenu=shown,
        )
        record("accuses.accuse.issued", accuse, by=by, reference=reference, genre=genre.value)
        seal_accuse.enqueue(str(accuse.pk))
    return accuse


def pdf_ready(accuse: Accuse, *, wait: float = 0.0) -> bool:
    """Whether the signed PDF is stored, after waiting for it at most `wait` seconds; `accuse` is refreshed."""
    until = time.monotonic() + wait
    while not accuse.is_ready:
        accuse.refresh_from_db(fields=["pdf", "pdf_sha256", "certificat"])
        if accuse.is_ready or time.monotonic() >= until:
            break
        time.sleep(POLL_SECONDS)
    return accuse.is_ready
