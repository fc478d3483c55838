"""What the fund's information system must know: the documents received, the contact details changed.

A batch at a time: the files, then the CSV that names them, then the rows that say it was done, each durable before the next. A cut
between the last two gives the same documents again at the next run, under the same `numero`: the receiver sees no second one.
"""

import csv
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from enclos.api.models import ChangementRetire, Exporte, PieceExportee
from enclos.coffre.inspecteur import own_inspector
from enclos.coffre.models import Fichier
from enclos.coffre.pages import assembled
from enclos.coffre.refus import FileWithheld
from enclos.comptes.changements import COLONNES
from enclos.comptes.models import Changement, Compte
from enclos.envois.models import DocumentEnvoye, PageEnvoyee
from enclos.journal.actions import SYSTEM, record
from enclos.messagerie.accuse import library_label
from enclos.messagerie.models import Message, Piece
from enclos.socle.dates import paris
from enclos.socle.fichiers_surs import replacing, replacing_text, sync_folder
from enclos.socle.refusals import Refusal
from enclos.socle.verrou import alone

logger = logging.getLogger(__name__)

ENVOIS, CHANGEMENTS, FICHIERS = "envois.csv", "changements.csv", "fichiers"
ENVOIS_HEADER = (
    "numero", "reference", "rang", "caisse", "service", "ref", "recu_le", "nature", "libelle", "concerne", "concerne_cle",
    "concerne_nom", "concerne_naissance", "motif", "motif_texte", "fichier", "taille", "sha256", "originaux", "analyse",
    "demande", "papier",  # the request it answers, and the number of the paper in its list
)  # fmt: skip
FORMER_ENVOIS_HEADER = ENVOIS_HEADER[:-2]
# The columns of personnes.csv that a member can change; `champ` says which of them the row is about.
COLONNES_CHANGEES = tuple(column for columns in COLONNES.values() for column in columns)
CHANGEMENTS_HEADER = ("id", "op", "caisse", "ref", "champ", "effet_le", "demande_le", *COLONNES_CHANGEES)
FORMER_CHANGEMENTS_HEADER = ("numero", "ref", "change_le", "colonne", "valeur")  # of 0.1, which never had a row
BATCH = 50
# A file joined to a message has neither of its own: the member chose a subject, for the whole thread.
NATURE_JOINTE, MOTIF_JOINT = "AUTRE", "autre"


class ForeignFile(Exception):
    """A file of that name is there, and is not one of ours."""


@dataclass
class Bilan:
    """What a run gave, and what it could not read."""

    donnes: int = 0
    illisibles: int = 0
    changements: int = 0


def export(folder: Path) -> Bilan:
    """Add to `folder` what it was not given yet.

    Raises `AlreadyRunning`, `ForeignFile`, or `OSError` when the folder cannot be written to.
    """
    bilan = Bilan()
    (folder / FICHIERS).mkdir(parents=True, exist_ok=True)
    sync_folder(folder)
    with alone("exporter"), own_inspector():
        write_envois(folder, {})
        write_changements(folder, {})
        give_changements(folder, bilan)
        for documents in batches():
            give(folder, map(of_a_sending, documents), bilan)
        for messages in batches_of_messages():
            give(folder, [remis for message in messages for remis in of_a_message(message)], bilan)
    return bilan


@dataclass(frozen=True)
class Remis:
    """A document to give: its files, its row but for what the PDF says, and the rows that will say it was given."""

    numero: str
    fichiers: list[Fichier]
    ligne: dict[str, str]
    given: Callable[[str], list[Exporte] | list[PieceExportee]]  # by the digest of the PDF


def is_given(fichier: Fichier) -> bool:
    """Not what the antivirus or an agent took out of sight."""
    return fichier.is_readable and not fichier.is_infected


