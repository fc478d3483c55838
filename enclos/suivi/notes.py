"""Internal notes: what agents write to one another. The member may ask to read them, so they are written as if read by them."""

from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.journal.actions import record
from enclos.registre.models import Personne
from enclos.socle.iban import holds_iban
from enclos.socle.nir import REDACTION
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire, Note

LONGEST = 2000  # signs


@transaction.atomic
def write_note(personne: Personne, *, texte: str, affaire: Affaire | None = None, by: Compte) -> Note:
    """Add a note on `personne`, on one of their items if given; the same text sent twice by the same agent is one note.

    Raises `Refusal` on an empty or too long text, or one that holds a NIR or an IBAN.
    """
    texte = texte.strip()
    if not texte or len(texte) > LONGEST:
        raise Refusal(f"Une note compte de 1 à {LONGEST} signes.", code="note_longueur")
    if REDACTION.search(texte) or holds_iban(texte):
        raise Refusal("Retirez de la note le numéro de sécurité sociale ou l’IBAN.", code="note_numero")
    # Two clicks wait for each other; `no_key`, so that rows that point to the account do not.
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    last = (
        Note.objects.filter(personne=personne, affaire=affaire, agent=by, struck_at=None)
        .order_by("-written_at")
        .first()
    )
    if last is not None and last.texte == texte and last.can_be_deleted_by(by):
        return last
    note = Note.objects.create(personne=personne, affaire=affaire, agent=by, texte=texte)
    record("suivi.note.written", affaire or personne, by=by, note=str(note.pk))
    return note


def held(note: Note) -> Note | None:
    """The note as it is now, held until the end of the transaction; None once it is gone."""
    return Note.objects.select_for_update(no_key=True, of=("self",)).filter(pk=note.pk).first()


@transaction.atomic
def delete_note(note: Note, *, by: Compte) -> None:
    """Take out what one just wrote. Raises `Refusal` past a quarter of an hour, or to somebody else."""
    row = held(note)
    if row is None:
        return
    if not row.can_be_deleted_by(by):
        raise Refusal(
            "Une note s’efface par son auteur, dans les 15 minutes. Après, un superviseur peut la barrer, avec sa raison.",
            code="note_gardee",
        )
    record("suivi.note.deleted", row.affaire or row.personne, by=by, note=str(row.pk))
    row.delete()


@transaction.atomic
def strike_note(note: Note, *, raison: str, by: Compte) -> None:
    """Strike it through, for a reason that stays beside it. Raises `Refusal` without a reason, or with a number in it."""
    raison = raison.strip()
    if not raison:
        raise Refusal("Dites pourquoi cette note est barrée.", code="note_sans_raison")
    if REDACTION.search(raison) or holds_iban(raison):
        raise Refusal("Retirez de la raison le numéro de sécurité sociale ou l’IBAN.", code="note_numero")
    row = held(note)
    if row is None or row.is_struck:
        return
    row.struck_at, row.struck_by, row.struck_why = timezone.now(), by, raison[:200]
    row.save(update_fields=["struck_at", "struck_by", "struck_why"])
    record("suivi.note.struck", row.affaire or row.personne, by=by, note=str(row.pk))
