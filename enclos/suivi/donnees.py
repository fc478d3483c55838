"""What agents noted about a member, for that member alone (GDPR art. 15)."""

from collections.abc import Iterator
from typing import Any

from enclos.registre.models import Personne
from enclos.suivi.models import Affaire, Note

BATCH = 200


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


def affaires_of(personne: Personne) -> Iterator[dict[str, Any]]:
    """What agents had to do for this person, the oldest first, a batch at a time: who has it, by when, what was answered."""
    rows = Affaire.objects.filter(personne=personne).select_related("service", "taken_by").order_by("pk")
    last = None
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:BATCH]):
        yield from (affaire_told(row) for row in batch)
        last = batch[-1].pk


def affaire_told(row: Affaire) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "libelle": row.libelle,
        "genre": row.get_genre_display(),
        "etat": row.get_etat_display(),
        "service": row.service.nom,
        "received_at": row.received_at,
        "due_on": row.due_on,
        "legal_on": row.legal_on,
        "is_precaire": row.is_precaire,
        "is_medical": row.is_medical,
        "taken_at": row.taken_at,
        "ended_at": row.ended_at,
        "agent": row.taken_by.nom if row.taken_by else "",
        "refus": row.get_refus_display(),
        "texte": row.reponse,
    }