def to_give() -> QuerySet[DocumentEnvoye]:
    """Received, scanned, not flagged as medical, holding at least one safe file, and not given yet; oldest first."""
    pages = PageEnvoyee.objects.filter(document=OuterRef("pk"), fichier__retrait="")
    safe_pages = pages.exclude(fichier__analyse=Fichier.Analyse.INFECTE)
    return DocumentEnvoye.objects.filter(
        Exists(safe_pages), envoi__accuse_reception__isnull=False, affaire__is_medical=False, exporte=None
    ).order_by("envoi__submitted_at", "pk")


def batches() -> Iterator[list[DocumentEnvoye]]:
    """What is to be given, each document once even when it cannot be."""
    pages = PageEnvoyee.objects.select_related("fichier").prefetch_related("fichier__parties__objet").order_by("rang")
    rows = to_give().select_related(
        "envoi__personne", "affaire__caisse", "affaire__service", "nature", "motif", "papier__demande"
    )
    rows = rows.prefetch_related(Prefetch("pages", queryset=pages))
    after = Q()
    while batch := list(rows.filter(after)[:BATCH]):
        yield batch
        last = batch[-1]
        moment = last.envoi.submitted_at
        after = Q(envoi__submitted_at__gt=moment) | Q(envoi__submitted_at=moment, pk__gt=last.pk)


def pieces_to_give() -> QuerySet[Piece]:
    """Joined to a message that has its receipt, safe, not withdrawn, and not given yet."""
    pieces = Piece.objects.filter(message__accuse_reception__isnull=False, message__auteur=Message.Auteur.ADHERENT)
    return pieces.filter(fichier__retrait="", exportee=None).exclude(fichier__analyse=Fichier.Analyse.INFECTE)


def batches_of_messages() -> Iterator[list[Message]]:
    """The messages that hold something to give, with all their files; oldest first, each once."""
    pieces = Piece.objects.select_related("fichier", "exportee").prefetch_related("fichier__parties__objet")
    rows = Message.objects.filter(Exists(pieces_to_give().filter(message=OuterRef("pk")))).order_by("sent_at", "pk")
    rows = rows.select_related("fil__personne", "fil__sujet", "affaire__caisse", "affaire__service")
    rows = rows.prefetch_related(Prefetch("pieces", queryset=pieces.order_by("rang")))
    after = Q()
    while batch := list(rows.filter(after)[:BATCH]):
        yield batch
        last = batch[-1]
        after = Q(sent_at__gt=last.sent_at) | Q(sent_at=last.sent_at, pk__gt=last.pk)


def of_a_sending(document: DocumentEnvoye) -> Remis:
    numero = f"{document.envoi.reference}-{document.rang}"
    safe = [page.fichier for page in document.pages.all() if is_given(page.fichier)]
    ligne = row_of(document, numero)
    return Remis(numero, safe, ligne, lambda sha256: [Exporte(document=document, sha256=sha256)])


def of_a_message(message: Message) -> Iterator[Remis]:
    """One document for each file, numbered as on the receipt; or one for all, when they are its pages."""
    pieces = list(message.pieces.all())
    groups = [pieces] if message.is_one_document else [[piece] for piece in pieces]
    for rang, group in enumerate(groups, start=1):
        safe = [piece for piece in group if is_given(piece.fichier)]
        if safe and not any(hasattr(piece, "exportee") for piece in group):
            yield joined(message, rang, safe)


def joined(message: Message, rang: int, pieces: list[Piece]) -> Remis:
    numero = f"{message.reference}-{rang}"
    ligne = row_of_joined(message, numero, rang, pieces)
    fichiers = [piece.fichier for piece in pieces]
    return Remis(
        numero, fichiers, ligne, lambda sha256: [PieceExportee(piece=piece, sha256=sha256) for piece in pieces]
    )


