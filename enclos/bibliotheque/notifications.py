"""Notifying by the portal, with its dates (CRPA L112-15, R112-17 to R112-20): made available, notice sent, first opened, or deemed notified.

Only somebody who had said yes is notified here. To the others the letter counts, and the copy is for information.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from enclos.avis.access import receives_electronically
from enclos.avis.actions import mark
from enclos.avis.models import Avis
from enclos.bibliotheque import emails
from enclos.bibliotheque.models import Document, Notification, limit_of
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import paris, today_paris
from enclos.socle.promesses import sweep

type NotificationQuerySet = QuerySet[Notification]

BATCH = 200
NOTICE_PATIENCE = timedelta(days=2)  # without even an e-mail written: somebody must look


def notify(document: Document, *, by: Actor) -> None:
    """Open the notification of a document that has just been filed, and announce it, in the caller's transaction."""
    personne = document.personne
    compte: Compte | None = getattr(personne, "compte", None)
    is_electronic = compte is not None and receives_electronically(compte, on=paris(document.filed_at).date())
    if document.nature_lue.notifie:
        mode = Notification.Mode.ELECTRONIQUE if is_electronic else Notification.Mode.PAPIER
        Notification.objects.create(
            document=document,
            caisse_id=document.caisse_id,
            mode=mode,
            mis_a_disposition=document.filed_at,
            limite_on=limit_of(document.filed_at) if is_electronic else None,
        )
        if is_electronic:
            emails.document_notifie(document, by=by)
            return
    if compte is not None and compte.closed_at is None:
        emails.documents_recus(document, is_electronic=is_electronic, by=by)


def settle_opening(notification: Notification, at: datetime, *, by: Actor) -> None:
    """The member opened it: that day counts within the fifteen days; after, the day it was made available already does."""
    mark(Avis.objects.filter(cle=emails.cle_of(notification.document)), by=by)
    if not notification.is_electronique or notification.notifie_on is not None or notification.defaut:
        return
    day = paris(at).date()
    is_late = notification.is_passee(on=day)
    values: dict[str, object] = {"notifie_on": paris(notification.mis_a_disposition).date() if is_late else day}
    if is_late:
        values["repute_at"] = at
    if Notification.objects.filter(pk=notification.pk, notifie_on=None).update(**values):
        for name, value in values.items():
            setattr(notification, name, value)
        record(
            "bibliotheque.notification.settled",
            notification.document,
            by=by,
            notifie_on=str(values["notifie_on"]),
            repute=is_late,
        )


def restart(document: Document) -> None:
    """It can be opened again: a delay that still runs, or went by while it could not, ends fifteen days from now."""
    running = Notification.objects.filter(document=document, mode=Notification.Mode.ELECTRONIQUE, notifie_on=None)
    running.filter(defaut="").update(limite_on=limit_of(timezone.now()))


@sweep("bibliotheque.avis", every=60)
def follow_notices() -> int:
    """Write down when each notice left, and which did not: the post must then bring the document. Returns how many were settled."""
    waiting = Notification.objects.filter(mode=Notification.Mode.ELECTRONIQUE, avis_envoye=None, defaut="").filter(
        # Opened all the same, a document whose notice never left is not asked about for ever.
        Q(notifie_on=None) | Q(mis_a_disposition__gt=timezone.now() - NOTICE_PATIENCE)
    )
    rows = list(waiting.select_related("document__personne__compte").order_by("mis_a_disposition")[:BATCH])
    mails = {
        row.cle: row
        for row in Courriel.objects.filter(cle__in=[emails.cle_of(one.document) for one in rows]).order_by("pk")
    }
    return sum(follow(row, mails.get(emails.cle_of(row.document))) for row in rows) + notice_bounces()


def follow(notification: Notification, courriel: Courriel | None) -> bool:
    """Read one notice's e-mail; whether it told something."""
    if courriel is None:
        is_old = timezone.now() - notification.mis_a_disposition > NOTICE_PATIENCE
        return is_old and fail(notification, Notification.Defaut.SANS_ADRESSE)
    if courriel.address_refused_at is not None or courriel.is_broken:
        reason = Notification.Defaut.REFUSE if courriel.to else Notification.Defaut.SANS_ADRESSE
        return fail(notification, reason)
    if courriel.sent_at is None:
        return False
    # Told later than made available, one has fifteen days from the telling: the law's delay is never shorter for our own failure.
    limit = max(limit_of(notification.mis_a_disposition), limit_of(courriel.sent_at))
    return bool(
        Notification.objects.filter(pk=notification.pk, avis_envoye=None).update(
            avis_envoye=courriel.sent_at, limite_on=limit
        )
    )


