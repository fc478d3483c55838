"""One function per e-mail. None says what was sent, nor names anybody: the portal says it, once signed in.

Each names its event: `avis` knows whether the member wants it, by e-mail and by text message.
"""

from django.urls import reverse

from enclos.avis.annonces import announce, is_online
from enclos.envois.models import DemandePapiers, Envoi
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, moment, paris
from enclos.suivi.models import Affaire


def about_sending(envoi: Envoi, event: str, *, subject: str, body: str, by: Actor) -> None:
    """To the address used for the sending (CRPA R112-11-3), with the way to its page."""
    announce(
        envoi.personne,
        f"envois.{event}.{envoi.reference}",
        evenement="envoi-recu",
        subject=subject,
        body=body,
        url=reverse("envois:envoi", args=[envoi.reference]),
        to=str(envoi.sender.get("courriel", "")),
        reference=envoi.reference,
        by=by,
    )


PAR_LA_POSTE = "Votre compte en ligne est fermé : vous recevez la réponse par la poste."


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
    announce(
        affaire.personne,
        f"envois.decision.{affaire.pk}.{affaire.ended_at:%Y%m%d%H%M%S}",
        evenement="decision",
        subject=f"Votre envoi {affaire.reference} : du nouveau",
        body=(
            "Un agent a lu un document de votre envoi. Sa réponse est dans votre espace privé."
            if is_online(affaire.personne)
            else f"Un agent a lu un document de votre envoi. {PAR_LA_POSTE}"
        ),
        url=reverse("envois:envoi", args=[affaire.reference]),
        reference=affaire.reference,
        by=by,
    )


def papiers_demandes(demande: DemandePapiers, *, by: Actor) -> None:
    """The fund needs papers."""
    announce(
        demande.personne,
        f"envois.demande.{demande.reference}",
        evenement="papiers-demandes",
        subject="Nous avons besoin d’un papier pour avancer",
        body=(
            f"Pour traiter votre dossier, il nous manque un ou plusieurs papiers avant le {jour(demande.due_on)}.\n\n"
            "La liste est dans votre espace privé. Une photo prise avec un téléphone suffit."
            if is_online(demande.personne)
            else f"Un agent a besoin d’un ou plusieurs papiers pour traiter votre dossier. {PAR_LA_POSTE}"
        ),
        url=reverse("accueil:espace"),
        by=by,
    )


def papiers_bientot(demande: DemandePapiers, *, by: Actor) -> None:
    """The date comes near."""
    announce(
        demande.personne,
        f"envois.demande-rappel.{demande.reference}",
        evenement="papiers-rappel",
        subject=f"Des papiers sont attendus avant le {jour(demande.due_on)}",
        body=f"Nous attendons encore un ou plusieurs papiers avant le {jour(demande.due_on)}."
        + ("" if is_online(demande.personne) else "\n\nEnvoyez-les par la poste."),
        url=reverse("accueil:espace"),
        by=by,
    )


def brouillon_bientot_efface(envoi: Envoi, *, by: Actor) -> None:
    """A draft was forgotten: it is not sent, and will be thrown away."""
    announce(
        envoi.personne,
        f"envois.brouillon.{envoi.reference}",
        evenement="brouillon",
        subject="Un envoi n’est pas terminé",
        body=(
            "Vous avez commencé un envoi : il n’est pas encore parti. "
            f"Nous le gardons jusqu’au {jour(paris(envoi.expires_at))}, puis il sera effacé."
        ),
        url=reverse("accueil:espace"),
        by=by,
    )
