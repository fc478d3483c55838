"""`documents.csv` and the folder `documents/` beside it: what the fund's information system puts in members' libraries.

Each file is looked at by content, scanned when there is an antivirus, sealed as given and durable before its row; it is opened in the sandbox
alone, when somebody looks at it (ADR 0127). Rows are written a hundred at a time: a run cut anywhere leaves whole documents, and the next one
does the rest.
"""

# ruff: noqa: S608  (names come from the declarations of this package, values are parameters)

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from enclos.api.depot import merging
from enclos.api.depot.cells import Faute
from enclos.api.depot.files import FichierDepot
from enclos.api.depot.staging import Staging, execute, rows_of
from enclos.bibliotheque.access import SHEETS
from enclos.bibliotheque.actions import move_away, receive, relabel, show_again, withdraw
from enclos.bibliotheque.models import Document
from enclos.bibliotheque.natures import nature_of
from enclos.coffre.actions import scan
from enclos.coffre.inspection.signatures import media_type_of
from enclos.coffre.inspection.types import JPEG, PDF, PNG
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.objets import drop, put
from enclos.coffre.storage import StorageFull, StorageUnavailable
from enclos.journal.actions import SYSTEM
from enclos.registre.models import Personne

DOSSIER = "documents"
BATCH = 100
LARGEST = 20_000_000  # bytes, as for what members send
UNANSWERED = 3  # scans in a row that nobody answered: the others are not waited for
ENDS = {JPEG: b"\xff\xd9", PNG: b"IEND\xaeB`\x82", PDF: b"%%EOF"}
TAIL = 2_048  # bytes in which a whole file ends

FULL = "Le coffre n’a plus de place : libérez-en, puis relancez l’importation."
AWAY = "Le coffre ne répond pas : relancez l’importation quand il est revenu."
UNSCANNED = "L’antivirus ne répond pas : relancez l’importation quand il est revenu."


@dataclass(frozen=True)
class Ligne:
    """A staged row."""

    ligne: int
    op: str
    numero: str
    ref: str
    fichier: str
    date: date
    domaine: str
    nature: str
    libelle: str

    @property
    def nom(self) -> str:
        """What the member reads: the label, else the nature."""
        return self.libelle or nature_of(self.nature).libelle or "Document"


@dataclass(frozen=True)
class Change:
    """What a row does, its bytes durable already."""

    ligne: Ligne
    sort: str
    actuel: Document | None = None
    objet: Objet | None = None


class Documents:
    """The documents of one drop."""

    def __init__(self, tables: Staging, fichier: FichierDepot, folder: Path, *, for_real: bool) -> None:
        self.table = tables.table(fichier)
        self.folder = folder / DOSSIER
        self.for_real = for_real
        self.fates: Counter[str] = Counter()
        self.stopped = ""  # why nothing more is taken
        self.unanswered = 0

    def take(self) -> dict[str, int]:
        """Check every row, and write it when it is for real. Returns how many rows meet each fate; rejects are told in the staging table."""
        for batch in self.batches():
            self.take_batch(batch)
        return dict(self.fates)

    def batches(self) -> Iterator[list[Ligne]]:
        last = 0
        while True:
            rows = rows_of(
                f"""SELECT ligne, op, numero, ref, fichier, date, domaine, nature, libelle FROM {self.table}
                    WHERE motif = '' AND ligne > %s ORDER BY ligne LIMIT {BATCH}""",
                (last,),
            )
            if not rows:
                return
            yield [staged(*row) for row in rows]
            last = rows[-1][0]

    def take_batch(self, batch: Sequence[Ligne]) -> None:
        people = {
            personne.ref: personne
            for personne in Personne.objects.select_related("caisse", "compte").filter(
                ref__in={one.ref for one in batch}
            )
        }
        known = Document.objects.filter(numero__in=[one.numero for one in batch]).exclude(etat=Document.Etat.REMPLACE)
        here = {document.numero: document for document in known.select_related("personne").prefetch_related(SHEETS)}
        changes: list[Change] = []
        try:
            for ligne in batch:
                try:
                    change = self.judged(ligne, people.get(ligne.ref), here.get(ligne.numero))
                except Faute as faute:
                    self.reject(ligne, str(faute))
                    continue
                self.fates[change.sort] += 1
                changes.append(change)
            if self.for_real:
                commit_batch([change for change in changes if change.sort != merging.INCHANGE], people)
        except BaseException:
            drop([change.objet.cle for change in changes if change.objet is not None])
            raise

    def judged(self, ligne: Ligne, personne: Personne | None, actuel: Document | None) -> Change:
        """What this row does. Raises `Faute` when its file cannot be taken."""
        is_gone = actuel is None or actuel.is_retire
        if ligne.op == "-":
            return Change(ligne, merging.INCHANGE if is_gone else merging.FERME, actuel)
        if self.stopped:
            raise Faute(self.stopped)
        data = bytes_of(self.folder, ligne.fichier)
        media_type = type_of(data)
        if actuel is not None and is_same_paper(ligne, data, personne, actuel):
            is_told = (actuel.libelle, actuel.domaine, actuel.date) == (ligne.nom, ligne.domaine, ligne.date)
            return Change(ligne, merging.INCHANGE if is_told and not actuel.is_retire else merging.CHANGE, actuel)
        self.scan(data)
        return Change(
            ligne,
            merging.NOUVEAU if actuel is None else merging.CHANGE,
            actuel,
            self.sealed(data, media_type) if self.for_real else None,
        )

    def scan(self, data: bytes) -> None:
        """Raises `Faute` on what is dangerous, or that nobody could look at: never clean by default."""
        if self.unanswered >= UNANSWERED:
            raise Faute(UNSCANNED)
        analyse, _ = scan(data, ())
        self.unanswered = self.unanswered + 1 if analyse == Fichier.Analyse.EN_COURS else 0
        if analyse == Fichier.Analyse.EN_COURS:
            raise Faute(UNSCANNED)
        if analyse == Fichier.Analyse.INFECTE:
            raise Faute("L’antivirus a trouvé un contenu dangereux dans ce fichier.")

    def sealed(self, data: bytes, media_type: str) -> Objet:
        try:
            return put(data, media_type)
        except StorageUnavailable as error:
            self.stopped = FULL if isinstance(error, StorageFull) else AWAY
            raise Faute(self.stopped) from error

    def reject(self, ligne: Ligne, motif: str) -> None:
        execute(f"UPDATE {self.table} SET colonne = 'fichier', motif = %s WHERE ligne = %s", (motif, ligne.ligne))


