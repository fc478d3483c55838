"""The only place where a view of messages gets an object from: each function is one "may this person…"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404

from enclos.caisses.access import caisse_of
from enclos.coffre.models import Partie
from enclos.comptes.models import Compte
from enclos.journal.references import normalise
from enclos.messagerie.models import Fil, FilQuerySet, Message, Piece, Sujet
from enclos.messagerie.sujets import active_subjects
from enclos.registre.access import fragile_payments
from enclos.registre.models import Personne
from enclos.socle import sealed
from enclos.socle.dates import today_paris
from enclos.socle.requetes import Slot, Written
from enclos.suivi.access import affaire_for
from enclos.suivi.models import Absence, Affaire

PAGE_SIZE = 20
EXCERPT = 90  # signs of the last message, in the list

PIECES: Prefetch[Any] = Prefetch("pieces", Piece.objects.select_related("fichier").order_by("rang"))
# The readable parts of a file, in one query.
PARTS: Prefetch[Any] = Prefetch("fichier__parties", Partie.objects.select_related("objet"))


class AlreadySent(Exception):
    """A page of a draft was asked for a message already sent: its receipt is the answer."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.reference)
        self.message = message


def sujet_of(code: str) -> Sujet:
    """A subject that can be chosen; 404 otherwise."""
    for sujet in active_subjects():
        if sujet.code == code:
            return sujet
    raise Http404


def draft_for(personne: Personne, reference: str) -> Message:
    """A draft of this person, with its thread and files. 404 for anybody else's; raises `AlreadySent`."""
    message = (
        Message.objects.by_members()
        .filter(fil__personne=personne, reference=normalise(reference))
        .select_related("fil__sujet", "fil__service", "fil__affaire__service", "fil__suite_de")
        .prefetch_related(PIECES)
        .first()
    )
    if message is None:
        raise Http404
    message.fil.personne = personne
    message.fil.caisse = caisse_of(message.fil.caisse_id)
    if not message.is_draft:
        raise AlreadySent(message)
    return message


# Neither words nor file: nothing to go back to.
BEGUN = (
    Message.objects.by_members()
    .drafts()
    .filter(~Q(texte_sealed=b"") | Exists(Piece.objects.filter(message=OuterRef("pk")).order_by()))
    .select_related("fil__sujet")
    .order_by("-updated_at", "-pk")
)
HOME_BEGUN = Written(BEGUN.filter(fil__personne=Slot(Fil, "personne"))[:5])


def drafts_of(personne: Personne) -> Sequence[Message]:
    """What was begun and not sent, the latest first."""
    return list(BEGUN.filter(fil__personne=personne)[:10])


def begun_of(personne: Personne) -> Sequence[Message]:
    """The same for the home page: the five touched last, in one query whose SQL is kept."""
    return list(HOME_BEGUN(personne=personne.pk))


def every_draft_of(personne: Personne) -> Sequence[Message]:
    """All that was begun and not sent, the oldest first: what would be lost."""
    rows = Message.objects.by_members().drafts().filter(fil__personne=personne)
    return list(rows.select_related("fil__sujet").order_by("created_at", "pk"))


def fil_for(compte: Compte, personne: Personne, reference: str) -> Fil:
    """A thread of this person, all its messages in order, and what this account began there; never sent, it is not one."""
    fil = get_object_or_404(with_all(Fil.objects.of(personne).opened()), reference=normalise(reference))
    fil.personne = personne
    return completed(fil, compte)


@dataclass(frozen=True)
class Suivi:
    """A thread on the bench: one of its items, and what its screen says beside it."""

    fil: Fil
    affaire: Affaire
    is_fragile: bool


def fil_of_item(agent: Compte, pk: UUID) -> Suivi:
    """The thread of an item of one of the agent's teams, with what she began to answer; raises `Http404` for any other item.

    The item that the thread has now comes with it, in one query; a former one in another.
    """
    rows: Any = (
        with_all(Fil.objects.opened())
        .select_related("affaire__caisse", "affaire__personne__compte", "affaire__lot")
        .annotate(
            agent_absent=Exists(Absence.objects.on().filter(agent=OuterRef("affaire__taken_by"))),
            is_fragile=Exists(fragile_payments(today_paris()).filter(personne=OuterRef("personne"))),
        )
    )
    fil = rows.filter(affaire__in=Affaire.objects.for_agent(agent).filter(pk=pk)).first()
    if fil is not None:
        affaire = fil.affaire
        affaire.agent_absent = fil.agent_absent
    else:
        affaire = affaire_for(agent, pk)
        fil = rows.filter(pk__in=Message.objects.filter(affaire=affaire).order_by().values("fil")).first()
    if fil is None:
        raise Http404
    fil.personne = affaire.personne
    return Suivi(completed(fil, agent), affaire, fil.is_fragile)


def with_all(rows: FilQuerySet) -> FilQuerySet:
    return rows.select_related("sujet", "service", "affaire__service", "affaire__taken_by", "suite_de")


def completed(fil: Fil, compte: Compte) -> Fil:
    """Give a thread its fund, which this process knows, and its messages with files and receipts."""
    fil.caisse = caisse_of(fil.caisse_id)
    shown = Message.objects.filter(Q(sent_at__isnull=False) | Q(compte=compte))
    rows = shown.select_related("accuse_enregistrement", "accuse_reception").prefetch_related(PIECES)
    prefetch_related_objects([fil], Prefetch("messages", rows.order_by("sent_at", "pk"), to_attr="montres"))
    for message in shown_of(fil):
        message.fil = fil
    return fil


