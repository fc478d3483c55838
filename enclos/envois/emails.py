"""One function per e-mail. None says what was sent, nor names anybody: the portal says it, once signed in.

Each names its event: `avis` knows whether the member wants it, by e-mail and by text message.
"""

from contextlib import suppress

from django.urls import reverse

from config.env import ENV
from enclos.avis.access import wants
from enclos.avis.evenements import COURRIEL, SMS
from enclos.comptes.models import Compte
from enclos.courrier import textos
from enclos.courrier.actions import write
from enclos.envois.models import DemandePapiers, Envoi
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import jour, moment, paris
from enclos.suivi.models import Affaire

SIGNATURE = """{caisse}
{telephone}

Ce courriel est envoyé par une machine : ne lui répondez pas. Nous ne demandons jamais votre mot de passe ni vos
coordonnées bancaires par courriel."""


def about_sending(envoi: Envoi, event: str, *, subject: str, body: str, by: Actor) -> None:
    """To the address used for the sending (CRPA R112-11-3), with the way to its page."""
    to_person(
        envoi.personne,
        f"envois.{event}.{envoi.reference}",
        evenement="envoi-recu",
        subject=subject,
        body=f"{body}\n\n{link('envois:envoi', envoi.reference)}",
        to=str(envoi.sender.get("courriel", "")),
        by=by,
    )


def to_person(
    personne: Personne, key: str, *, evenement: str, subject: str, body: str, by: Actor, to: str = ""
) -> None:
    """To a member, at the address of the account, or else at the one the fund knows; by the channels they chose."""
    caisse = personne.caisse
    compte: Compte | None = getattr(personne, "compte", None)
    if wants(compte, evenement, COURRIEL):
        text = f"Bonjour,\n\n{body}\n\n{SIGNATURE.format(caisse=caisse.nom, telephone=caisse.telephone)}"
        write(key=key, to=to or address_of(personne), subject=subject, text=text, caisse=caisse, by=by)
    if compte is not None and wants(compte, evenement, SMS):
        # Without a link: nobody must get used to following one. Where no message can leave, the portal says it all the same.
        said = f"{caisse.nom[:40]} : {subject}. Les détails sont dans votre espace privé."
        with suppress(textos.TextoImpossible):
            textos.write(key=key, to=compte.telephone, text=said, caisse=caisse, by=by)


def address_of(personne: Personne) -> str:
    compte = getattr(personne, "compte", None)
    return compte.courriel if compte and compte.courriel else personne.email


def is_online(personne: Personne) -> bool:
    """Whether the member can read the answer in the portal: not once they closed their account."""
    compte = getattr(personne, "compte", None)
    return compte is None or compte.closed_at is None


PAR_LA_POSTE = "Votre compte en ligne est fermé : vous recevez la réponse par la poste."


def link(name: str, *args: str) -> str:
    return ENV.base_url + reverse(name, args=args)


def envoi_recu(envoi: Envoi, *, by: Actor) -> None:
    """The accusé de réception is there."""
    assert envoi.submitted_at is not None
    about_sending(
        envoi,
        "recu",
        subject=f"Nous avons bien reçu votre envoi {envoi.reference}",
        body=(
            f"Nous avons reçu votre envoi {envoi.reference} le {moment(envoi.submitted_at)}.\n\n"
            "Votre accusé de réception vous attend dans votre espace privé. Gardez-le : il prouve la date de votre envoi. "
            "Vous n’avez rien d’autre à faire."
        ),
        by=by,
    )


def envoi_enregistre(envoi: Envoi, *, by: Actor) -> None:
    """The accusé d’enregistrement: the files are still being scanned."""
    assert envoi.submitted_at is not None
    about_sending(
        envoi,
        "enregistre",
        subject=f"Votre envoi {envoi.reference} est enregistré",
        body=(
            f"Votre envoi {envoi.reference} est enregistré depuis le {moment(envoi.submitted_at)}. "
            "Cette date est celle qui compte.\n\n"
            "Nous vérifions encore vos fichiers. Dès que c’est fini, un accusé de réception vous sera adressé."
        ),
        by=by,
    )