def give(folder: Path, batch: Iterable[Remis], bilan: Bilan) -> None:
    """Write one batch. A document that cannot be read now is left for the next run and does not stop the others."""
    rows: dict[str, dict[str, str]] = {}
    given: list[Exporte | PieceExportee] = []
    for remis in batch:
        try:
            pdf = assembled(remis.fichiers)
        except (Refusal, FileWithheld) as error:
            logger.error("document %s cannot be exported: %s", remis.numero, error)
            bilan.illisibles += 1
            continue
        with replacing(folder / FICHIERS / f"{remis.numero}.pdf") as stream:
            stream.write(pdf)
        digest = hashlib.sha256(pdf).hexdigest()
        rows[remis.numero] = remis.ligne | row_of_files(remis, pdf, digest)
        given += remis.given(digest)
    if not rows:
        return
    write_envois(folder, rows)
    with transaction.atomic():
        Exporte.objects.bulk_create([row for row in given if isinstance(row, Exporte)])
        PieceExportee.objects.bulk_create([row for row in given if isinstance(row, PieceExportee)])
        record("api.envois.exported", by=SYSTEM, documents=list(rows))
    bilan.donnes += len(rows)


def row_of_files(remis: Remis, pdf: bytes, digest: str) -> dict[str, str]:
    """What the PDF and the files it is made of say."""
    is_clean = all(fichier.analyse == Fichier.Analyse.SAIN for fichier in remis.fichiers)
    return {
        "fichier": f"{FICHIERS}/{remis.numero}.pdf",
        "taille": str(len(pdf)),
        "sha256": digest,
        "originaux": "|".join(fichier.sha256 for fichier in remis.fichiers),
        "analyse": "sain" if is_clean else "non_analyse",
    }


def row_of(document: DocumentEnvoye, numero: str) -> dict[str, str]:
    envoi, affaire = document.envoi, document.affaire
    assert envoi.submitted_at is not None
    assert affaire is not None
    return {
        "numero": numero,
        "reference": envoi.reference,
        "rang": str(document.rang),
        "caisse": affaire.caisse.code,
        "service": affaire.service.code,
        "ref": envoi.personne.ref,
        "recu_le": paris(envoi.submitted_at).isoformat(timespec="seconds"),
        "nature": document.nature_id or "",
        "libelle": document.libelle,
        "concerne": document.concerne,
        "concerne_cle": document.concerne_cle,
        "concerne_nom": document.concerne_nom,
        "concerne_naissance": document.concerne_naissance.isoformat() if document.concerne_naissance else "",
        "motif": document.motif_id or "",
        "motif_texte": document.motif_texte,
        "demande": document.papier.demande.reference if document.papier else "",
        "papier": str(document.papier.rang) if document.papier else "",
    }


def row_of_joined(message: Message, numero: str, rang: int, pieces: list[Piece]) -> dict[str, str]:
    """The columns of a sending: the reference of the message stands where the sending's does, its subject where the reason does."""
    fil, affaire = message.fil, message.affaire
    assert message.sent_at is not None
    assert affaire is not None
    return {
        "numero": numero,
        "reference": message.reference,
        "rang": str(rang),
        "caisse": affaire.caisse.code,
        "service": affaire.service.code,
        "ref": fil.personne.ref,
        "recu_le": paris(message.sent_at).isoformat(timespec="seconds"),
        "nature": NATURE_JOINTE,
        "libelle": library_label(message, [piece.fichier for piece in pieces]),
        "concerne": DocumentEnvoye.Concerne.MOI,
        "concerne_nom": fil.personne.nom_complet,
        "motif": MOTIF_JOINT,
        "motif_texte": f"Joint au message {fil.reference} : {fil.titre}",
    }


def changements_to_give() -> QuerySet[Changement]:
    """What members changed and the registry does not say, oldest first.

    Those of an account that no letter has confirmed yet wait: whoever opened it with a stolen card must not have the letters sent
    to themselves (standards, D3).
    """
    pending = Changement.objects.filter(exported_at=None, confirmed_at=None, cancelled_at=None)
    return pending.filter(compte__niveau__gte=Compte.Niveau.CONFIRME, compte__personne__isnull=False)


