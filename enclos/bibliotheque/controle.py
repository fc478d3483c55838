"""What reconciliation asks of the library: every document has its bytes, every notification its notice and its date."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from enclos.bibliotheque.conservation import at_term
from enclos.bibliotheque.models import Document, Feuillet, Notification
from enclos.bibliotheque.notifications import overdue
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.socle.controle import Constat

NOTICE_PATIENCE = timedelta(hours=4)  # as « À surveiller » has it for any e-mail
SEEN_TO = timedelta(days=7)  # the fund has a week to post what could not be announced
SAMPLE = 100


def constats(*, sample: int = SAMPLE) -> list[Constat]:
    """Figures of the library, the faults among them; the bytes of the last `sample` documents of the fund are looked for."""
    now = timezone.now()
    electronic = Notification.objects.filter(mode=Notification.Mode.ELECTRONIQUE)
    unsent = electronic.filter(
        avis_envoye=None, notifie_on=None, defaut="", mis_a_disposition__lt=now - NOTICE_PATIENCE
    )
    unposted = Notification.objects.exclude(defaut="").filter(poste_at=None)
    without = Document.objects.filter(~Exists(Feuillet.objects.filter(document=OuterRef("pk"))), accuse=None)
    perdus = Document.objects.filter(perdu_at__isnull=False)
    missing, is_away = looked_for(sample)
    return [
        Constat("Documents de la bibliothèque", Document.objects.count(), is_fault=False),
        Constat("Documents sans fichier ni accusé", without.count(), is_fault=True),
        Constat("Documents récents dont les octets manquent", missing, is_fault=True),
        Constat("Documents illisibles qu’un adhérent a demandés", perdus.count(), is_fault=True),
        Constat("Documents que le stockage ne laisse pas vérifier", int(is_away), is_fault=True),
        Constat("Notifications électroniques en cours", electronic.filter(notifie_on=None, defaut="").count(), is_fault=False),
        Constat("Notifications dont l’avis n’est pas parti depuis plus de quatre heures", unsent.count(), is_fault=True),
        Constat("Notifications réputées que personne n’a écrites", overdue(days=1).count(), is_fault=True),
        Constat("Notifications dont l’avis n’est pas arrivé, sans lettre postée", unposted.count(), is_fault=False),
        Constat(
            "Les mêmes, depuis plus d’une semaine", unposted.filter(defaut_at__lt=now - SEEN_TO).count(), is_fault=True
        ),
        Constat("Documents gardés au-delà de leur durée", at_term(days_late=7).count(), is_fault=True),
    ]  # fmt: skip


def looked_for(sample: int) -> tuple[int, bool]:
    """How many of the last documents the storage does not have, and whether it stopped answering."""
    sheets = Feuillet.objects.select_related("fichier__original", "objet").order_by("-pk")[:sample]
    missing = 0
    try:
        for sheet in sheets:
            missing += not storage().has(sheet.original.cle)
    except StorageUnavailable:
        return missing, True
    return missing, False
