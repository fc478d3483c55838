"""The outbox in figures, for `enclos controler`, `enclos doctor` and the agents."""

from datetime import timedelta

from enclos.courrier.models import Courriel

LATE_AFTER = timedelta(hours=1)


def figures() -> dict[str, int]:
    """How many e-mails wait, wait for more than an hour, and will never be delivered."""
    return {
        "courriels_en_attente": Courriel.objects.open().count(),
        "courriels_en_retard": Courriel.objects.late(LATE_AFTER).count(),
        "courriels_non_remis": Courriel.objects.broken().count(),
    }
