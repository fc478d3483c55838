"""What can happen to a thread: a message sent, read, answered; the thread closed, opened again, purged.

Whoever changes a thread holds its row first: a member who writes and an agent who answers at the same instant pass one after the other, and
nobody answers what they have not read. Nobody ever waits in a circle, because rows are held in one order, whatever the gesture:

1. the account (`brouillon.start`, `write_first`, the closing of an account, which throws drafts away);
2. the thread (`held`): every gesture, but those that touch one draft alone;
3. a message: the draft that is written, sent or thrown away, all the drafts of a thread that is purged, the one that gets its receipt. Words
   and files of a draft (`brouillon.write`, `add_file`, `remove_piece`, `turn_piece`) and receipts (`tasks.acknowledge`) begin here, and
   go on without the thread;
4. the item (`suivi.actions.locked`). What `suivi` does alone (take, release, redirect, transfer, lots) begins here, and never asks for a thread;
5. files, in the order of their keys: a library or a sending may hold the same ones;
6. what follows and is only added to: papers asked, documents of the library, receipts, notices, the digest that a notice waits for, the journal.

Rows are held without their key (ADR 0137), so that a row added below waits for none of them. Deletions hold the parents first, in this very order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from enclos.bibliotheque import actions as bibliotheque
from enclos.bibliotheque.models import Origine
from enclos.caisses.access import caisse_of
from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.messagerie import emails
from enclos.messagerie.access import whole_pieces_of
from enclos.messagerie.accuse import ATTESTATION, issue_acknowledgement, library_label
from enclos.messagerie.brouillon import drop_all
from enclos.messagerie.models import LONGEST, Fil, Message, MessageQuerySet, Piece, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import paris, today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire

LONGEST_ANSWER = 4000


@dataclass(frozen=True)
class Attestation:
    """What the member declared before sending, and from which session (standards D12)."""

    attests: bool  # only asked for when there are files
    session: str  # a fingerprint of the session's key
    is_medical: bool = False  # a file holds medical information: the same


class Incomplete(Refusal):
    """A message without words, or too long; or files nobody vouches for."""


def held(fil: Fil) -> Fil:
    """The row as it is now, held until the end of the transaction, with what is known of it."""
    row = Fil.objects.select_for_update(no_key=True, of=("self",)).get(pk=fil.pk)
    row.personne, row.caisse = fil.personne, caisse_of(fil.caisse_id)
    return row


@transaction.atomic
def submit(message: Message, attestation: Attestation, *, by: Compte) -> Message:
    """Send a member's message: the moment of its commit is the date of receipt (CRPA L112-13).

    It opens the thread, goes on with it, or opens it again within thirty days of its end; later it begins another that follows. A double
    click, a second tab or a replayed form get the same message. Raises `Refusal`.
    """
    try:
        fil = held(message.fil)
        row = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=message.pk)
    except (Fil.DoesNotExist, Message.DoesNotExist):
        raise Refusal(
            "Ce message n’existe plus : vous l’avez effacé dans une autre page.", code="efface", status=410
        ) from None
    if not row.is_draft:
        return row  # with its own thread, which may be one that follows the one held
    row.fil = fil
    pieces = whole_pieces_of(row)
    check_complete(row, pieces, attestation)
    if not (fil.is_draft or fil.takes_answers):
        fil = row.fil = follow(fil)
    now = timezone.now()
    affaire = item_of(fil, by=by)
    # A thread that is late promises another day; the item keeps the first, and its place in the queue.
    fil.due_on = fil.due_if_sent_now if affaire.pk == fil.affaire_id else affaire.due_on
    fil.affaire, fil.last_at, fil.opened_at = affaire, now, fil.opened_at or now
    if fil.is_closed:
        fil.closed_at, fil.closed_by = None, ""
        record("messagerie.fil.reopened", fil, by=by, reference=fil.reference)
    fil.save(update_fields=["affaire", "due_on", "last_at", "opened_at", "closed_at", "closed_by"])
    row.affaire, row.due_on = affaire, fil.due_on
    row.sent_at = row.promised_at = row.next_at = now
    row.sender, row.signature = sender_of(fil.personne, by), fil.personne.nom_complet[:160]
    row.attestation = ATTESTATION if pieces else ""
    file_pieces(row, [piece for piece in pieces if not piece.fichier.is_infected], Origine.ENVOYE, by=by)
    record(
        "messagerie.message.sent",
        row,
        by=by,
        reference=row.reference,
        attestation=row.attestation,
        session=attestation.session,
        texte=digest(row),
        empreintes=[piece.fichier.sha256 for piece in pieces],
    )
    issue_acknowledgement(row, pieces, by=by)
    row.save()
    return row


def check_complete(message: Message, pieces: Sequence[Piece], attestation: Attestation) -> None:
    """The last look before sending; raises `Refusal`."""
    words = message.texte.strip()
    if not words:
        raise Incomplete("Écrivez votre message avant de l’envoyer.", code="vide", status=422)
    if len(words) > LONGEST:
        raise Incomplete(f"Votre message est trop long : {LONGEST} signes au plus.", code="trop_long", status=422)
    if pieces and attestation.is_medical:
        raise Refusal("Un document médical part par la poste : retirez-le de ce message.", code="medical")
    if pieces and not attestation.attests:
        raise Incomplete(
            "Cochez la case pour attester que les fichiers joints sont conformes aux originaux.",
            code="attestation",
            status=422,
        )
    for piece in pieces:
        if piece.fichier.is_infected:
            raise Refusal(
                f"Le fichier « {piece.fichier.nom} » est dangereux : retirez-le, puis envoyez le reste.",
                code="dangereux",
            )


def follow(fil: Fil) -> Fil:
    """A new thread after one that is closed for good. The writer's draft goes there."""
    following = Fil.objects.create(
        caisse_id=fil.caisse_id,
        personne=fil.personne,
        sujet=fil.sujet,
        service=fil.service,
        suite_de=fil,
        **fil.about(),
    )
    following.personne, following.caisse = fil.personne, fil.caisse
    return following


