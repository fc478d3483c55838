"""The list on paper, for whoever does not read the portal: the same numbers, the same words, and the sheet to send back with the papers."""

from typing import Any

from django.db.models import prefetch_related_objects

from enclos.avis.access import acceptations_of, receives_electronically
from enclos.avis.annonces import address_of, is_online
from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import jour

LINES = 6  # of an address in a window (NF Z10-011)


def needs_letter(personne: Personne) -> bool:
    """No account, a closed one, no e-mail, or the choice of paper: the portal alone would not be read."""
    compte = getattr(personne, "compte", None)
    if compte is None or not is_online(personne) or not address_of(personne):
        return True
    chosen = acceptations_of(compte)
    return bool(chosen) and not receives_electronically(compte)


def write_letter(demande: DemandePapiers, event: str, *, by: Actor) -> Lettre | None:
    """The letter of a request, once for each `event` ("" when it is asked); None for somebody who reads the portal."""
    if not needs_letter(demande.personne):
        return None
    cle = f"envois.papiers.{demande.reference}" + (f".{event}" if event else "")
    return lettres.request(
        demande.personne, Lettre.Genre.PAPIERS, donnees=donnees_of(demande), cle=cle, caisse=demande.caisse, by=by
    )


def donnees_of(demande: DemandePapiers) -> dict[str, Any]:
    """What the letter says, frozen that day. Only what is still waited for, under the numbers of the list."""
    prefetch_related_objects([demande], "papiers__nature")
    service = demande.service
    return {
        "demande": demande.reference,
        "libelle": demande.libelle,
        "message": demande.message,
        "avant": jour(demande.next_on),
        "papiers": [told(papier) for papier in demande.manquants],
        "effet": demande.effet,
        "base": demande.base_juridique,
        "service": service.nom,
        "retour": return_address(demande),
    }


def told(papier: PapierDemande) -> dict[str, Any]:
    return {
        "rang": papier.rang,
        "libelle": papier.libelle,
        "personne": papier.concerne_nom or papier.concerne_en_mots,
        "raison": papier.refaire or papier.raison,
        "avant": jour(papier.due_on),
        "indispensable": papier.is_indispensable,
        "sinon": papier.consequence,
    }


def return_address(demande: DemandePapiers) -> list[str]:
    """Where the papers are posted: the team when it says where it stands, or else the fund."""
    lines = [line for line in demande.service.adresse if line.strip()] or list(demande.caisse.adresse)
    return lines[:LINES]
