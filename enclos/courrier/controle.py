"""What reconciliation asks of the outbox: each e-mail left, or somebody knows that it never will."""

from datetime import timedelta

from enclos.courrier.models import Courriel
from enclos.socle.controle import Constat

PATIENCE = timedelta(hours=1)


def constats() -> list[Constat]:
    """Figures of the outbox. A refused e-mail is shown, not a fault: what it announced stands in the member's space."""
    return [
        Constat("Courriels en attente", Courriel.objects.open().count(), is_fault=False),
        Constat(
            "Courriels en attente depuis plus d’une heure", Courriel.objects.late(PATIENCE).count(), is_fault=False
        ),
        Constat("Courriels qui n’ont pas pu être remis", Courriel.objects.broken().count(), is_fault=False),
    ]
