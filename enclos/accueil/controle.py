"""What reconciliation asks of the copies of their data that members asked: each is made, then erased."""

from datetime import timedelta

from django.utils import timezone

from enclos.accueil.models import CopieDonnees
from enclos.comptes.models import Compte
from enclos.socle.controle import Constat

# A copy takes seconds; the law gives a month (GDPR, article 12.3), the member expects the day.
PATIENCE = timedelta(days=1)


def constats() -> list[Constat]:
    """Figures of the copies."""
    now = timezone.now()
    broken = CopieDonnees.objects.broken().filter(erased_at=None)
    forgotten = CopieDonnees.objects.filter(erased_at=None, expire_at__lt=now - PATIENCE)
    closed = Compte.objects.filter(closed_at__isnull=False)
    return [
        Constat("Copies de données gardées", CopieDonnees.objects.filter(objet__isnull=False).count(), is_fault=False),
        Constat("Copies de données en retard d’un jour", CopieDonnees.objects.late(PATIENCE).count(), is_fault=True),
        Constat("Copies de données abandonnées", broken.count(), is_fault=True),
        Constat("Copies de données qui devaient être effacées", forgotten.count(), is_fault=True),
        Constat("Comptes fermés par leur titulaire", closed.count(), is_fault=False),
    ]
