"""What agents noted about a member, for that member alone (GDPR art. 15)."""

from typing import Any

from enclos.registre.models import Personne
from enclos.suivi.models import Note


def notes_of(personne: Personne) -> list[dict[str, Any]]:
    """Plain JSON values, the oldest first; what was struck through is given too, with its reason."""
    rows = Note.objects.filter(personne=personne).select_related("affaire", "agent", "struck_by")
    return [
        {
            "created_at": note.written_at,
            "qui": note.agent.nom,
            "sur": f"{note.affaire.libelle}, {note.affaire.reference}" if note.affaire else "",
            "texte": note.texte,
            "withdrawn_at": note.struck_at,
            "motif": note.struck_why,
        }
        for note in rows.order_by("written_at", "pk")
    ]
