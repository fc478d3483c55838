"""What reconciliation asks of sendings: each has its receipt, or somebody knows why not."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from enclos.envois.models import DocumentEnvoye, Envoi
from enclos.socle.controle import Constat

SCAN_PATIENCE = timedelta(hours=1)


def constats() -> list[Constat]:
    """Figures of sendings, the faults among them."""
    now = timezone.now()
    sent = Envoi.objects.sent()
    without = sent.filter(accuse_reception=None, accuse_enregistrement=None, kept_at=None)
    return [
        Constat("Envois reçus", sent.count(), is_fault=False),
        Constat("Brouillons non envoyés", Envoi.objects.drafts().count(), is_fault=False),
        Constat("Envois en cours d’analyse", sent.filter(kept_at=None).count(), is_fault=False),
        Constat("Envois sans aucun accusé", without.count(), is_fault=True),
        Constat(
            "Envois enregistrés dont l’analyse dure depuis plus d’une heure",
            sent.filter(kept_at=None, submitted_at__lt=now - SCAN_PATIENCE).count(),
            is_fault=True,
        ),
        Constat("Envois dont l’accusé est abandonné", sent.broken().count(), is_fault=True),
        Constat(
            "Documents envoyés que personne ne suit",
            DocumentEnvoye.objects.filter(envoi__submitted_at__isnull=False, affaire=None).count(),
            is_fault=True,
        ),
        Constat(
            "Documents suivis par une autre personne que leur expéditeur",
            DocumentEnvoye.objects.filter(~Q(affaire__personne=F("envoi__personne")), affaire__isnull=False).count(),
            is_fault=True,
        ),
    ]
