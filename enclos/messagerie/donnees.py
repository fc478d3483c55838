"""What a member wrote and was answered, for that member alone: the words opened, and every file that may still be shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from enclos.accuses.donnees import accuse_told
from enclos.accuses.models import Accuse
from enclos.coffre.donnees import fichier_told
from enclos.coffre.models import Objet
from enclos.messagerie.models import Fil, Message, Piece
from enclos.registre.models import Personne
from enclos.socle.archive import safe_name

BATCH = 50


@dataclass(frozen=True)
class Jointe:
    """A file to give: its path, and its sealed bytes."""

    chemin: str
    objet: Objet


def fils_of(personne: Personne) -> Iterator[Fil]:
    """Every thread and draft of theirs with all it holds, a batch at a time. An answer still being written is not theirs."""
    pieces = Prefetch("pieces", Piece.objects.select_related("fichier__original").order_by("rang"))
    theirs = Message.objects.filter(Q(auteur=Message.Auteur.ADHERENT) | Q(sent_at__isnull=False))
    messages = Prefetch(
        "messages",
        theirs.select_related("accuse_enregistrement__pdf", "accuse_reception__pdf")
        .prefetch_related(pieces)
        .order_by("created_at", "pk"),
        to_attr="donnes",
    )
    rows = Fil.objects.of(personne).select_related("sujet", "service", "affaire__service", "suite_de")
    keys = list(rows.order_by("created_at", "pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = {fil.pk: fil for fil in rows.filter(pk__in=keys[start : start + BATCH]).prefetch_related(messages)}
        yield from (batch[key] for key in keys[start : start + BATCH] if key in batch)


def messages_of(fil: Fil) -> list[Message]:
    given: list[Message] = fil.donnes  # type: ignore[attr-defined]  # set by `fils_of`
    return given


def donnees_of(personne: Personne) -> Iterator[dict[str, Any]]:
    """Plain JSON values, one thread at a time."""
    for fil in fils_of(personne):
        yield {
            "reference": fil.reference,
            "objet": fil.objet,
            "etat": fil.mot,
            "service": fil.service_charge.nom,
            "lien": fil.lien_libelle,
            "decision_on": fil.decision_on,
            "suite_de": fil.suite_de.reference if fil.suite_de else "",
            "created_at": fil.created_at,
            "closed_at": fil.closed_at,
            "purged_at": fil.purged_at,
            "messages": [message_told(fil, message) for message in messages_of(fil)],
        }


def message_told(fil: Fil, message: Message) -> dict[str, Any]:
    return {
        "reference": message.reference,
        "auteur": "Vous" if message.is_mine else message.signature,
        "sorte": message.get_sorte_display(),
        "texte": message.texte,
        "submitted_at": message.sent_at,
        "due_on": message.due_on,
        "read_at": message.read_at,
        "attestation": message.attestation,
        "expediteur": message.sender,
        "accuses": [accuse_told(accuse) for accuse in accuses_of(message)],
        "fichiers": [fichier_told(piece.fichier, path_of(fil, message, piece)) for piece in message.pieces.all()],
    }


def accuses_of(message: Message) -> list[Accuse]:
    return [accuse for accuse in (message.accuse_enregistrement, message.accuse_reception) if accuse is not None]


def jointes_of(personne: Personne) -> Iterator[Jointe]:
    """Every receipt, and every file both ways; those withdrawn as medical or dangerous are shown to nobody."""
    for fil in fils_of(personne):
        for message in messages_of(fil):
            for accuse in accuses_of(message):
                if accuse.pdf is not None:
                    yield Jointe(f"accuses/{accuse.file_name}", accuse.pdf)
            for piece in message.pieces.all():
                if piece.fichier.is_readable:
                    yield Jointe(path_of(fil, message, piece), piece.fichier.original)


def path_of(fil: Fil, message: Message, piece: Piece) -> str:
    """« fichiers/messages/KM7-RP4-QB2/NN3-…/01-Facture.pdf »: safe on any disk, and alone of its name."""
    nom = safe_name(piece.fichier.nom)
    return f"fichiers/messages/{fil.reference}/{message.reference}/{piece.rang:02d}-{nom}"


def objets_of(personne: Personne) -> Iterator[tuple[str, str]]:
    """(kind, key) of what the journal knows of them."""
    for fil in fils_of(personne):
        yield "messagerie.fil", str(fil.pk)
        for message in messages_of(fil):
            yield "messagerie.message", str(message.pk)
            if message.affaire_id:
                yield "suivi.affaire", str(message.affaire_id)
            yield from (("accuses.accuse", str(accuse.pk)) for accuse in accuses_of(message))
            yield from (("coffre.fichier", str(piece.fichier_id)) for piece in message.pieces.all())
