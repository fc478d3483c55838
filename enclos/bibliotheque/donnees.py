"""What the library holds of a member, for that member alone: the rows with the law's dates, and the bytes of what the fund gave."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from enclos.bibliotheque.access import SHEETS
from enclos.bibliotheque.models import DU_FONDS, Document
from enclos.coffre.models import EXTENSIONS, Objet
from enclos.registre.models import Personne
from enclos.socle.archive import safe_name

BATCH = 100


@dataclass(frozen=True)
class Piece:
    """A file to give: its path, and its sealed bytes."""

    chemin: str
    objet: Objet


def documents_of(personne: Personne) -> Iterator[Document]:
    """Every document, withdrawn and replaced ones too, the oldest first, a batch at a time."""
    rows = Document.objects.of(personne).select_related("notification").order_by("pk")
    last = None
    while batch := list((rows.filter(pk__gt=last) if last else rows).prefetch_related(SHEETS)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def donnees_of(personne: Personne) -> Iterator[dict[str, Any]]:
    """Plain JSON values, one document at a time."""
    return (told(document) for document in documents_of(personne))


def told(document: Document) -> dict[str, Any]:
    avis = document.avis_legal
    return {
        "libelle": document.libelle,
        "nom_personnel": document.nom_personnel,
        "origine": document.get_origine_display(),
        "domaine": document.get_domaine_display(),
        "nature": document.nature_en_mots,
        "concerne": document.concerne,
        "service": document.service,
        "reference": document.reference,
        "numero": document.numero,
        "date": document.date,
        "filed_at": document.filed_at,
        "ouvert_at": document.ouvert_at,
        "perdu_at": document.perdu_at,
        "etat": document.get_etat_display(),
        "is_favori": document.is_favori,
        "purge_on": document.purge_on,
        "notification": notification_told(document) if avis else None,
        "chemin": [piece.chemin for piece in pieces_of_one(document)],
    }


def notification_told(document: Document) -> dict[str, Any]:
    avis = document.avis_legal
    assert avis is not None
    return {
        "mode": avis.get_mode_display(),
        "mis_a_disposition": avis.mis_a_disposition,
        "avis_envoye": avis.avis_envoye,
        "premiere_consultation": document.ouvert_at,
        "repute_notifie": avis.repute_at,
        "notifie_on": avis.notifie_on,
        "recours_jusqu_au": avis.recours_jusqu_au,
        "defaut": avis.get_defaut_display(),
    }


def pieces_of(personne: Personne) -> Iterator[Piece]:
    """The bytes of what the fund gave; what the member sent comes with their sendings."""
    for document in documents_of(personne):
        yield from pieces_of_one(document)


def pieces_of_one(document: Document) -> list[Piece]:
    if document.origine not in DU_FONDS or document.is_retire:
        return []
    return [
        Piece(
            f"documents/{document.date.year}/{document.date.isoformat()}-{document.pk.hex[-8:]}-{sheet.rang:02d}-"
            f"{safe_name(document.libelle)}{EXTENSIONS[sheet.original.media_type]}",
            sheet.original,
        )
        for sheet in document.sheets
        if sheet.is_readable
    ]
