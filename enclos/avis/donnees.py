"""What a member was told and chose to be told, for that member alone."""

from typing import Any

from enclos.avis.access import rythme_of
from enclos.avis.models import Avis
from enclos.comptes.models import Compte


def donnees_of(compte: Compte) -> dict[str, Any]:
    """Plain JSON values."""
    rythme = rythme_of(compte)
    return {
        "avis": [
            {
                "evenement": row.evenement,
                "titre": row.titre,
                "created_at": row.created_at,
                "read_at": row.read_at,
                "canaux": row.canaux,
            }
            for row in Avis.objects.filter(personne=compte.personne)
            .select_related("courriel", "texto", "resume", "relais__lettre")
            .order_by("created_at", "pk")
        ],
        "rythme": {"frequence": rythme.frequence, "heures_calmes": rythme.calme},
        "preferences": [
            {"evenement": row.evenement, "canal": row.canal, "is_wanted": row.is_wanted}
            for row in compte.preferences.order_by("evenement", "canal")
        ],
        "conseils_ecartes": [
            {"conseil": row.conseil, "ecarte_at": row.ecarte_at}
            for row in compte.conseils_ecartes.order_by("ecarte_at")
        ],
    }