def fichier_dangereux(envoi: Envoi, *, by: Actor) -> None:
    """The antivirus found something after the sending."""
    about_sending(
        envoi,
        "dangereux",
        subject=f"Un fichier de votre envoi {envoi.reference} n’a pas pu être gardé",
        body=(
            "Notre antivirus a trouvé un danger dans un de vos fichiers : nous ne l’avons pas gardé. "
            "Les autres sont bien arrivés.\n\n"
            "Votre espace privé dit lequel, et comment le renvoyer sans risque."
        ),
        by=by,
    )


def document_medical(envoi: Envoi, *, by: Actor) -> None:
    """An agent took a medical paper out of sight."""
    about_sending(
        envoi,
        "poste",
        subject=f"Votre envoi {envoi.reference} : un document est à envoyer par la poste",
        body=(
            "Un document de votre envoi doit nous parvenir par la poste, sous enveloppe fermée. "
            "Nous l’avons retiré de votre espace.\n\n"
            "L’adresse et la page à joindre sont dans votre espace privé."
        ),
        by=by,
    )


def decision_rendue(affaire: Affaire, *, by: Actor) -> None:
    """An agent settled or refused a document; a decision taken again after second thoughts is told again."""
    assert affaire.ended_at is not None
    to_person(
        affaire.personne,
        f"envois.decision.{affaire.pk}.{affaire.ended_at:%Y%m%d%H%M%S}",
        evenement="decision",
        subject=f"Votre envoi {affaire.reference} : du nouveau",
        body=(
            "Un agent a lu un document de votre envoi. Sa réponse est dans votre espace privé.\n\n"
            f"{link('envois:envoi', affaire.reference)}"
            if is_online(affaire.personne)
            else f"Un agent a lu un document de votre envoi. {PAR_LA_POSTE}"
        ),
        by=by,
    )


def papiers_demandes(demande: DemandePapiers, *, by: Actor) -> None:
    """The fund needs papers."""
    to_person(
        demande.personne,
        f"envois.demande.{demande.reference}",
        evenement="papiers-demandes",
        subject="Nous avons besoin d’un papier pour avancer",
        body=(
            f"Pour traiter votre dossier, il nous manque un ou plusieurs papiers avant le {jour(demande.due_on)}.\n\n"
            "La liste est dans votre espace privé. Une photo prise avec un téléphone suffit.\n\n"
            f"{link('accueil:espace')}"
            if is_online(demande.personne)
            else f"Un agent a besoin d’un ou plusieurs papiers pour traiter votre dossier. {PAR_LA_POSTE}"
        ),
        by=by,
    )


def papiers_bientot(demande: DemandePapiers, *, by: Actor) -> None:
    """The date comes near."""
    to_person(
        demande.personne,
        f"envois.demande-rappel.{demande.reference}",
        evenement="papiers-rappel",
        subject=f"Des papiers sont attendus avant le {jour(demande.due_on)}",
        body=(
            f"Nous attendons encore un ou plusieurs papiers avant le {jour(demande.due_on)}.\n\n"
            + (link("accueil:espace") if is_online(demande.personne) else "Envoyez-les par la poste.")
        ),
        by=by,
    )


def brouillon_bientot_efface(envoi: Envoi, *, by: Actor) -> None:
    """A draft was forgotten: it is not sent, and will be thrown away."""
    to_person(
        envoi.personne,
        f"envois.brouillon.{envoi.reference}",
        evenement="brouillon",
        subject="Un envoi n’est pas terminé",
        body=(
            "Vous avez commencé un envoi : il n’est pas encore parti. "
            f"Nous le gardons jusqu’au {jour(paris(envoi.expires_at))}, puis il sera effacé.\n\n{link('accueil:espace')}"
        ),
        by=by,
    )
