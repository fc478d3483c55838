"""What the receipt of a message says, and when it can be said.

As for a sending: every file clean, or no antivirus to wait for, the accusé de réception comes with the message; else an accusé
d’enregistrement at once (CRPA R112-11-2), and the other when the scan is done. The date of receipt is the same on both.
"""

from collections.abc import Sequence

from django.utils import timezone

from enclos.accuses.actions import issue
from enclos.accuses.contenu import Contenu, DocumentRecu, FichierRecu, ReponseAttendue, ServiceCharge
from enclos.accuses.models import Accuse
from enclos.bibliotheque import actions as bibliotheque
from enclos.bibliotheque.models import Origine
from enclos.coffre.models import Fichier
from enclos.journal.actions import Actor
from enclos.messagerie import emails
from enclos.messagerie.models import Fil, Message, Piece
from enclos.socle.dates import jour, paris
from enclos.suivi.models import Affaire

ATTESTATION = "message-2026-11"
ATTESTATIONS = {
    "message-2026-11": (
        "J’atteste que les fichiers joints à ce message sont la copie fidèle et complète des documents d’origine, "
        "que je garde et que ma MSA peut me demander."
    )
}


def issue_acknowledgement(message: Message, pieces: Sequence[Piece], *, by: Actor) -> None:
    """Give the receipt that the state of the files allows; the caller saves `message`.

    `pieces` come with their files and the parts of these. A dangerous file is named apart: it was not received.
    """
    assert message.sent_at is not None
    fil = message.fil
    if any(piece.fichier.is_waiting for piece in pieces):
        if message.accuse_enregistrement_id is None:
            message.accuse_enregistrement = issue(
                kind=Accuse.Genre.ENREGISTREMENT,
                reference=message.reference,
                received_at=message.sent_at,
                caisse=fil.caisse,
                contenu=None,
                by=by,
            )
            emails.message_enregistre(message, by=by)
        return
    received = [piece.fichier for piece in pieces if not piece.fichier.is_infected]
    message.accuse_reception = issue(
        kind=Accuse.Genre.RECEPTION,
        reference=message.reference,
        received_at=message.sent_at,
        caisse=fil.caisse,
        contenu=contenu_of(message, received),
        by=by,
    )
    bibliotheque.file(
        fil.personne,
        f"messagerie.accuse.{message.pk}",
        origine=Origine.ACCUSE,
        libelle=f"Accusé de réception : {fil.titre}"[:200],
        date=paris(message.sent_at).date(),
        accuse=message.accuse_reception,
        domaine=fil.sujet.classement,
        reference=message.reference,
        by=by,
    )
    if len(received) < len(pieces):
        emails.fichier_dangereux(message, by=by)
    emails.message_recu(message, by=by)
    message.kept_at, message.next_at = timezone.now(), None


def contenu_of(message: Message, fichiers: Sequence[Fichier]) -> Contenu:
    """The mentions of the accusé de réception (CRPA R112-11-1). The words of the message are not among them."""
    fil, affaire = message.fil, message.affaire
    assert affaire is not None
    groups = [list(fichiers)] if message.is_one_document else [[fichier] for fichier in fichiers]
    return Contenu(
        objet=fil.titre if fil.is_reclamation else f"Message : {fil.titre}",
        expediteur=message.sender["nom"],
        service=ServiceCharge.of(affaire.service),
        documents=tuple(
            DocumentRecu(
                nature=piece_label(message),
                personne=message.sender["nom"],
                fichiers=tuple(FichierRecu.of(fichier) for fichier in group),
            )
            for group in groups
            if group
        ),
        is_request=affaire.legal_on is not None,
        reponse=reponse_of(fil, affaire),
        attestation=ATTESTATIONS[message.attestation] if fichiers else "",
        attestation_version=message.attestation if fichiers else "",
        suite=suite_of(message),
    )


def suite_of(message: Message) -> str:
    """What comes next, and by when: a day to come, or that the answer is late. Never a promise that is already past."""
    assert message.due_on is not None
    if message.is_promise_past:  # its files were scanned for as long as that
        return (
            f"Un agent lit votre message. La réponse est en retard : elle était promise pour le {jour(message.due_on)}."
        )
    until = f"au plus tard le {jour(message.due_on)}, dans votre espace privé."
    if message.late_since is not None:
        return (
            "Un agent lit votre message. La réponse à votre message précédent est en retard : elle était promise pour le "
            f"{jour(message.late_since)}. Nous vous répondons {until}"
        )
    return f"Un agent lit votre message. Réponse promise {until}"


def reponse_of(fil: Fil, affaire: Affaire) -> ReponseAttendue | None:
    """What silence means, and from which day on; None when the message asks for no decision."""
    if affaire.legal_on is None:
        return None
    return ReponseAttendue(sens=fil.sujet.silence, le=affaire.legal_on, recours=fil.sujet.recours)


def library_label(message: Message, fichiers: Sequence[Fichier]) -> str:
    """The same, with the name of the file when it is alone."""
    nom = f" : {fichiers[0].nom}" if len(fichiers) == 1 else ""
    return f"{piece_label(message)}{nom}"[:200]


def piece_label(message: Message) -> str:
    """What a file joined to a message is called, on the receipt and in « Mes documents »."""
    return "Document joint au message" if message.is_one_document else "Pièce jointe au message"
