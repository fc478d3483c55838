"""One function per e-mail. None says what was sent, nor names anybody: the portal says it, once signed in."""

from django.urls import reverse

from config.env import ENV
from enclos.courrier.actions import write
from enclos.courrier.models import Courriel
from enclos.envois.models import DemandePapiers, Envoi
from enclos.journal.actions import Actor
from enclos.registre.models import Personne
from enclos.socle.dates import jour, moment, paris
from enclos.suivi.models import Affaire

SIGNATURE = """{caisse}
{telephone}

Ce courriel est envoyé par une machine : ne lui répondez pas. Nous ne demandons jamais votre mot de passe ni vos
coordonnées bancaires par courriel."""


def send(
    key: str, *, to: str, subject: str, body: str, envoi: Envoi | None = None, personne: Personne, by: Actor
) -> Courriel:
    caisse = envoi.caisse if envoi else personne.caisse
    text = f"Bonjour,\n\n{body}\n\n{SIGNATURE.format(caisse=caisse.nom, telephone=caisse.telephone)}"
    return write(key=key, to=to, subject=subject, text=text, caisse=caisse, by=by)


def address_of(envoi: Envoi) -> str:
    """The address used for the sending (CRPA R112-11-3)."""
    return str(envoi.sender.get("courriel", ""))


def address_of_person(personne: Personne) -> str:
    compte = getattr(personne, "compte", None)
    return compte.courriel if compte and compte.courriel else personne.email


def link(name: str, *args: str) -> str:
    return ENV.base_url + reverse(name, args=args)


def envoi_recu(envoi: Envoi, *, by: Actor) -> None:
    """The accusé de réception is there."""
    assert envoi.submitted_at is not None
    send(
        f"envois.recu.{envoi.reference}",
        to=address_of(envoi),
        subject=f"Nous avons bien reçu votre envoi {envoi.reference}",
        body=(
            f"Nous avons reçu votre envoi {envoi.reference} le {moment(envoi.submitted_at)}.\n\n"
            "Votre accusé de réception vous attend dans votre espace privé. Gardez-le : il prouve la date de votre envoi.\n\n"
            f"{link('envois:envoi', envoi.reference)}\n\n"
            "Vous n’avez rien d’autre à faire."
        ),
        envoi=envoi,
        personne=envoi.personne,
        by=by,
    )


def envoi_enregistre(envoi: Envoi, *, by: Actor) -> None:
    """The accusé d’enregistrement: the files are still being scanned."""
    assert envoi.submitted_at is not None
    send(
        f"envois.enregistre.{envoi.reference}",
        to=address_of(envoi),
        subject=f"Votre envoi {envoi.reference} est enregistré",
        body=(
            f"Votre envoi {envoi.reference} est enregistré depuis le {moment(envoi.submitted_at)}. Cette date est celle qui compte.\n\n"
            "Nous vérifions encore vos fichiers. Dès que c’est fini, un accusé de réception vous sera adressé.\n\n"
            f"{link('envois:envoi', envoi.reference)}"
        ),
        envoi=envoi,
        personne=envoi.personne,
        by=by,
    )


def fichier_dangereux(envoi: Envoi, *, by: Actor) -> None:
    """The antivirus found something after the sending."""
    send(
        f"envois.dangereux.{envoi.reference}",
        to=address_of(envoi),
        subject=f"Un fichier de votre envoi {envoi.reference} n’a pas pu être gardé",
        body=(
            "Notre antivirus a trouvé un danger dans un de vos fichiers : nous ne l’avons pas gardé. Les autres sont bien arrivés.\n\n"
            "Votre espace privé dit lequel, et comment le renvoyer sans risque.\n\n"
            f"{link('envois:envoi', envoi.reference)}"
        ),
        envoi=envoi,
        personne=envoi.personne,
        by=by,
    )


def document_medical(envoi: Envoi, *, by: Actor) -> None:
    """An agent took a medical paper out of sight."""
    send(
        f"envois.poste.{envoi.reference}",
        to=address_of(envoi),
        subject=f"Votre envoi {envoi.reference} : un document est à envoyer par la poste",
        body=(
            "Un document de votre envoi doit nous parvenir par la poste, sous enveloppe fermée. Nous l’avons retiré de votre espace.\n\n"
            "L’adresse et la page à joindre sont dans votre espace privé.\n\n"
            f"{link('envois:envoi', envoi.reference)}"
        ),
        envoi=envoi,
        personne=envoi.personne,
        by=by,
    )


def decision_rendue(affaire: Affaire, *, by: Actor) -> None:
    """An agent settled or refused a document."""
    personne = affaire.personne
    send(
        f"envois.decision.{affaire.pk}.{affaire.etat}",
        to=address_of_person(personne),
        subject=f"Votre envoi {affaire.reference} : du nouveau",
        body=(
            "Un agent a lu un document de votre envoi. Sa réponse est dans votre espace privé.\n\n"
            f"{link('envois:envoi', affaire.reference)}"
        ),
        personne=personne,
        by=by,
    )


def papiers_demandes(demande: DemandePapiers, *, by: Actor) -> None:
    """The fund needs papers."""
    personne = demande.personne
    send(
        f"envois.demande.{demande.reference}",
        to=address_of_person(personne),
        subject="Nous avons besoin d’un papier pour avancer",
        body=(
            f"Pour traiter votre dossier, il nous manque un ou plusieurs papiers avant le {jour(demande.due_on)}.\n\n"
            "La liste est dans votre espace privé. Une photo prise avec un téléphone suffit.\n\n"
            f"{link('accueil:espace')}"
        ),
        personne=personne,
        by=by,
    )


def papiers_bientot(demande: DemandePapiers, *, by: Actor) -> None:
    """The date comes near."""
    personne = demande.personne
    send(
        f"envois.demande-rappel.{demande.reference}",
        to=address_of_person(personne),
        subject=f"Des papiers sont attendus avant le {jour(demande.due_on)}",
        body=(
            f"Nous attendons encore un ou plusieurs papiers avant le {jour(demande.due_on)}.\n\n"
            f"{link('accueil:espace')}"
        ),
        personne=personne,
        by=by,
    )


def brouillon_bientot_efface(envoi: Envoi, *, by: Actor) -> None:
    """A draft was forgotten: it is not sent, and will be thrown away."""
    personne = envoi.personne
    send(
        f"envois.brouillon.{envoi.reference}",
        to=address_of_person(personne),
        subject="Un envoi n’est pas terminé",
        body=(
            "Vous avez commencé un envoi : il n’est pas encore parti. "
            f"Nous le gardons jusqu’au {jour(paris(envoi.expires_at))}, puis il sera effacé.\n\n"
            f"{link('accueil:espace')}"
        ),
        personne=personne,
        by=by,
    )