def changements_to_take_back() -> QuerySet[Changement]:
    """Given, then cancelled before the registry said them: « ce n’est pas moi », or another change of the same detail."""
    return Changement.objects.filter(
        exported_at__isnull=False, cancelled_at__isnull=False, confirmed_at=None, retire=None
    )


def give_changements(folder: Path, bilan: Bilan) -> None:
    """Write those taken back, then the new ones, a batch at a time; the file is durable before its rows say they were given."""
    for op, rows in (("-", changements_to_take_back()), ("+", changements_to_give())):
        last = 0
        whole = rows.select_related("compte__personne", "compte__caisse").order_by("pk")
        while batch := list(whole.filter(pk__gt=last)[:BATCH]):
            last = batch[-1].pk
            write_changements(folder, {str(row.pk): row_of_changement(row, op) for row in batch})
            keys = [row.pk for row in batch]
            with transaction.atomic():
                if op == "+":
                    # Cancelled meanwhile too: what is in the file was given, and is to be taken back.
                    Changement.objects.filter(pk__in=keys).update(exported_at=timezone.now())
                else:
                    ChangementRetire.objects.bulk_create([ChangementRetire(changement=row) for row in batch])
                record("api.changements.exported", by=SYSTEM, op=op, changements=keys)
            bilan.changements += len(batch)


def row_of_changement(changement: Changement, op: str) -> dict[str, str]:
    """A row of `changements.csv`: the columns that `champ` does not name are left out of it, and empty."""
    personne = changement.compte.personne
    assert personne is not None
    row = {
        "id": str(changement.pk),
        "op": op,
        "caisse": changement.compte.caisse.code,
        "ref": personne.ref,
        "champ": changement.champ,
        "effet_le": changement.effet_le.isoformat(),
        "demande_le": paris(changement.created_at).isoformat(timespec="seconds"),
    }
    columns = COLONNES[Changement.Champ(changement.champ)] if op == "+" else ()
    return row | {column: str(changement.valeurs.get(column) or "") for column in columns}


def write_changements(folder: Path, rows: dict[str, dict[str, str]]) -> None:
    """As `write_envois`; an empty file of the former shape gives way."""
    path = folder / CHANGEMENTS
    if path.exists() and not rows and not is_former(path):
        next(rows_already_in(path, CHANGEMENTS_HEADER), None)  # is it ours?
        return
    add_rows(path, CHANGEMENTS_HEADER, rows)


def is_former(path: Path) -> bool:
    with path.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream)
        return tuple(next(lines, [])) == FORMER_CHANGEMENTS_HEADER and next(lines, None) is None


def write_envois(folder: Path, rows: dict[str, dict[str, str]]) -> None:
    """Add `rows` to those the receiver has not taken away yet; a row given again takes the place of the former."""
    path = folder / ENVOIS
    if path.exists() and not rows:
        next(rows_already_in(path, ENVOIS_HEADER), None)  # is it ours?
        return
    add_rows(path, ENVOIS_HEADER, rows)


def add_rows(path: Path, header: tuple[str, ...], rows: dict[str, dict[str, str]]) -> None:
    """The file whole: what it held but for the rows given again, then `rows`. Its key is the first column."""
    key = header[0]
    with replacing_text(path) as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        if path.exists() and not (path.name == CHANGEMENTS and is_former(path)):
            writer.writerows(row for row in rows_already_in(path, header) if row[key] not in rows)
        writer.writerows(rows.values())


def rows_already_in(path: Path, header: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        assert isinstance(stream, TextIOWrapper)
        reader = csv.DictReader(stream)
        found = tuple(reader.fieldnames or ())
        if found != header and (header, found) != (ENVOIS_HEADER, FORMER_ENVOIS_HEADER):
            raise ForeignFile(path.name)
        yield from reader