def item_of(fil: Fil, *, by: Actor) -> Affaire:
    """What the agents have to do: the item that waits already, else a new one. Its date is that of the first message."""
    if fil.affaire_id is not None:
        affaire = Affaire.objects.select_for_update(no_key=True, of=("self",)).get(pk=fil.affaire_id)
        if not affaire.is_ended:
            return affaire
    now = timezone.now()
    day, sujet = paris(now).date(), fil.sujet
    service = fil.service_charge
    return suivi.open_affaire(
        caisse=caisse_of(service.caisse_id),  # the thread may have gone to another fund
        service=service,
        personne=fil.personne,
        reference=fil.reference,
        libelle=fil.titre[:160],
        genre=sujet.genre,
        groupe=sujet.domaine,
        nature=sujet.code,
        received_at=now,
        due_on=sujet.due_on(day),
        legal_on=sujet.legal_on(day),
        is_pressing=sujet.is_urgent,
        by=by,
    )


def sender_of(personne: Personne, compte: Compte) -> dict[str, Any]:
    """Who sends, as known that day (CRPA R112-9-1)."""
    return {
        "nom": personne.nom_complet,
        "adresse": personne.lignes_adresse(),
        "courriel": compte.courriel,
        "ref": personne.ref,
    }


def digest(message: Message) -> str:
    """SHA-256 of the words: what was said can be proved without being in the journal."""
    return sha256(message.texte.encode()).hexdigest()


def file_pieces(message: Message, pieces: Sequence[Piece], origine: Origine, *, by: Actor) -> None:
    """Each file becomes a document of the member's library; those said to be the pages of one become one."""
    assert message.sent_at is not None
    fil = message.fil
    groups = [(f"messagerie.piece.{piece.pk}", [piece]) for piece in pieces]
    if message.is_one_document and len(pieces) > 1:
        groups = [(f"messagerie.message.{message.pk}", list(pieces))]
    for cle, group in groups:
        bibliotheque.file(
            fil.personne,
            cle,
            origine=origine,
            libelle=library_label(message, [piece.fichier for piece in group]),
            date=paris(message.sent_at).date(),
            feuillets=[piece.fichier for piece in group],
            domaine=fil.sujet.classement,
            concerne=fil.personne.nom_complet if origine == Origine.ENVOYE else "",
            reference=message.reference,
            by=by,
        )


@transaction.atomic
def read_by_member(fil: Fil, *, by: Compte) -> int:
    """The member has the thread before their eyes: what the fund wrote is read, once and for good."""
    return mark_read(fil, Message.objects.by_agents().filter(fil=fil), by=by)


@transaction.atomic
def read_by_agent(fil: Fil, *, by: Compte) -> int:
    """An agent has the thread before her eyes: the member will see it."""
    return mark_read(fil, Message.objects.by_members().filter(fil=fil), read_by=by.nom[:120], by=by)


