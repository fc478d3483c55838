"""What was written to a member, for that member alone. The secrets that were in it are not: they were sealed, then erased."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from enclos.courrier.models import PLACEHOLDER, Courriel, Lettre, Texto
from enclos.registre.models import Personne

BATCH = 500


def courriels_of(address: str, *, since: datetime, about: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """The e-mails to this address since then; for a mailbox that several members share, those whose key names one of `about`."""
    if address:
        yield from described(Courriel.objects.filter(to__iexact=address, created_at__gte=since), about)


def textos_of(number: str, *, since: datetime, about: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """The text messages to this number since then."""
    if number:
        yield from described(Texto.objects.filter(to=number, created_at__gte=since), about)


def described(rows: "models.QuerySet[Any]", about: Collection[str] | None) -> Iterator[dict[str, Any]]:
    last = 0
    while batch := list(rows.filter(Q(pk__gt=last)).order_by("pk")[:BATCH]):
        for row in batch:
            if about is not None and not any(name in row.cle for name in about):
                continue
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
