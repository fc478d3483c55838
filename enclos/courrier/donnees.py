"""What was written to a member, for that member alone. The secrets that were in it are not: they were sealed, then erased."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from enclos.courrier.models import PLACEHOLDER, Courriel, Lettre, Texto
from enclos.registre.models import Personne

BATCH = 500


def courriels_of(personne: Personne, *, address: str, since: datetime) -> Iterator[dict[str, Any]]:
    """The e-mails about this member, to whatever address, and those about nobody to `address` since then.

    `address` is "" when others read that mailbox too: what is about nobody may be about them.
    """
    yield from described(Courriel.objects.filter(about(personne, "to__iexact", address, since)))


def textos_of(personne: Personne, *, number: str, since: datetime) -> Iterator[dict[str, Any]]:
    """The text messages, in the same way."""
    yield from described(Texto.objects.filter(about(personne, "to", number, since)))


def about(personne: Personne, to: str, contact: str, since: datetime) -> Q:
    mine = Q(personne=personne)
    return mine | Q(personne=None, created_at__gte=since, **{to: contact}) if contact else mine


def described(rows: "models.QuerySet[Any]") -> Iterator[dict[str, Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        for row in batch:
            subject = {"subject": row.subject} if isinstance(row, Courriel) else {}
            text = row.text.replace(PLACEHOLDER, "(secret effacé)")
            yield {"to": row.to, **subject, "text": text, "created_at": row.created_at, "sent_at": row.sent_at}
        last = batch[-1].pk


def lettres_of(personne: Personne) -> list[dict[str, Any]]:
    """The letters."""
    return [
        {
            "reference": row.reference,
            "genre": row.get_genre_display(),
            "etat": row.get_etat_display(),
            "destinataire": list(row.destinataire),
            **({"demande": row.donnees["demande"]} if "demande" in row.donnees else {}),
            "created_at": row.created_at,
            "posted_at": row.posted_at,
            "returned_at": row.returned_at,
        }
        for row in Lettre.objects.filter(personne=personne).order_by("created_at", "pk")
    ]


def objets_of(personne: Personne) -> list[tuple[str, str]]:
    """What the journal calls these letters: kind and key."""
    keys = Lettre.objects.filter(personne=personne).order_by("pk").values_list("pk", flat=True)
    return [(Lettre._meta.label_lower, str(key)) for key in keys]
