"""Where each model that leads to a member is given in the copy, or why it is not: a model that is in neither list fails a test."""

from collections.abc import Iterable
from typing import Final

from django.db import models

from enclos.comptes.models import Compte
from enclos.registre.models import Personne

# The file of the copy that says what a row of it holds.
DONNES: Final = {
    "avis.avis": "preferences",
    "avis.conseilecarte": "preferences",
    "avis.preference": "preferences",
    "avis.relais": "preferences",
    "avis.resume": "preferences",
    "avis.rythme": "preferences",
    "bibliotheque.document": "documents",
    "bibliotheque.feuillet": "documents",
    "bibliotheque.notification": "documents",
    "comptes.acceptation": "compte",
    "comptes.association": "compte",
    "comptes.avertissement": "compte",
    "comptes.changement": "compte",
    "comptes.clepasse": "compte",
    "comptes.codesecours": "compte",
    "comptes.compte": "compte",
    "comptes.motdepasseprovisoire": "compte",
    "comptes.session": "compte",
    "courrier.courriel": "courriels",
    "courrier.lettre": "lettres",
    "courrier.texto": "textos",
    "envois.demandepapiers": "demandes",
    "envois.documentenvoye": "envois",
    "envois.envoi": "envois",
    "envois.pageenvoyee": "envois",
    "envois.papierdemande": "demandes",
    "inscription.conclusion": "inscriptions",
    "inscription.essais": "inscriptions",
    "messagerie.fil": "messages",
    "messagerie.message": "messages",
    "messagerie.piece": "messages",
    "registre.exploitation": "registre",
    "registre.facture": "registre",
    "registre.lien": "registre",
    "registre.paiement": "registre",
    "registre.personne": "registre",
    "suivi.affaire": "suivi",
    "suivi.note": "notes",
}

AGENT = "D’un agent, pour son travail : rien n’y est dit d’un adhérent."
TECHNIQUE = "Pour un agent, quelques jours : rien n’y est dit de l’adhérent que « suivi » ou le journal ne disent."
JOURNAL = "Le journal le dit : quand, qui, et pourquoi."
TUS: Final = {
    "accueil.copiedonnees": "Les copies elles-mêmes. Le journal dit quand elles ont été demandées et prises.",
    "agents.abonnement": AGENT,
    "agents.alerte": AGENT,
    "agents.appel": JOURNAL,
    "agents.consultation": "Ne fait que compter les lectures d’un agent. Le journal dit chacune.",
    "agents.filtreenregistre": AGENT,
    "agents.ouverture": JOURNAL,
    "agents.proposition": AGENT,
    "agents.quota": AGENT,
    "agents.trousseau": AGENT,
    "api.changementretire": "Un changement annulé que le système d’information doit oublier. « compte » le dit annulé.",
    "api.exporte": "Quel document a été donné au système d’information, une fois. « envois » a le document.",
    "api.pieceexportee": "Quel fichier joint à un message a été donné au système d’information, une fois. « messages » a le fichier.",
    "comptes.compte_services": AGENT,
    "suivi.absence": AGENT,
    "suivi.lignedelot": TECHNIQUE,
    "suivi.lot": AGENT,
    "suivi.reservation": TECHNIQUE,
    "suivi.secondregard": JOURNAL,
}


def forgotten(every: Iterable[type[models.Model]]) -> set[str]:
    """Which of these models lead to a member and are in neither list."""
    return {model._meta.label_lower for model in every if leads_to_somebody(model)} - DONNES.keys() - TUS.keys()


def leads_to_somebody(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Whether foreign keys, one after the other, go from a row of `model` to a person or an account."""
    if model in {Personne, Compte}:
        return True
    keys = (field.related_model for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey))
    seen |= {model}
    return any(isinstance(to, type) and to not in seen and leads_to_somebody(to, seen) for to in keys)
