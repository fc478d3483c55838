"""« Mon compte »: a calm list of what a member can change, each with where it stands, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enclos.avis.access import MonCompte, mon_compte_of
from enclos.avis.evenements import COURRIEL, PAR_CODE, default
from enclos.comptes.access import AdherentRequest, pour_adherent
from enclos.comptes.coordonnees import telephones
from enclos.comptes.models import Changement
from enclos.socle.dates import jour, paris
from enclos.socle.templatetags.socle import pluriel


@dataclass(frozen=True)
class Section:
    """A line of the list: where it leads, and what it says of itself."""

    titre: str
    url_name: str
    etat: Callable[[MonCompte], str]


def coordonnees(state: MonCompte) -> str:
    """« Adresse e-mail vérifiée le 3 novembre 2026. Téléphone non vérifié. Changement d’adresse en attente. »"""
    compte = state.compte
    if not compte.courriel:
        said = ["Aucune adresse e-mail"]
    elif compte.courriel_verifie_at:
        said = [f"Adresse e-mail vérifiée le {jour(paris(compte.courriel_verifie_at))}"]
    else:
        said = ["Adresse e-mail à vérifier"]
    if compte.telephone:
        mark = "vérifié" if compte.telephone_verifie_at else "non vérifié"
        said.append(f"Téléphone {mark} : {telephones.shown(compte.telephone)}")
    if Changement.Champ.ADRESSE in state.pending:
        said.append("Adresse postale : changement en attente")
    return ". ".join(said) + "."


def preferences(state: MonCompte) -> str:
    refused = sum(
        default(PAR_CODE[code], canal) and not wanted
        for (code, canal), wanted in state.choices.items()
        if canal == COURRIEL
    )
    by_sms = sum(wanted for (_, canal), wanted in state.choices.items() if canal == "sms")
    said = ["Prévenu par e-mail de tout" if not refused else f"{pluriel(refused, 'message')} par e-mail en moins"]
    if state.rythme.is_grouped:
        said.append(f"E-mails {state.rythme.get_frequence_display().lower()}")
    if by_sms:
        said.append(f"{pluriel(by_sms, 'message')} par SMS")
    return ". ".join(said) + "."


def e_documents(state: MonCompte) -> str:
    if state.e_documents_since is not None:
        return f"Vos documents arrivent ici depuis le {jour(paris(state.e_documents_since))}."
    if state.paper_from is not None:
        return f"Retour au papier au plus tard le {jour(state.paper_from)}."
    return "Vos documents arrivent par la poste."


def mot_de_passe(state: MonCompte) -> str:
    if state.password_changed_at is None:
        return "Le changer quand vous voulez."
    return f"Changé le {jour(paris(state.password_changed_at))}."


def appareils(state: MonCompte) -> str:
    return f"{pluriel(state.sessions, 'appareil connecté')}. Les connexions des 12 derniers mois."


def facteurs(state: MonCompte) -> str:
    said = ["une application sur votre téléphone"] if state.compte.totp_sealed else []
    if state.cles:
        said.append(pluriel(state.cles, "clé d’accès,clés d’accès"))
    return (
        f"Active : {' et '.join(said)}."
        if said
        else "Pas encore active. Elle protège votre compte, même si on vole votre mot de passe."
    )


def franceconnect(state: MonCompte) -> str:
    return (
        "Votre compte est relié à FranceConnect."
        if state.associations
        else "Pas relié. Une fois relié, vous entrez sans mot de passe."
    )


def niveau(state: MonCompte) -> str:
    return "Tapez le code de la lettre que nous vous avons envoyée. Jusque-là, certains services restent fermés."


def mes_donnees(state: MonCompte) -> str:
    return "Tout ce que nous gardons sur vous, dans un fichier."


def consultations(state: MonCompte) -> str:
    return "Chaque fois qu’un agent ouvre un de vos documents ou votre fiche : qui, quand, pourquoi."


def fermer(state: MonCompte) -> str:
    return "Vous restez affilié. Vos documents arrivent de nouveau par la poste."


NIVEAU = Section("Confirmer mon compte", "inscription:niveau", niveau)
FRANCECONNECT = Section("FranceConnect", "comptes:franceconnect", franceconnect)
RUBRIQUES: Sequence[tuple[str, Sequence[Section]]] = (
    (
        "Comment nous vous joignons",
        (
            Section("Mes coordonnées", "comptes:coordonnees", coordonnees),
            Section("Mes préférences", "avis:preferences", preferences),
            Section("Recevoir mes documents ici", "avis:e_documents", e_documents),
        ),
    ),
    (
        "Votre sécurité",
        (
            NIVEAU,
            Section("Mon mot de passe", "comptes:changer_mot_de_passe", mot_de_passe),
            Section("Double vérification", "comptes:facteurs", facteurs),
            FRANCECONNECT,
            Section("Connexions et appareils", "comptes:appareils", appareils),
        ),
    ),
    (
        "Vos données",
        (
            Section("Qui a consulté mon dossier", "accueil:consultations", consultations),
            Section("Mes données", "accueil:mes_donnees", mes_donnees),
            Section("Fermer mon compte", "accueil:fermer", fermer),
        ),
    ),
)


@pour_adherent
@require_safe
def compte(request: AdherentRequest) -> HttpResponse:
    """The list. The number of queries does not depend on what the account holds."""
    state = mon_compte_of(request.user)
    hidden = set()
    if request.user.is_confirmed:
        hidden.add(NIVEAU)
    if not state.is_franceconnect_offered:
        hidden.add(FRANCECONNECT)
    rubriques = [
        (titre, [(one.titre, reverse(one.url_name), one.etat(state)) for one in sections if one not in hidden])
        for titre, sections in RUBRIQUES
    ]
    return render(request, "accueil/compte.html", {"rubriques": rubriques})
