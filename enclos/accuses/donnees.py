"""What a member's copy of their data says of a receipt."""

from typing import Any

from enclos.accuses.models import Accuse


def accuse_told(accuse: Accuse) -> dict[str, Any]:
    """The receipt of a sending or of a message, and where its PDF is in the ZIP."""
    return {
        "genre": accuse.get_genre_display(),
        "code": accuse.code,
        "issued_at": accuse.issued_at,
        "pdf_sha256": accuse.pdf_sha256,
        "chemin": f"accuses/{accuse.file_name}" if accuse.pdf_id else "",
    }
