"""Upkeep of the vault: wrap the keys again, check that everything opens, find what nothing points to any more."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from enclos.coffre.models import Fichier, Objet, Partie
from enclos.coffre.objets import stream
from enclos.coffre.sealing import DataKey, vault_ring
from enclos.coffre.storage import ObjectMissing
from enclos.socle.sealed import SealError

BATCH = 500
# Rows are looked at when young: what was claimed once is never unclaimed without being discarded.
UNCLAIMED_WINDOW = timedelta(days=7)


def keys_in_use() -> dict[str, int]:
    """How many objects each vault key opens, by its name."""
    rows = Objet.objects.values_list("key_id").annotate(count=Count("pk")).order_by("key_id")
    return dict(rows)


def rewrap() -> Iterator[tuple[int, list[UUID]]]:
    """Wrap with the active vault key every data key that another one wrapped; the sealed bytes do not change.

    Yields, batch by batch, how many were done and which do not open. Stopped anywhere, it goes on where it was.
    """
    active = vault_ring().active.name
    rest = Objet.objects.exclude(key_id=active).order_by("pk")
    last: UUID | None = None
    while batch := list((rest.filter(pk__gt=last) if last else rest)[:BATCH]):
        last, done, stuck = batch[-1].pk, [], []
        for objet in batch:
            try:
                objet.wrapped_key, objet.key_id = DataKey.unwrapped(objet.pk, objet.wrapped_key).wrapped()
                done.append(objet)
            except SealError:
                stuck.append(objet.pk)
        Objet.objects.bulk_update(done, ["wrapped_key", "key_id"])
        yield len(done), stuck


def verify(objet: Objet) -> str:
    """Read an object whole; says in French what is wrong with it, or nothing. Raises `StorageUnavailable`."""
    digest, taille = hashlib.sha256(), 0
    try:
        for piece in stream(objet):
            digest.update(piece)
            taille += len(piece)
    except ObjectMissing:
        return "absent du stockage"
    except SealError:
        return "ne s’ouvre pas : modifié, coupé, ou scellé par une clé absente"
    if (digest.hexdigest(), taille) != (objet.sha256, objet.taille):
        return "ses octets ne sont pas ceux qui ont été reçus"
    return ""


def every_objet(*, since: datetime | None = None) -> Iterator[Objet]:
    """Every object, the oldest first, a batch at a time: memory stays flat and no transaction stays open."""
    last = floor(since) if since else UUID(int=0)
    while batch := list(Objet.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def unclaimed[M: models.Model](
    model: type[M], *, older_than: timedelta, but: tuple[type[models.Model], ...] = ()
) -> "models.QuerySet[M]":
    """Rows of the last days that no row of another table points to: what should have pointed to them never came.

    Their keys are UUID version 7, so that the window is a range of the primary key.
    """
    now = timezone.now()
    rows = model._default_manager.filter(pk__gt=floor(now - UNCLAIMED_WINDOW), pk__lt=floor(now - older_than))
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.related_model not in but:
            pointing = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(pointing))
    return rows.order_by("pk")


def unclaimed_fichiers(older_than: timedelta) -> "models.QuerySet[Fichier]":
    return unclaimed(Fichier, older_than=older_than, but=(Partie,))


def unclaimed_objets(older_than: timedelta) -> "models.QuerySet[Objet]":
    return unclaimed(Objet, older_than=older_than)


def floor(moment: datetime) -> UUID:
    """The smallest UUID version 7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
