"""A message being written: opened, written, given files, thrown away. Everything is kept from the first page.

`actions` says in which order rows are held.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.env import ENV
from enclos.caisses.access import services_of
from enclos.coffre.actions import FileRefused, Prepared, discard, register, turn
from enclos.coffre.depot import Held, Outcome, receive_all
from enclos.coffre.models import Fichier, Partie
from enclos.coffre.uploads import SealedUpload
from enclos.comptes.models import Compte
from enclos.journal.actions import Actor, record
from enclos.messagerie.access import draft_of_answer
from enclos.messagerie.liens import Lien
from enclos.messagerie.models import Fil, Message, Piece, Sujet
from enclos.messagerie.sujets import service_of
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal

MAX_DRAFTS = 30
MAX_FILES = 20


@transaction.atomic
def start(personne: Personne, sujet: Sujet, *, suite_de: Fil | None = None, by: Compte) -> Message:
    """Open a draft on a subject, or take up again the empty one that a double click or a change of mind left.

    Raises `Refusal` when too many are open.
    """
    Compte.objects.select_for_update(no_key=True).get(pk=by.pk)
    drafts = Message.objects.by_members().drafts().filter(fil__personne=personne, fil__opened_at=None)
    empty = drafts.filter(fil__sujet=sujet, fil__suite_de=suite_de, texte_sealed=b"", pieces=None).order_by("-pk").first()  # fmt: skip
    if empty:
        return empty
    if drafts.count() >= MAX_DRAFTS:
        raise Refusal(
            f"Vous avez déjà commencé {MAX_DRAFTS} messages. Terminez-en un, ou effacez-en un, avant d’en commencer un autre.",
            code="trop_de_brouillons",
        )
    fil = Fil.objects.create(
        caisse_id=personne.caisse_id,
        personne=personne,
        sujet=sujet,
        service=service_of(sujet, services_of(personne.caisse_id)),
        suite_de=suite_de,
        **(suite_de.about() if suite_de else {}),
    )
    # The first message bears the reference of its thread: one number to remember.
    return Message.objects.create(fil=fil, reference=fil.reference, auteur=Message.Auteur.ADHERENT, compte=by)


@transaction.atomic
def start_in(fil: Fil, *, auteur: str, by: Compte) -> Message:
    """Write in a thread: the draft of this account there, or a new one. Two tabs get the same."""
    Fil.objects.select_for_update(no_key=True, of=("self",)).get(pk=fil.pk)
    draft = Message.objects.filter(fil=fil, compte=by, sent_at=None).first()
    return draft or Message.objects.create(fil=fil, auteur=auteur, compte=by)


def answer(fil: Fil, *, by: Compte) -> Message:
    """The member writes again: in this thread, or in a new one that follows it once it is closed for good."""
    if fil.takes_answers:
        return start_in(fil, auteur=Message.Auteur.ADHERENT, by=by)
    begun = draft_of_answer(fil, by)
    return begun or start(fil.personne, fil.sujet, suite_de=fil, by=by)


def hold(message: Message, **values: Any) -> None:
    """Hold the draft until the transaction ends, and change it. Raises `Refusal` when it was sent meanwhile, in another tab.

    One statement: PostgreSQL looks up the thread of a row written twice in one transaction once more, and waits for who holds it.
    """
    now = timezone.now()
    if not Message.objects.drafts().filter(pk=message.pk).update(updated_at=now, **values):
        raise Refusal("Ce message est déjà parti : vous ne pouvez plus le changer.", code="deja_envoye")
    message.updated_at = now


def hold_with_thread(message: Message) -> None:
    """The same, its thread held first, as by who sends it: two tabs never wait for each other for ever."""
    Fil.objects.select_for_update(no_key=True, of=("self",)).filter(pk=message.fil_id).first()
    hold(message)


@transaction.atomic
def write(message: Message, texte: str, *, by: Compte) -> None:
    """Keep the words."""
    message.texte = texte
    hold(message, texte_sealed=message.texte_sealed)


@transaction.atomic
def set_thread(message: Message, *, lien: Lien | None, decision_on: date | None, by: Compte) -> None:
    """What a thread not sent yet is about."""
    hold_with_thread(message)
    fil = message.fil
    fil.lien_genre, fil.lien_reference, fil.lien_libelle = (
        (lien.genre, lien.reference, lien.libelle) if lien else ("", "", "")
    )
    fil.decision_on = decision_on if fil.is_reclamation else None
    Fil.objects.drafts().filter(pk=fil.pk).update(
        lien_genre=fil.lien_genre,
        lien_reference=fil.lien_reference,
        lien_libelle=fil.lien_libelle,
        decision_on=fil.decision_on,
    )


@transaction.atomic
def change_subject(message: Message, sujet: Sujet, *, by: Compte) -> None:
    """Another leaf of the tree, before it is sent."""
    hold_with_thread(message)
    service = service_of(sujet, services_of(message.fil.caisse_id))
    values = {"sujet": sujet, "service": service} | ({} if sujet.is_reclamation else {"decision_on": None})
    Fil.objects.drafts().filter(pk=message.fil_id).update(**values)


@transaction.atomic
def group_files(message: Message, is_one_document: bool, *, by: Compte) -> None:
    """Say whether the files are the pages of one document."""
    hold(message, is_one_document=is_one_document)
    message.is_one_document = is_one_document


@transaction.atomic
def discard_draft(message: Message, *, by: Actor) -> None:
    """Throw a draft away, files included, and its thread when nothing was ever sent there."""
    hold_with_thread(message)
    drop_all(Piece.objects.filter(message=message), by=by)
    record("messagerie.brouillon.discarded", message, by=by, reference=message.reference)
    fil = message.fil
    message.delete()
    if fil.is_draft:
        fil.delete()


def drop_all(pieces: QuerySet[Piece], *, by: Actor) -> int:
    """Remove them, files held in the order of their keys; returns how many."""
    rows = list(pieces.select_related("fichier").order_by("fichier"))
    for piece in rows:
        drop(piece, by=by)
    return len(rows)


def drop(piece: Piece, *, by: Actor) -> None:
    """Remove a file, and shred it unless it is something else’s too: a document of the library, a sending it was given again in."""
    fichier = Fichier.objects.select_for_update(no_key=True, of=("self",)).get(pk=piece.fichier_id)
    piece.delete()
    if not is_kept(fichier):
        discard(fichier, by=by)


def is_kept(fichier: Fichier) -> bool:
    """Whether anything but its own readable parts points to this file, whichever app it is."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: fichier}).exists()
        for relation in Fichier._meta.related_objects
        if relation.related_model is not Partie
    )


