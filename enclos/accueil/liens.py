"""What a message may be about, beyond sendings: the papers asked for, which `messagerie` does not know."""

from collections.abc import Sequence

from enclos.envois.access import open_requests_of
from enclos.envois.attente import attente
from enclos.messagerie.liens import Lien
from enclos.registre.models import Personne


def requests_of(personne: Personne) -> Sequence[Lien]:
    """The papers that the fund still waits for."""
    return [
        Lien(
            "demande",
            demande.reference,
            f"Papiers demandés pour « {demande.libelle} », {attente(demande.manquants)}"[:160],
        )
        for demande in open_requests_of(personne)
    ]
