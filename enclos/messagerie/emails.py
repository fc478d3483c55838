"""One function per e-mail. None says what was written, nor names anybody: the portal says it, once signed in.

The reference is said, as it is on the receipt; the subject of the thread is not: it may tell of a death or of a debt.
"""

from django.urls import reverse

from enclos.avis.annonces import announce, is_online
from enclos.journal.actions import Actor
from enclos.messagerie.models import Fil, Message
from enclos.socle.dates import jour, moment, paris

PAR_LA_POSTE = "Votre compte en ligne est fermé : vous recevez la réponse par la poste."


def about(
    fil: Fil,
    cle: str,
    *,
    evenement: str,
    subject: str,
    body: str,
    to: str = "",
    page: str = "fil",
    reference: str = "",
    by: Actor,
) -> None:
    """With the way to the thread; `reference` is that of the receipt, which a letter prints when the e-mail comes back."""
    announce(
        fil.personne,
        f"messagerie.{cle}",
        evenement=evenement,
        subject=subject,
        body=body if is_online(fil.personne) else f"{body}\n\n{PAR_LA_POSTE}",
        url=reverse(f"messagerie:{page}", args=[fil.reference]),
        to=to,
        reference=reference or fil.reference,
        by=by,
    )


def message_recu(message: Message, *, by: Actor) -> None:
    """The accusé de réception is there; to the address used for the sending (CRPA R112-11-3)."""
    assert message.sent_at is not None
    about(
        message.fil,
        f"recu.{message.reference}",
        evenement="message-recu",
        subject=f"Nous avons bien reçu votre message {message.reference}",
        body=(
            f"Nous avons reçu votre message {message.reference} le {moment(message.sent_at)}.\n\n"
            "Votre accusé de réception vous attend dans votre espace privé, avec la date de réponse promise. "
            "Vous n’avez rien d’autre à faire."
        ),
        to=str(message.sender.get("courriel", "")),
        reference=message.reference,
        by=by,
    )


def message_enregistre(message: Message, *, by: Actor) -> None:
    """The accusé d’enregistrement: the files are still being scanned."""
    assert message.sent_at is not None
    about(
        message.fil,
        f"enregistre.{message.reference}",
        evenement="message-recu",
        subject=f"Votre message {message.reference} est enregistré",
        body=(
            f"Votre message {message.reference} est enregistré depuis le {moment(message.sent_at)}. "
            "Cette date est celle qui compte.\n\n"
            "Nous vérifions encore vos fichiers. Dès que c’est fini, un autre e-mail vous dit que votre accusé de réception est prêt. "
            "Vous n’avez rien à faire."
        ),
        to=str(message.sender.get("courriel", "")),
        reference=message.reference,
        by=by,
    )


def fichier_dangereux(message: Message, *, by: Actor) -> None:
    """The antivirus found something after the sending; the words of the message are there all the same."""
    about(
        message.fil,
        f"dangereux.{message.reference}",
        evenement="message-recu",
        subject=f"Un fichier de votre message {message.reference} n’a pas pu être gardé",
        body=(
            "Notre antivirus a trouvé un danger dans un de vos fichiers : nous ne l’avons pas gardé. "
            "Votre message, lui, est bien arrivé.\n\n"
            "Votre espace privé dit lequel, et comment le renvoyer sans risque."
        ),
        to=str(message.sender.get("courriel", "")),
        reference=message.reference,
        by=by,
    )


def piece_medicale(message: Message, rang: int, *, by: Actor) -> None:
    """An agent took a medical file out of sight; the words of the message are there all the same. Each file is told by itself."""
    about(
        message.fil,
        f"poste.{message.reference}.{rang}",
        evenement="message-recu",
        subject=f"Votre message {message.reference} : un document est à envoyer par la poste",
        body=(
            "Un fichier de votre message doit nous parvenir par la poste, sous enveloppe fermée. "
            "Nous l’avons retiré de votre espace. Votre message, lui, est bien arrivé : vous aurez une réponse.\n\n"
            "L’adresse et la page à joindre sont dans votre espace privé."
        ),
        to=str(message.sender.get("courriel", "")),
        reference=message.reference,
        by=by,
    )


