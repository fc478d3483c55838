"""The journal of an item, in the words of the counter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from enclos.journal.models import Ligne
from enclos.suivi.models import Etat, Refus

MOTS = {
    "suivi.affaire.opened": "a envoyé ce document",
    "suivi.affaire.taken": "a pris ce document",
    "suivi.affaire.assigned": "a attribué ce document",
    "suivi.affaire.transferred": "a transmis ce document",
    "suivi.affaire.precarite_set": "a signalé que cette personne ne peut pas attendre",
    "suivi.affaire.precarite_removed": "a noté que cette personne peut attendre",
    "suivi.affaire.released": "a remis ce document dans la file",
    "suivi.affaire.settled": "a décidé : Traité",
    "suivi.affaire.refused": "a décidé : Refusé",
    "suivi.affaire.completion_asked": "a décidé : À compléter",
    "suivi.affaire.flagged": "a signalé un document médical",
    "suivi.affaire.redirected": "a réorienté ce document",
    "suivi.affaire.reopened": "a repris sa décision",
    "suivi.second_regard.asked": "a décidé : Traité, et demande un second regard",
    "suivi.second_regard.returned": "a renvoyé la décision, au second regard",
    "suivi.second_regard.withdrawn": "a repris sa décision, avant le second regard",
    "suivi.note.written": "a écrit une note interne",
    "suivi.note.deleted": "a effacé sa note interne",
    "suivi.note.struck": "a barré une note interne",
    "suivi.affaire.promised": "a promis une nouvelle date",
    "agents.document.opened": "a ouvert ce document",
    "agents.message.opened": "a ouvert cet échange",
    "agents.document.downloaded": "a téléchargé ce document en PDF",
    "agents.original.opened": "a téléchargé un fichier d’origine",
}


@dataclass
class Fait:
    """One line of the history: when, who, what."""

    at: datetime
    qui: str
    quoi: str
    fois: int = 1


def en_mots(ligne: Ligne) -> str:
    """What happened, with what the agents need of its details."""
    mots = MOTS.get(ligne.event, ligne.event)
    match ligne.event:
        case "suivi.affaire.redirected" | "suivi.affaire.transferred":
            return f"{mots} de « {ligne.details['de']} » vers « {ligne.details['vers']} »"
        case "suivi.affaire.released" if "left_by" in ligne.details:
            return f"a repris ce document, laissé par {ligne.details['left_by']}"
        case "suivi.affaire.released" if "pris_par" in ligne.details:
            return f"{mots}, que tenait {ligne.details['pris_par']}"
        case "suivi.affaire.assigned":
            return f"{mots} à {ligne.details['a']}"
        case "suivi.affaire.precarite_set" | "suivi.affaire.precarite_removed":
            return f"{mots} : {ligne.details['raison']}"
        case "suivi.affaire.precarite_followed":
            return (
                "ne peut pas attendre, d’après le registre"
                if ligne.details["is_precaire"]
                else "peut attendre, d’après le registre"
            )
        case "suivi.affaire.refused" if ligne.details.get("refus") in Refus.values:
            return f"{mots} ({Refus(ligne.details['refus']).label})"
        case "suivi.affaire.settled" if ligne.details.get("decide_par"):
            return f"a confirmé, au second regard : Traité, décidé par {ligne.details['decide_par']}"
        case "suivi.affaire.reopened":
            return f"{mots} « {Etat(ligne.details['etat']).label} »"
        case "agents.original.opened":
            return f"{mots} : {ligne.details['raison']}"
    return mots


def histoire(lignes: Iterable[Ligne]) -> list[Fait]:
    """The facts in the order given; the same act of the same person again and again is one fact, counted."""
    faits: list[Fait] = []
    for ligne in lignes:
        fait = Fait(ligne.at, ligne.actor_label, en_mots(ligne))
        if faits and (faits[-1].qui, faits[-1].quoi) == (fait.qui, fait.quoi):
            faits[-1].fois += 1
        else:
            faits.append(fait)
    return faits