def notice_bounces() -> int:
    """Notices that a server took and sent back later, while the fifteen days run."""
    running = Notification.objects.filter(
        mode=Notification.Mode.ELECTRONIQUE, notifie_on=None, defaut="", avis_envoye__isnull=False
    )
    refused = Courriel.objects.filter(
        address_refused_at__gte=timezone.now() - timedelta(days=20), cle__startswith=emails.PREFIX
    )
    keys = [
        UUID(cle.removeprefix(emails.PREFIX))
        for cle in refused.order_by("pk").values_list("cle", flat=True)[: BATCH * 5]
    ]
    if not keys:
        return 0
    rows = running.filter(document__in=keys).select_related("document").order_by("pk")[:BATCH]
    return sum(fail(row, Notification.Defaut.REFUSE) for row in rows)


@transaction.atomic
def fail(notification: Notification, why: Notification.Defaut) -> bool:
    """The notice reached nobody: no delay runs, the letter counts, and the fund is told."""
    now = timezone.now()
    moved = Notification.objects.filter(pk=notification.pk, notifie_on=None, defaut="").update(
        defaut=why, defaut_at=now, limite_on=None
    )
    if moved:
        record("bibliotheque.notification.failed", notification.document, by=SYSTEM, raison=str(why))
    return bool(moved)


@transaction.atomic
def account_closed(personne: Personne) -> int:
    """Nobody can open anything here any more: what still waits to be opened is notified by the post alone. Returns how many.

    What the fifteen days have notified already stays so, even when the sweep that writes it is late.
    """
    rows = Notification.objects.filter(document__personne=personne, mode=Notification.Mode.ELECTRONIQUE).filter(
        Q(limite_on__gte=today_paris()) | Q(limite_on=None) | Q(avis_envoye=None), notifie_on=None, defaut=""
    )
    closed = Notification.Defaut.COMPTE_FERME
    return sum(fail(row, closed) for row in rows.select_related("document").order_by("pk"))


@sweep("bibliotheque.reputes", every=600)
def deem_notified() -> int:
    """Write « réputé notifié » on what nobody opened in fifteen days; returns how many."""
    done = 0
    for notification in overdue()[:BATCH]:
        with transaction.atomic():
            day = paris(notification.mis_a_disposition).date()
            moved = overdue().filter(pk=notification.pk, document__ouvert_at=None)
            if Notification.objects.filter(pk__in=list(moved.order_by("pk").values_list("pk", flat=True))).update(
                notifie_on=day, repute_at=timezone.now()
            ):
                record(
                    "bibliotheque.notification.settled",
                    notification.document,
                    by=SYSTEM,
                    notifie_on=str(day),
                    repute=True,
                )
                done += 1
    return done


def overdue(days: int = 0) -> NotificationQuerySet:
    """Those whose last day is past since `days` days, and that nobody wrote down. What the fund withdrew could not be opened: it is not notified."""
    return (
        Notification.objects.exclude(document__etat=Document.Etat.RETIRE)
        .filter(
            Q(limite_on__lt=today_paris() - timedelta(days=days)),
            mode=Notification.Mode.ELECTRONIQUE,
            notifie_on=None,
            defaut="",
            avis_envoye__isnull=False,
        )
        .select_related("document")
        .order_by("limite_on", "pk")
    )


def failed_in(caisse_id: int) -> NotificationQuerySet:
    """In a fund, the documents whose notice reached nobody and that nobody posted yet, the oldest first."""
    rows = Notification.objects.filter(caisse=caisse_id, poste_at=None).exclude(defaut="")
    return rows.select_related("document__personne").order_by("defaut_at", "pk")


@transaction.atomic
def posted(notification: Notification, *, by: Actor) -> None:
    """Somebody saw to the letter that the notice could not announce."""
    if (
        Notification.objects.filter(pk=notification.pk, poste_at=None)
        .exclude(defaut="")
        .update(poste_at=timezone.now())
    ):
        record("bibliotheque.notification.posted", notification.document, by=by)
