"""What reconciliation asks of sendings: each has its receipt, or somebody knows why not."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from enclos.envois.demandes import left_behind
from enclos.envois.models import DocumentEnvoye, Envoi, PapierDemande
from enclos.socle.controle import Constat
from enclos.socle.dates import today_paris

SCAN_PATIENCE = timedelta(hours=1)
FOLLOWED_WITHIN = timedelta(hours=1)


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
        *papiers(),
    ]


def papiers() -> list[Constat]:
    """A paper that the decision waits for never goes by its date in silence: an agent has the list back."""
    waited = PapierDemande.objects.filter(answered_at=None)
    late = waited.filter(due_on__lt=today_paris(), is_indispensable=True)
    return [
        Constat("Papiers demandés et attendus", waited.count(), is_fault=False),
        Constat("Papiers indispensables attendus après leur date", late.count(), is_fault=False),
        Constat(
            "Papiers indispensables dont le délai est dépassé sans qu’un agent le sache",
            late.filter(
                Q(depasse_at=None, due_on__lt=today_paris() - timedelta(days=1))
                | Q(depasse_at__isnull=False, demande__relance=None)
            ).count(),
            is_fault=True,
        ),
        Constat(
            "Listes de papiers restées dans une caisse qui n’a plus le dossier",
            left_behind().filter(affaire__service_since__lt=timezone.now() - FOLLOWED_WITHIN).count(),
            is_fault=True,
        ),
        Constat(
            "Listes de papiers closes alors qu’un papier est attendu",
            waited.filter(demande__closed_at__isnull=False).count(),
            is_fault=True,
        ),
    ]
