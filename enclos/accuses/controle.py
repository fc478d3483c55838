"""What reconciliation asks of receipts: each has its signed PDF, or is about to."""

from datetime import timedelta

from enclos.accuses.ancrage import is_behind
from enclos.accuses.models import Accuse, Horodatage
from enclos.socle.controle import Constat

# Sealing takes a tenth of a second. Past this the worker, the seal or the storage is away: somebody must look.
SEAL_PATIENCE = timedelta(minutes=10)


def constats() -> list[Constat]:
    """Figures of the receipts."""
    late = Accuse.objects.late(SEAL_PATIENCE).count()
    return [
        Constat("Accusés sans PDF signé pour l’instant", Accuse.objects.open().count(), is_fault=False),
        Constat("Accusés sans PDF signé depuis plus de dix minutes", late, is_fault=True),
        Constat("Accusés dont le PDF signé est abandonné", Accuse.objects.broken().count(), is_fault=True),
        Constat(
            "Accusés que l’autorité d’horodatage n’a pas datés", Horodatage.objects.broken().count(), is_fault=True
        ),
        Constat("Journal : sceau que l’autorité n’a pas daté depuis deux jours", int(is_behind()), is_fault=True),
    ]
