"""Erasing at the term (standards 7.4), with its proof: the journal keeps what it was, and the fingerprints of what went."""

from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

from enclos.bibliotheque.models import Document, Notification
from enclos.coffre.actions import discard, erase
from enclos.coffre.models import Fichier, Objet, Partie
from enclos.journal.actions import SYSTEM, record
from enclos.socle.dates import today_paris

BATCH = 200


def at_term(days_late: int = 0) -> "models.QuerySet[Document]":
    """Those whose day has come; a notification still running keeps its document."""
    day = today_paris()
    running = ~Q(etat=Document.Etat.RETIRE) & Q(
        notification__mode=Notification.Mode.ELECTRONIQUE, notification__notifie_on=None, notification__defaut=""
    )
    rows = Document.objects.filter(purge_on__lte=day.fromordinal(day.toordinal() - days_late)).exclude(running)
    return rows.order_by("purge_on", "pk")


def purge() -> int:
    """Erase a batch of what is at its term; returns how many documents went."""
    keys = list(at_term().values_list("pk", flat=True)[:BATCH])
    return sum(purge_one(key) for key in keys)


@transaction.atomic
def purge_one(key: UUID) -> bool:
    """One document, its sheets, and the bytes that nothing else points to."""
    document = (
        Document.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk=key, purge_on__lte=today_paris())
        .first()
    )
    if document is None:
        return False
    sheets = list(document.feuillets.select_related("fichier__original", "objet").order_by("rang"))
    avis = document.avis_legal
    record(
        "bibliotheque.document.purged",
        document,
        by=SYSTEM,
        cle=document.cle,
        date=str(document.date),
        depuis=document.filed_at.isoformat(),
        conserve_jusqu_au=str(document.purge_on),
        notifie_on=str(avis.notifie_on) if avis and avis.notifie_on else "",
        sha256=[sheet.original.sha256 for sheet in sheets],
    )
    document.delete()
    for sheet in sheets:
        if sheet.fichier is not None:
            if not is_claimed(sheet.fichier, but=(Partie,)):
                discard(sheet.fichier, by=SYSTEM)
        elif sheet.objet is not None and not is_claimed(sheet.objet):
            erase([sheet.objet])
    return True


def is_claimed(row: Fichier | Objet, *, but: tuple[type[models.Model], ...] = ()) -> bool:
    """Whether a row of any table still points to it: a sending holds the same file, a receipt the same object."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.related_model not in but
    )
