"""What the portal tells people, and by which channels: one line for each event that is really sent.

« Dans mon espace » is not listed: whatever happens is always written there. A locked channel cannot be chosen, and the page says why.
"""

from dataclasses import dataclass
from typing import Final

COURRIEL: Final = "courriel"
SMS: Final = "sms"
CANAUX = {COURRIEL: "Par e-mail", SMS: "Par SMS"}

LOI_ACCUSE = "Toujours par e-mail : la loi nous oblige à vous envoyer l’accusé de réception."
LOI_PAPIERS = "Toujours par e-mail : la loi nous oblige à vous dire ce qui manque, et pour quand."
LOI_DOCUMENT = (
    "Toujours par e-mail : la loi nous oblige à vous dire qu’un document vous attend, et le délai pour l’ouvrir."
)
SECURITE = "Toujours par e-mail : c’est ce qui vous protège si quelqu’un entre dans votre compte."


@dataclass(frozen=True)
class Evenement:
    """Something that happens, what it is called on the screen, and what may be chosen."""

    code: str
    titre: str
    detail: str
    verrou: str = ""  # why the e-mail always leaves; "" when the member chooses
    sms: bool = False  # a text message is worth its price: something has a date
    courriel: bool = True  # sent by e-mail unless the member says otherwise
    post_if_unread: bool = False  # by post too, when nobody read it in the portal for `ENCLOS_NOTICE_POST_DAYS`
    post_if_returned: bool = False  # by post too, when the e-mail came back and nobody read it since
    is_electronic: bool | None = (
        None  # only for who receives documents here rather than by the post, or only for the others
    )


EVENEMENTS = (
    Evenement(
        "envoi-recu",
        "Un envoi est bien arrivé",
        "L’accusé de réception, ou un problème avec un fichier de l’envoi.",
        verrou=LOI_ACCUSE,
        post_if_returned=True,
    ),
    Evenement(
        "decision",
        "Un agent a répondu",
        "La réponse à un document que vous avez envoyé.",
        sms=True,
        post_if_unread=True,
    ),
    Evenement(
        "message-recu",
        "Un message est bien arrivé",
        "L’accusé de réception d’un message ou d’une réclamation.",
        verrou=LOI_ACCUSE,
        post_if_returned=True,
    ),
    Evenement("message-repondu", "Un agent m’a écrit", "La réponse à un message, ou une nouvelle date.", sms=True),
    Evenement(
        "reclamation",
        "La date d’une réclamation approche",
        "Ce que vous pouvez faire ensuite, et jusqu’à quand.",
        sms=True,
        post_if_unread=True,
    ),
    Evenement(
        "papiers-demandes",
        "Il manque un papier",
        "Ce que nous demandons pour avancer dans votre dossier.",
        verrou=LOI_PAPIERS,
        sms=True,
        post_if_unread=True,
    ),
    Evenement(
        "papiers-rappel",
        "Un papier est attendu bientôt",
        "Un rappel, quelques jours avant la date.",
        sms=True,
    ),
    Evenement(
        "transmission",
        "Un autre service s’occupe de mon envoi",
        "Il a été transmis à un autre service, ou à une autre caisse.",
    ),
    Evenement(
        "document-recu",
        "Un document vous attend",
        "Un document de votre MSA vient d’arriver dans « Mes documents ».",
        verrou=LOI_DOCUMENT,
        post_if_returned=True,
        is_electronic=True,
    ),
    Evenement(
        "document-copie",
        "Un document est arrivé",
        "Une copie est dans « Mes documents ». Vos documents vous arrivent par la poste : c’est ce papier qui compte.",
        courriel=False,
        is_electronic=False,
    ),
    Evenement("brouillon", "Un envoi n’est pas terminé", "Avant que le brouillon soit effacé."),
    Evenement(
        "compte",
        "Quelque chose change dans mon compte",
        "Un nouvel appareil, un autre mot de passe, d’autres coordonnées.",
        verrou=SECURITE,
    ),
)
PAR_CODE = {evenement.code: evenement for evenement in EVENEMENTS}


def is_locked(evenement: Evenement, canal: str) -> bool:
    """Whether the channel is not the member's to choose."""
    return canal == COURRIEL and bool(evenement.verrou)


def default(evenement: Evenement, canal: str) -> bool:
    """What is done for somebody who chose nothing: e-mails leave, text messages are asked for."""
    return canal == COURRIEL and (evenement.courriel or bool(evenement.verrou))


def concerns(evenement: Evenement, *, is_electronic: bool) -> bool:
    """Whether it happens to somebody who receives documents here (`is_electronic`), or by the post."""
    return evenement.is_electronic in {None, is_electronic}


def is_offered(evenement: Evenement, canal: str) -> bool:
    """Whether this event goes by this channel at all."""
    return canal == COURRIEL or (canal == SMS and evenement.sms)
