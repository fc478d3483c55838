"""What became of the registrations of somebody, for that person alone. What was typed is erased once it is over."""

from typing import Any

from enclos.inscription.models import Conclusion, Essais
from enclos.registre.models import Personne


def donnees_of(personne: Personne) -> dict[str, Any]:
    """Plain JSON values."""
    essais = Essais.objects.filter(personne=personne).first()
    return {
        "inscriptions": [
            {"created_at": row.created_at, "resultat": row.get_resultat_display(), "concluded_at": row.concluded_at}
            for row in Conclusion.objects.filter(personne=personne).order_by("created_at", "pk")
        ],
        "reponses_fausses": [] if essais is None else list(essais.faux),
    }
