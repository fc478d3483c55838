"""The receipts in figures, for `enclos controler`, `enclos doctor` and the agents."""

from datetime import timedelta

from enclos.accuses.models import Accuse

LATE_AFTER = timedelta(minutes=10)


def figures() -> dict[str, int]:
    """How many receipts wait for their signed PDF, wait for more than ten minutes, and will not get it by themselves."""
    return {
        "accuses_en_attente": Accuse.objects.open().count(),
        "accuses_en_retard": Accuse.objects.late(LATE_AFTER).count(),
        "accuses_non_scelles": Accuse.objects.broken().count(),
    }
