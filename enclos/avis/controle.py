"""What reconciliation asks of notices: each digest and each letter that was promised leaves, or was read before."""

from datetime import timedelta

from django.utils import timezone

from enclos.avis.models import Avis, Relais, Resume
from enclos.socle.controle import Constat

DIGEST_PATIENCE = timedelta(hours=2)
POST_PATIENCE = timedelta(days=1)


def constats() -> list[Constat]:
    """Figures of the notices. `promised_at` is the hour a digest or a letter was promised for."""
    week = timezone.now() - timedelta(days=7)
    returned = Avis.objects.filter(returned_at__isnull=False, read_at=None)
    return [
        Constat("Avis non lus, dont l’e-mail est revenu", returned.count(), is_fault=False),
        Constat("Résumés en attente de leur heure", Resume.objects.open().count(), is_fault=False),
        Constat("Résumés en retard de plus de deux heures", Resume.objects.late(DIGEST_PATIENCE).count(), is_fault=True),
        Constat("Résumés abandonnés", Resume.objects.broken().count(), is_fault=True),
        Constat("Avis qui partiront par la poste s’ils ne sont pas lus", Relais.objects.open().count(), is_fault=False),
        Constat("Avis partis par la poste depuis sept jours", Relais.objects.filter(
            lettre__isnull=False, kept_at__gt=week).count(), is_fault=False),
        Constat("Avis dont la lettre est en retard d’un jour", Relais.objects.late(POST_PATIENCE).count(), is_fault=True),
        Constat("Avis dont la lettre est abandonnée", Relais.objects.broken().count(), is_fault=True),
    ]  # fmt: skip