def staged(ligne: int, op: str, *cells: object) -> Ligne:
    """A row as it comes from the staging table: one to withdraw has nothing but its key."""
    numero, ref, fichier, day, domaine, nature, libelle = ("" if cell is None else str(cell) for cell in cells)
    return Ligne(
        ligne, op, numero, ref, fichier, date.fromisoformat(day) if day else date.min, domaine, nature, libelle
    )


def is_same_paper(ligne: Ligne, data: bytes, personne: Personne | None, actuel: Document) -> bool:
    """Whether only its label may have changed: same bytes, same person, same nature."""
    digests = [sheet.original.sha256 for sheet in actuel.sheets]
    is_same_person = personne is not None and personne.pk == actuel.personne_id
    return is_same_person and actuel.nature == ligne.nature and digests == [hashlib.sha256(data).hexdigest()]


@transaction.atomic
def commit_batch(changes: Sequence[Change], people: dict[str, Personne]) -> None:
    """Write a batch in one transaction; its bytes are durable already."""
    Objet.objects.bulk_create([change.objet for change in changes if change.objet is not None])
    for change in changes:
        ligne, actuel = change.ligne, change.actuel
        if change.sort == merging.FERME:
            assert actuel is not None
            withdraw(actuel, by=SYSTEM)
        elif change.objet is None:
            assert actuel is not None
            relabel(actuel, libelle=ligne.nom, domaine=ligne.domaine, date=ligne.date, by=SYSTEM)
            show_again(actuel, by=SYSTEM)
        else:
            personne = people[ligne.ref]
            cle = f"registre:{ligne.numero}"
            if actuel is not None:
                cle = f"{cle}:{change.objet.sha256[:16]}:{actuel.pk.hex[-12:]}"
                if actuel.personne_id != personne.pk:
                    move_away(actuel, by=SYSTEM)
                    actuel = None
            receive(
                personne,
                cle,
                libelle=ligne.nom,
                date=ligne.date,
                feuillets=[change.objet],
                domaine=ligne.domaine,
                nature=ligne.nature,
                numero=ligne.numero,
                remplace=actuel,
                by=SYSTEM,
            )


def bytes_of(folder: Path, chemin: str) -> bytes:
    """The bytes of a file of the drop. Raises `Faute` on what is not a plain file under `folder`, followed without any link.

    Each step is opened from the one before: what is checked is what is read.
    """
    fds: list[int] = []
    try:
        try:
            fds.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC))
            *above, name = chemin.split("/")
            for step in above:
                fds.append(os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fds[-1]))
            fds.append(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fds[-1]))
            told = os.fstat(fds[-1])
        except FileNotFoundError:
            raise Faute("Ce fichier n’est pas dans le dossier documents/.") from None
        except OSError:
            raise Faute("Ce fichier ne se lit pas : c’est un lien, un dossier, ou ses droits l’interdisent.") from None
        if not stat.S_ISREG(told.st_mode):
            raise Faute("Ce n’est pas un fichier.")
        if told.st_size > LARGEST:
            raise Faute("Ce fichier pèse plus de 20 Mo.")
        with os.fdopen(fds.pop(), "rb") as stream:
            data = stream.read(LARGEST + 1)
    finally:
        for fd in reversed(fds):
            os.close(fd)
    if not data:
        raise Faute("Ce fichier est vide.")
    if len(data) > LARGEST:
        raise Faute("Ce fichier pèse plus de 20 Mo.")
    return data


def type_of(data: bytes) -> str:
    """The type, by content. Raises `Faute` on another, or on a file that does not end as it should."""
    media_type = media_type_of(data)
    if media_type not in ENDS:
        raise Faute("Il faut un PDF, un JPEG ou un PNG : ce fichier est autre chose.")
    if ENDS[media_type] not in data[-TAIL:]:
        raise Faute("Ce fichier est incomplet : sa fin manque.")
    return media_type
