"""What a member chose to be told, for that member alone."""

from typing import Any

from enclos.comptes.models import Compte


def donnees_of(compte: Compte) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "preferences": [
            {"evenement": row.evenement, "canal": row.canal, "is_wanted": row.is_wanted}
            for row in compte.preferences.order_by("evenement", "canal")
        ],
        "conseils_ecartes": [
            {"conseil": row.conseil, "ecarte_at": row.ecarte_at}
            for row in compte.conseils_ecartes.order_by("ecarte_at")
        ],
    }
