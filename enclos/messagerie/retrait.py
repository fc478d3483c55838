"""« Signaler médical » on a file of a message: the same end as for a document of a sending (leaflet 1, ADR 0190)."""

from django.db import transaction

from enclos.coffre.actions import quarantine
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.journal.actions import record
from enclos.messagerie import emails
from enclos.messagerie.actions import held
from enclos.messagerie.models import Fil, Piece
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire


@transaction.atomic
def withdraw_medical(piece: Piece, fil: Fil, affaire: Affaire, *, by: Compte) -> bool:
    """The file leaves everybody's sight, the library's too; the member is told the postal way, and the message still gets its answer.

    Rows are held as `actions` says: the thread, its item, the file. False on a double click; raises `NotHeld` or `AlreadyDecided`.
    """
    message = piece.message
    message.fil = held(fil)
    suivi.check_held(suivi.locked(affaire), by)
    fichier = Fichier.objects.select_for_update(no_key=True, of=("self",)).get(pk=piece.fichier_id)
    if not fichier.is_readable:
        return False
    quarantine(fichier, by=by)
    record("messagerie.piece.withdrawn", message, by=by, reference=message.reference, rang=piece.rang)
    emails.piece_medicale(message, piece.rang, by=by)
    return True
