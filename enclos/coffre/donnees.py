"""What a member's copy of their data says of a file."""

from typing import Any

from enclos.coffre.models import Fichier


def fichier_told(fichier: Fichier, chemin: str) -> dict[str, Any]:
    """The file as it was received, and where it is in the ZIP: nowhere once it was withdrawn."""
    return {
        "nom": fichier.nom,
        "taille": fichier.taille,
        "sha256": fichier.sha256,
        "pages": fichier.pages,
        "received_at": fichier.received_at,
        "analyse": fichier.get_analyse_display(),
        "retrait": fichier.get_retrait_display(),
        "chemin": chemin if fichier.is_readable else "",
    }
