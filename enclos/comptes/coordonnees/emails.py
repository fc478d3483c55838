"""What members are told when their account changes. None names anybody, nor says what the new contact is."""

from django.urls import reverse

from config.env import ENV
from enclos.comptes.emails import send
from enclos.comptes.models import Avertissement, Changement, Compte
from enclos.journal.actions import Actor
from enclos.socle.dates import heure, jour, paris

SUBJECTS = {
    Avertissement.Objet.COURRIEL: "L’adresse e-mail de votre compte a changé",
    Avertissement.Objet.TELEPHONE: "Le téléphone de votre compte a changé",
    Avertissement.Objet.ADRESSE: "Un changement d’adresse postale est demandé",
    Avertissement.Objet.MOT_DE_PASSE: "Le mot de passe de votre compte a changé",
    Avertissement.Objet.FACTEUR: "La double vérification de votre compte a changé",
    Avertissement.Objet.FRANCECONNECT: "Le lien de votre compte avec FranceConnect a changé",
    Avertissement.Objet.CONNEXION: "Un nouvel appareil s’est connecté à votre compte",
    Avertissement.Objet.OUVERTURE: "Un accès en ligne vient d’être ouvert à votre nom",
}
WHAT = {
    Avertissement.Objet.COURRIEL: "L’adresse e-mail de votre compte a changé : nous écrirons désormais à la nouvelle.",
    Avertissement.Objet.TELEPHONE: "Le numéro de téléphone de votre compte a changé.",
    Avertissement.Objet.ADRESSE: "Une nouvelle adresse postale a été demandée depuis votre compte.",
    Avertissement.Objet.MOT_DE_PASSE: "Le mot de passe de votre compte a changé.",
    Avertissement.Objet.FACTEUR: "La double vérification de votre compte a changé.",
    Avertissement.Objet.FRANCECONNECT: "Le lien de votre compte avec FranceConnect a changé.",
    Avertissement.Objet.CONNEXION: "Un appareil que nous ne connaissions pas s’est connecté à votre compte.",
    Avertissement.Objet.OUVERTURE: (
        "Un espace privé vient d’être ouvert avec votre numéro de sécurité sociale, et avec une autre adresse e-mail que celle-ci. "
        "Un code part aussi par la poste, pour confirmer cet accès."
    ),
}


def to_account(compte: Compte, key: str, *, subject: str, body: str, by: Actor, to: str = "") -> None:
    """To the e-mail address of an account, when it has one."""
    if address := to or compte.courriel:
        send(key, to=address, subject=subject, body=body, caisse=compte.caisse, concerne=compte.personne_id, by=by)


def avertissement(notice: Avertissement, lien: str, *, by: Actor) -> None:
    """The account changed: whoever did not ask for it says so by the link."""
    objet = Avertissement.Objet(notice.objet)
    to_account(
        notice.compte,
        f"comptes.avertissement.{notice.pk}",
        subject=SUBJECTS[objet],
        body=(
            f"{WHAT[objet]}\n\nC’était le {jour(paris(notice.created_at))} à {heure(notice.created_at)}.\n\n"
            "C’est vous ? Vous n’avez rien à faire.\n\n"
            f"Ce n’est pas vous ? Ouvrez ce lien avant le {jour(paris(notice.expire_at))}. Il remet ce qui a changé, ferme toutes les "
            f"connexions et bloque le compte :\n\n{lien}"
        ),
        to=notice.courriel,
        by=by,
    )


def conteste(notice: Avertissement, *, is_letter_sent: bool, by: Actor) -> None:
    """« Ce n’est pas moi » was said: what was done, and what to do."""
    suite = (
        "Un courrier part à votre adresse postale : il contient un mot de passe provisoire pour revenir."
        if is_letter_sent
        else "Appelez-nous pour revenir dans votre compte."
    )
    to_account(
        notice.compte,
        f"comptes.conteste.{notice.pk}",
        subject="Votre compte est bloqué, comme vous l’avez demandé",
        body=(
            "Vous avez dit : « Ce n’est pas moi ».\n\nNous avons fermé toutes les connexions, remis vos coordonnées d’avant et "
            f"bloqué le compte. Personne ne peut plus y entrer avec l’ancien mot de passe.\n\n{suite}"
        ),
        to=notice.courriel,
        by=by,
    )


def adresse_annulee(compte: Compte, changement: Changement, *, by: Actor) -> None:
    """The change of address was given up before it left."""
    to_account(
        compte,
        f"comptes.adresse-annulee.{changement.pk}",
        subject="Le changement d’adresse postale est annulé",
        body=(
            "Le changement d’adresse demandé depuis votre compte est annulé. Nous continuons à vous écrire à l’adresse d’avant.\n\n"
            f"{link('comptes:coordonnees')}\n\nVous n’avez rien annulé ? Appelez-nous sans attendre."
        ),
        by=by,
    )


def link(name: str, *args: str) -> str:
    return ENV.base_url + reverse(name, args=args)