def mark_read(fil: Fil, rows: MessageQuerySet, *, by: Compte, read_by: str = "") -> int:
    """The thread is held: two who read it at once would hold its messages each from another end."""
    held(fil)
    unread = rows.sent().filter(read_at=None)
    keys = list(unread.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return 0
    count = unread.filter(pk__in=keys).update(read_at=timezone.now(), read_by=read_by)
    for message in Message.objects.filter(pk__in=keys).order_by("pk"):
        record("messagerie.message.read", message, by=by, reference=message.reference)
    return count


@transaction.atomic
def close(fil: Fil, *, by: Compte) -> bool:
    """The member says that it is over. What an agent still had to do stays hers to close; False when it was closed already."""
    return end(fil, Fil.Cloture.ADHERENT, by=by)


def end(fil: Fil, cloture: Fil.Cloture, *, by: Actor) -> bool:
    """Close the thread; False when it was."""
    row = held(fil)
    if row.is_closed:
        return False
    row.closed_at, row.closed_by = timezone.now(), cloture
    row.save(update_fields=["closed_at", "closed_by"])
    fil.closed_at, fil.closed_by = row.closed_at, row.closed_by
    record("messagerie.fil.closed", row, by=by, reference=row.reference, par=cloture.value)
    return True


class NewerMessage(Refusal):
    """The member wrote while the agent did."""

    def __init__(self) -> None:
        super().__init__(
            "L’adhérent vient d’écrire de nouveau. Lisez son message : votre texte est gardé, rien n’est parti.",
            code="nouveau_message",
        )


def check_seen(fil: Fil, vu: UUID | None) -> None:
    """Raises `NewerMessage` when the member's last message is not the one that the agent's page showed."""
    last = fil.messages.by_members().sent().order_by("-sent_at", "-pk").first()
    if last is not None and last.pk != vu:
        raise NewerMessage


def written(fil: Fil, words: str, *, reference: str = "", by: Compte) -> Message:
    """A message of an agent that no draft held: it is saved as it is sent."""
    message = Message(fil=fil, auteur=Message.Auteur.AGENT, compte=by)
    message.reference = reference or message.reference
    message.texte = words
    return message


def send_as_agent(
    message: Message, fil: Fil, affaire: Affaire | None, sorte: str, *, due_on: date | None = None, by: Compte
) -> Message:
    """Make what an agent wrote a message of the thread, its files documents of the member's library. Raises `Refusal`."""
    words = message.texte.strip()
    if not words:
        raise Incomplete("Écrivez votre réponse avant de l’envoyer.", code="vide", status=422)
    if len(words) > LONGEST_ANSWER:
        raise Incomplete(
            f"Votre réponse est trop longue : {LONGEST_ANSWER} signes au plus.", code="trop_long", status=422
        )
    pieces = whole_pieces_of(message)
    if any(piece.fichier.is_infected or piece.fichier.is_waiting for piece in pieces):
        raise Refusal(
            "Un fichier joint est dangereux, ou encore en cours d’analyse. Retirez-le, ou attendez la fin de l’analyse.",
            code="fichier_non_sain",
        )
    now = timezone.now()
    message.fil, message.sorte, message.affaire, message.due_on, message.sent_at = fil, sorte, affaire, due_on, now
    message.signature = f"{by.nom}, {(affaire.service if affaire else fil.service).nom}"[:160]
    message.save()
    fil.last_at, fil.opened_at, fil.due_on = now, fil.opened_at or now, due_on or fil.due_on
    if fil.is_closed and sorte != Message.Sorte.CLOTURE:  # whoever is answered may answer
        fil.closed_at, fil.closed_by = None, ""
        record("messagerie.fil.reopened", fil, by=by, reference=fil.reference)
    fil.save(update_fields=["due_on", "last_at", "opened_at", "closed_at", "closed_by"])
    file_pieces(message, pieces, Origine.RECU, by=by)
    record(
        "messagerie.message.sent",
        message,
        by=by,
        reference=message.reference,
        texte=digest(message),
        sorte=str(sorte),
        empreintes=[piece.fichier.sha256 for piece in pieces],
    )
    return message


@transaction.atomic
def reply(affaire: Affaire, draft: Message, *, vu: UUID | None, by: Compte) -> bool:
    """« Répondre »: the item is settled and the answer sent, or neither. False when this very agent had done it.

    Raises `NotHeld` or `AlreadyDecided` when a colleague has it or has answered, `NewerMessage`.
    """
    fil = held(draft.fil)
    row = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)
    if not suivi.settle(affaire, by=by):
        return False
    check_seen(fil, vu)
    emails.message_repondu(send_as_agent(row, fil, affaire, Message.Sorte.REPONSE, by=by), by=by)
    return True


