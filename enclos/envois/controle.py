"""What reconciliation asks of sendings: each has its receipt, or somebody knows why not."""

from datetime import timedelta

from django.db.models import F, Q, QuerySet
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


def late_papers() -> "QuerySet[PapierDemande]":
    """Papers still waited for after their date."""
    return PapierDemande.objects.filter(answered_at=None, due_on__lt=today_paris())


def without_anybody() -> "QuerySet[PapierDemande]":
    """Late papers that the decision waits for, and that no agent has: the list never came back, or was put away with the paper still waited for.

    The sweep has a day to give the list back to the agents.
    """
    never_told = Q(depasse_at=None, due_on__lt=today_paris() - timedelta(days=1))
    put_away = Q(depasse_at__isnull=False) & (Q(demande__relance=None) | Q(demande__relance__ended_at__isnull=False))
    return late_papers().filter(never_told | put_away, is_indispensable=True)


def papiers() -> list[Constat]:
    """A paper that the decision waits for never goes by its date in silence: an agent has the list back."""
    waited = PapierDemande.objects.filter(answered_at=None)
    return [
        Constat("Papiers demandés et attendus", waited.count(), is_fault=False),
        Constat(
            "Papiers indispensables attendus après leur date",
            late_papers().filter(is_indispensable=True).count(),
            is_fault=False,
        ),
        Constat(
            "Papiers indispensables dont le délai est dépassé, et dont aucun agent ne s’occupe",
            without_anybody().count(),
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