def shown_of(fil: Fil) -> list[Message]:
    found: list[Message] = fil.montres  # type: ignore[attr-defined]  # set by `completed`
    return found


def messages_of(fil: Fil) -> list[Message]:
    """What was sent both ways, the oldest first."""
    return [message for message in shown_of(fil) if not message.is_draft]


def draft_in(fil: Fil) -> Message | None:
    """What the account it was read for has begun to write there."""
    return next((message for message in shown_of(fil) if message.is_draft), None)


def draft_of_answer(fil: Fil, compte: Compte) -> Message | None:
    """What this account has begun to answer: in the thread, or in the one that will follow it once it is closed for good."""
    if fil.takes_answers:
        return draft_in(fil)
    rows = Message.objects.by_members().drafts().filter(compte=compte, fil__suite_de=fil, fil__opened_at=None)
    return rows.select_related("fil__sujet").prefetch_related(PIECES).order_by("-updated_at", "-pk").first()


def has_sent_since(fil: Fil, shown: UUID | None, compte: Compte) -> bool:
    """Whether this account sent something after the last message that its page showed."""
    seen = [message.pk for message in messages_of(fil)]
    return shown in seen and any(m.compte_id == compte.pk for m in messages_of(fil)[seen.index(shown) + 1 :])


def has_unread(fil: Fil, *, by_member: bool) -> bool:
    """Whether something waits for the eyes of the other side."""
    return any(message.read_at is None and message.is_mine == by_member for message in messages_of(fil))


def sent_since(fil: Fil, shown: UUID | None, words: str, compte: Compte) -> Message | None:
    """What a form sent twice sent the first time: the same words of the same account, after the last message its page showed."""
    seen = [message.pk for message in messages_of(fil)]
    after = messages_of(fil)[seen.index(shown) + 1 :] if shown in seen else []
    return next((m for m in after if m.compte_id == compte.pk and m.texte == words), None)


def has_files(message: Message) -> bool:
    return message.pieces.exists()


def message_for(personne: Personne, reference: str, message: str) -> Message:
    """A message of the member's own, sent, with its receipts."""
    return get_object_or_404(
        Message.objects.by_members().sent().select_related("fil__sujet", "affaire", "accuse_enregistrement__pdf", "accuse_reception__pdf"),
        reference=normalise(message),
        fil__reference=normalise(reference),
        fil__personne=personne,
    )  # fmt: skip


def piece_for(personne: Personne, pk: int) -> Piece:
    """A file of a thread of this person, or of a draft of theirs; never of an answer that is still being written."""
    mine = Q(message__auteur=Message.Auteur.ADHERENT) | Q(message__sent_at__isnull=False)
    return get_object_or_404(
        Piece.objects.select_related("fichier", "message__fil").filter(mine), pk=pk, message__fil__personne=personne
    )


def whole_pieces_of(message: Message) -> list[Piece]:
    """The files of a message as they are now, with their readable parts: what a receipt tells."""
    pieces = list(Piece.objects.filter(message=message).select_related("fichier").order_by("rang"))
    prefetch_related_objects(pieces, PARTS)
    return pieces


@dataclass(frozen=True)
class Ligne:
    """A thread in a list."""

    fil: Fil
    extrait: str
    is_new: bool  # the fund wrote, and the member has not read


@dataclass(frozen=True)
class Lot:
    """A page of the list, and the key of the next one."""

    lignes: Sequence[Ligne]
    suite: str


def unread(auteur: str) -> Exists:
    """For a thread: a message of that side, not read by the other."""
    return Exists(
        Message.objects.filter(fil=OuterRef("pk"), auteur=auteur, read_at=None, sent_at__isnull=False).order_by()
    )


def listed(rows: FilQuerySet) -> list[Ligne]:
    """With what a line shows: one query, whatever the number of messages."""
    last = Message.objects.sent().filter(fil=OuterRef("pk")).order_by("-sent_at", "-pk")
    found: Any = rows.select_related("sujet", "service", "affaire__service").annotate(
        is_new=unread(Message.Auteur.AGENT),
        dernier=Subquery(last.values("pk")[:1]),
        dernier_scelle=Subquery(last.values("texte_sealed")[:1]),
    )
    return [Ligne(fil, excerpt_of(fil), fil.is_new) for fil in found]


def excerpt_of(fil: Any) -> str:
    """The beginning of its last message; nothing when it is gone."""
    if not fil.dernier_scelle:
        return ""
    words = sealed.unseal(fil.dernier_scelle, purpose="message", aad=fil.dernier.bytes).decode()
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= EXCERPT else f"{one_line[:EXCERPT].rstrip()}…"


def threads_page(personne: Personne, *, before: str = "") -> Lot:
    """The threads of a person, the latest first; `before` is the reference after which to go on (keyset, no count)."""
    rows = Fil.objects.of(personne).opened().order_by("-last_at", "-id")
    if before:
        limit = rows.filter(reference=normalise(before)).first()
        if limit is None:
            raise Http404
        rows = rows.filter(last_at__lte=limit.last_at).exclude(last_at=limit.last_at, pk__gte=limit.pk)
    lines = listed(rows[: PAGE_SIZE + 1])
    following = lines[PAGE_SIZE - 1].fil.reference if len(lines) > PAGE_SIZE else ""
    return Lot(lines[:PAGE_SIZE], following)


def threads_of(personne: Personne, count: int) -> Sequence[Ligne]:
    """The latest threads of a person, for those who work on their file; one query."""
    return listed(Fil.objects.of(personne).opened().order_by("-last_at", "-id")[:count])