@transaction.atomic
def promise(affaire: Affaire, fil: Fil, words: str, *, due_on: date, vu: UUID | None, by: Compte) -> bool:
    """« En cours »: a word, and the new day promised, told to the member. The item stays in hand. False on a double click."""
    fil = held(fil)
    last = fil.messages.by_agents().sent().order_by("-sent_at", "-pk").first()
    if last is not None and (last.compte_id, last.due_on, last.texte) == (by.pk, due_on, words):
        return False
    suivi.promise_again(affaire, due_on=due_on, by=by)
    check_seen(fil, vu)
    message = send_as_agent(written(fil, words, by=by), fil, affaire, Message.Sorte.ETAPE, due_on=due_on, by=by)
    emails.nouvelle_date(message, by=by)
    return True


def hold_seen(fil: Fil, vu: UUID | None) -> Fil:
    """The thread, for who asks for papers above: held before its item. Raises `NewerMessage`."""
    fil = held(fil)
    check_seen(fil, vu)
    return fil


def tell_papers(affaire: Affaire, fil: Fil, words: str, *, by: Compte) -> Message:
    """What is missing is said in the thread too, which is held; whoever asks for the papers, above, tells the member of them."""
    return send_as_agent(written(fil, words, by=by), fil, affaire, Message.Sorte.PAPIERS, by=by)


@transaction.atomic
def close_as_agent(affaire: Affaire, fil: Fil, words: str, *, vu: UUID | None, by: Compte) -> bool:
    """« Clore »: nothing more is to be done, with a word when there is one to say. False when this agent had done it."""
    fil = held(fil)
    if not suivi.settle(affaire, by=by):
        return False
    check_seen(fil, vu)
    if words:
        send_as_agent(written(fil, words, by=by), fil, affaire, Message.Sorte.CLOTURE, by=by)
    if end(fil, Fil.Cloture.AGENT, by=by):
        emails.fil_clos(fil, by=by)
    return True


@transaction.atomic
def write_first(personne: Personne, sujet: Sujet, service: Service, words: str, *, cle: str, by: Compte) -> Message:
    """Open a thread that the member must read. `cle` was drawn by the page: the same form sent twice is one thread.

    Raises `Refusal` when nobody would read it here.
    """
    compte = getattr(personne, "compte", None)
    if compte is None or compte.closed_at is not None:
        raise Refusal("Cette personne n’a pas de compte en ligne : écrivez-lui par la poste.", code="sans_compte")
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    known = Message.objects.filter(reference=cle, compte=by).first()
    if known is not None:
        return known
    fil = Fil.objects.create(
        caisse_id=personne.caisse_id, personne=personne, sujet=sujet, service=service, reference=cle
    )
    fil.caisse = caisse_of(fil.caisse_id)
    message = send_as_agent(written(fil, words, reference=cle, by=by), fil, None, Message.Sorte.MESSAGE, by=by)
    emails.message_repondu(message, by=by)
    return message


@transaction.atomic
def close_by_time(fil: Fil) -> bool:
    """Answered, and nothing since: the thread ends by itself, and may be opened again."""
    row = held(fil)
    if row.is_closed or row.awaits_answer:
        return False
    end(fil, Fil.Cloture.DELAI, by=SYSTEM)
    emails.fil_clos(fil, by=SYSTEM)
    return True


@transaction.atomic
def purge(fil: Fil) -> bool:
    """Forget what was written, two years after the end (standards §7.4). The proof is one line of journal; receipts stay their own time.

    The files that « Mes documents » holds stay there, for the time of each; the others are shredded.
    """
    row = held(fil)
    if row.purged_at is not None or not row.is_closed:
        return False
    messages = list(row.messages.order_by("sent_at", "pk"))
    proof = [digest(message) for message in messages if message.texte_sealed]
    drafts = row.messages.drafts()
    list(drafts.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))
    count = drop_all(Piece.objects.filter(message__fil=row), by=SYSTEM)
    drafts.delete()
    row.messages.update(texte_sealed=b"", sender={})
    row.purged_at = timezone.now()
    row.lien_libelle = ""
    row.save(update_fields=["purged_at", "lien_libelle"])
    record("messagerie.fil.purged", row, by=SYSTEM, reference=row.reference, messages=len(messages), fichiers=count,
           empreintes=proof, jour=today_paris().isoformat())  # fmt: skip
    return True
