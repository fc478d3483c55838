"""The list on paper, for whoever does not read the portal: the same numbers, the same words, and the sheet to send back with the papers."""

from typing import Any

from django.db.models import prefetch_related_objects

from enclos.avis.access import acceptations_of, receives_electronically, refuses_electronic
from enclos.avis.annonces import address_of, is_online
from enclos.courrier import lettres
from enclos.courrier.models import Lettre
from enclos.envois.attente import attente
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris
from enclos.suivi.models import Affaire

LINES = 6  # of an address in a window (NF Z10-011)


def needs_letter(personne: Personne) -> bool:
    """No account, a closed one, no e-mail, or the choice of paper: the portal alone would not be read, or must not answer."""
    compte = getattr(personne, "compte", None)
    if compte is None or not is_online(personne) or not address_of(personne):
        return True
    if refuses_electronic(compte):
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
        "attente": attente(demande.manquants),
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


def write_answer(affaire: Affaire, *, by: Actor) -> Lettre | None:
    """The agent's answer on paper, for who refused to be answered electronically (CRPA L112-14); None for all others.

    It names its author, their capacity and the service, as the law wants of a decision (CRPA L212-1).
    """
    assert affaire.ended_at is not None
    personne, author = affaire.personne, affaire.taken_by
    if not refuses_electronic(getattr(personne, "compte", None)):
        return None
    donnees = {
        "nombre": 1,
        "depuis": jour(paris(affaire.ended_at).date()),
        "en_ligne": True,
        "accuses": [],
        "reponses": [
            {
                "reference": affaire.reference,
                "objet": affaire.libelle,
                "recu": jour(paris(affaire.received_at).date()),
                "decision": affaire.get_etat_display(),
                "motif": affaire.get_refus_display() if affaire.refus else "",
                "lignes": [line for line in affaire.reponse.splitlines() if line.strip()],
                "auteur": f"{author.nom}, {author.get_role_display().lower()}" if author else "",
                "service": affaire.service.nom,
                "telephone": affaire.service.telephone,
            }
        ],
    }
    cle = f"envois.reponse.{affaire.pk}.{affaire.ended_at:%Y%m%d%H%M%S}"
    return lettres.request(personne, Lettre.Genre.AVIS, donnees=donnees, cle=cle, caisse=affaire.caisse, by=by)