@dataclass(frozen=True)
class FichiersDuMessage:
    """Where the files of a message go; `only` raises `Refusal` on what this writer may not join."""

    message: Message
    only: Callable[[Prepared], None]
    ici = "ce message"

    def held(self) -> list[Held[Piece]]:
        rows = self.message.pieces.select_related("fichier").all()
        return [Held(piece, piece.jeton, piece.fichier.sha256) for piece in rows]

    def check(self, prepared: Prepared) -> None:
        self.only(prepared)

    def keep(self, prepared: Prepared, jeton: str | None, *, by: Actor) -> Piece:
        hold(self.message)
        rang = next_rank(self.message, prepared)
        return Piece.objects.create(message=self.message, rang=rang, fichier=register(prepared, by=by), jeton=jeton)

    def twin(self, jeton: str) -> Piece | None:
        return Piece.objects.select_related("fichier").filter(message=self.message, jeton=jeton).first()


def add_files(
    message: Message,
    uploads: Iterable[SealedUpload],
    *,
    jeton: str | None = None,
    check: Callable[[Prepared], None] = lambda prepared: None,
    by: Compte,
) -> Outcome[Piece]:
    """Receive files one by one and put each at the end of the message, as `coffre.depot` says."""
    return receive_all(FichiersDuMessage(message, check), uploads, jeton=jeton, by=by)


def next_rank(message: Message, prepared: Prepared) -> int:
    """The place of one more file; the draft is held. Raises `Refusal` when there is none."""
    held = list(Piece.objects.filter(message=message).values_list("rang", "fichier__taille").order_by("rang"))
    if len(held) >= MAX_FILES:
        raise Refusal(f"Un message a {MAX_FILES} fichiers au plus. Joignez la suite à un autre message.")
    if sum(size for _, size in held) + prepared.original.taille > ENV.sending_max_bytes:
        raise FileRefused("envoi_trop_lourd", prepared.nom)
    return max((rang for rang, _ in held), default=0) + 1


@transaction.atomic
def remove_piece(piece: Piece, *, by: Compte) -> None:
    """Take a file out of the draft, and shred it. Asked twice at once, it is done once."""
    hold(piece.message)
    if Piece.objects.filter(pk=piece.pk).exists():
        drop(piece, by=by)


def turn_piece(piece: Piece, *, by: Compte) -> None:
    """Turn a file a quarter to the right; what was sent meanwhile stays as it was."""
    with transaction.atomic():
        hold(piece.message)
    turn(piece.fichier, (piece.fichier.quarts + 1) % 4, hold=partial(hold, piece.message), by=by)