def message_repondu(message: Message, *, by: Actor) -> None:
    """An agent wrote: an answer, where it stands, or first."""
    fil = message.fil
    is_first = fil.messages.sent().exclude(pk=message.pk).first() is None
    about(
        fil,
        f"repondu.{message.reference}",
        evenement="message-repondu",
        subject="Votre MSA vous a écrit" if is_first else f"Votre message {fil.reference} : un agent a répondu",
        body=(
            "Votre MSA vous a écrit. Le message est dans votre espace privé."
            if is_first
            else "Un agent vous a écrit. Sa réponse est dans votre espace privé."
        ),
        by=by,
    )


def nouvelle_date(message: Message, *, by: Actor) -> None:
    """The answer will take longer than promised: told before the date, with the new one."""
    assert message.due_on is not None
    about(
        message.fil,
        f"date.{message.reference}",
        evenement="message-repondu",
        subject=f"Votre message {message.fil.reference} : une nouvelle date de réponse",
        body=(
            f"Un agent s’occupe de votre message. Il vous répondra au plus tard le {jour(message.due_on)}.\n\n"
            "Il vous dit pourquoi dans votre espace privé."
        ),
        by=by,
    )


def fil_clos(fil: Fil, *, by: Actor) -> None:
    """The fund, or time, closed a thread."""
    assert fil.closed_at is not None
    assert fil.reopens_until is not None
    about(
        fil,
        f"clos.{fil.reference}.{fil.closed_at:%Y%m%d%H%M%S}",
        evenement="message-repondu",
        subject=f"Votre message {fil.reference} est clos",
        body=(
            "Cet échange est clos : vous n’avez rien à faire.\n\n"
            f"Il reste une question ? Vous pouvez encore y répondre jusqu’au {jour(fil.reopens_until)}."
        ),
        by=by,
    )


def reclamation_proche(fil: Fil, *, by: Actor) -> None:
    """The clock of a réclamation nears its end."""
    assert fil.affaire is not None
    assert fil.affaire.legal_on is not None
    about(
        fil,
        f"reclamation-proche.{fil.affaire_id}",
        evenement="reclamation",
        subject=f"Votre réclamation {fil.reference} : une date approche",
        body=(
            f"Nous n’avons pas encore répondu à votre réclamation. Nous devons le faire avant le {jour(fil.affaire.legal_on)}.\n\n"
            "Votre espace privé dit ce que vous pourrez faire ensuite, et jusqu’à quand."
        ),
        page="recours",
        by=by,
    )


def reclamation_echue(fil: Fil, *, by: Actor) -> None:
    """Two months of silence: the réclamation is refused without a word, and a clock starts for the member."""
    assert fil.affaire is not None
    about(
        fil,
        f"reclamation-echue.{fil.affaire_id}",
        evenement="reclamation",
        subject=f"Votre réclamation {fil.reference} : ce que vous pouvez faire",
        body=(
            "Nous n’avons pas répondu à votre réclamation dans le délai de la loi. Veuillez nous en excuser. Le "
            "responsable du service est prévenu.\n\n"
            "Vous pouvez maintenant contester : c’est un « recours ». Votre espace privé dit comment, et jusqu’à quand."
        ),
        page="recours",
        by=by,
    )


def brouillon_bientot_efface(message: Message, *, by: Actor) -> None:
    """A draft was forgotten: it is not sent, and will be thrown away."""
    announce(
        message.fil.personne,
        f"messagerie.brouillon.{message.reference}",
        evenement="brouillon",
        subject="Un message n’est pas envoyé",
        body=(
            "Vous avez commencé un message : il n’est pas encore parti. "
            f"Nous le gardons jusqu’au {jour(paris(message.expires_at))}, puis il sera effacé.\n\n"
            "Pour le finir et l’envoyer, ouvrez votre espace privé."
        ),
        url=reverse("messagerie:messages"),
        by=by,
    )
