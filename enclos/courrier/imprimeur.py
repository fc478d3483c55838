"""Giving letters to the printer: a ZIP of PDFs and its index, each letter in one ZIP and no other.

A lot is written down before its ZIP, and its ZIP before the letters say that they left: a cut leaves a lot that the next run makes
again, under the same name, from the same letters.
"""

import csv
import hashlib
import io
import json
import logging
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from enclos.courrier import lettres
from enclos.courrier.models import Lettre, LettreQuerySet, Lot
from enclos.courrier.papier import typeset
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.journal.references import new_reference
from enclos.socle.dates import paris
from enclos.socle.fichiers_surs import replacing
from enclos.socle.pdf import TypesetError
from enclos.socle.verrou import alone

logger = logging.getLogger(__name__)

BATCH = 200  # letters in a ZIP: some seconds of typesetting, some megabytes
COLONNES = ("reference", "fichier", "sha256", "pages", "caisse", *(f"ligne{rang}" for rang in range(1, 8)))


@dataclass
class Bilan:
    """What a run gave to the printer."""

    lots: list[Path] = field(default_factory=list)
    lettres: int = 0
    non_imprimables: int = 0


def ready() -> LettreQuerySet:
    """Whose address is sound, and that are in no ZIP yet."""
    return Lettre.objects.open().filter(etat=Lettre.Etat.EN_ATTENTE, lot=None)


def foreseen() -> dict[str, int]:
    """How many letters an export would give now, by kind, those of a run that was cut included."""
    waiting = Lettre.objects.open().filter(etat=Lettre.Etat.EN_ATTENTE)
    told = waiting.values("genre").annotate(nombre=Count("pk")).order_by("genre")
    return {Lettre.Genre(row["genre"]).label: row["nombre"] for row in told}


def export(folder: Path, *, by: Actor) -> Bilan:
    """Give every letter that is ready. Raises `AlreadyRunning`, or `OSError` when the folder cannot be written to."""
    bilan = Bilan()
    with alone("courriers-exporter"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lettres.close_expired()
        for lettre in Lettre.objects.open().filter(etat=Lettre.Etat.A_VERIFIER).order_by("created_at"):
            lettres.read_address_again(lettre, by=by)  # the registry may have been corrected since
        for lot in Lot.objects.filter(exported_at=None).order_by("created_at"):
            write_lot(lot, folder, bilan, by=by)
        while (taken := take_lot()) is not None:
            write_lot(taken, folder, bilan, by=by)
    return bilan


@transaction.atomic
def take_lot() -> Lot | None:
    """Put the oldest letters in a new lot; None when none waits."""
    wanted = list(ready().order_by("created_at", "pk").values_list("pk", flat=True)[:BATCH])
    if not wanted:
        return None
    lot = Lot.objects.create(reference=new_reference())
    ready().filter(pk__in=wanted).update(lot=lot)
    return lot


def write_lot(lot: Lot, folder: Path, bilan: Bilan, *, by: Actor) -> None:
    """Make the ZIP of a lot, then write down that its letters left. What was cancelled meanwhile is left out."""
    rows = lot.lettres.select_related("caisse").order_by("created_at", "pk")
    path = folder / lot.file_name
    given: dict[str, str] = {}
    with replacing(path, is_secret=True) as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            index = []
            for lettre in rows:
                if not lettre.can_be_printed:
                    continue
                try:
                    pdf = typeset(lettre)
                except TypesetError:
                    logger.exception("letter %s cannot be typeset", lettre.reference)
                    set_aside(lettre, by=by)
                    bilan.non_imprimables += 1
                    continue
                given[lettre.reference] = digest = hashlib.sha256(pdf).hexdigest()
                add(archive, lot, lettre.file_name, pdf)
                index.append(line_of(lettre, digest, pdf))
            write_index(archive, lot, index)
        sha256 = digest_of(stream)
    if not given:
        path.unlink()
    mark(lot, given, sha256, by=by)
    if given:
        bilan.lots.append(path)
        bilan.lettres += len(given)


@transaction.atomic
def mark(lot: Lot, given: dict[str, str], sha256: str, *, by: Actor) -> None:
    now = timezone.now()
    for lettre in Lettre.objects.select_for_update(no_key=True).filter(lot=lot, reference__in=given).order_by("pk"):
        lettre.pdf_sha256 = given[lettre.reference]
        lettre.exported_at = lettre.exported_at or now
        if lettre.etat == Lettre.Etat.EN_ATTENTE:
            lettre.etat = Lettre.Etat.EXPORTEE
        lettre.save(update_fields=["pdf_sha256", "exported_at", "etat"])
    Lot.objects.filter(pk=lot.pk).update(exported_at=now, sha256=sha256)
    record("courrier.lot.exported", lot, by=by, lettres=list(given), sha256=sha256)


@transaction.atomic
def set_aside(lettre: Lettre, *, by: Actor) -> None:
    """A letter that cannot be typeset waits for somebody, and does not stop the others."""
    motifs = ["La mise en page a échoué : voyez le journal technique."]
    Lettre.objects.filter(pk=lettre.pk).update(etat=Lettre.Etat.A_VERIFIER, motifs=motifs, lot=None)
    record("courrier.lettre.set_aside", lettre, by=by)


def again(lot: Lot, folder: Path, *, by: Actor = SYSTEM) -> Bilan:
    """Make the ZIP of a lot again, when the printer lost it: what is not posted yet is still here."""
    bilan = Bilan()
    with alone("courriers-exporter"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_lot(lot, folder, bilan, by=by)
    return bilan


def add(archive: zipfile.ZipFile, lot: Lot, name: str, content: bytes) -> None:
    """Dated as its lot, so that a ZIP made again is the same to the byte."""
    entry = zipfile.ZipInfo(name, date_time=paris(lot.created_at).timetuple()[:6])
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def line_of(lettre: Lettre, sha256: str, pdf: bytes) -> dict[str, Any]:
    """What the printer reads of one letter: neither what it is about nor who the person is to the fund."""
    # Only the export needs it.
    from pypdfium2 import PdfDocument

    lines = {f"ligne{rang}": text for rang, text in enumerate(lettre.destinataire, start=1)}
    return {
        "reference": lettre.reference,
        "fichier": lettre.file_name,
        "sha256": sha256,
        "pages": len(PdfDocument(pdf)),
        "caisse": lettre.caisse.code,
        **lines,
    }


def write_index(archive: zipfile.ZipFile, lot: Lot, index: list[dict[str, Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLONNES, restval="")
    writer.writeheader()
    writer.writerows(index)
    add(archive, lot, "index.csv", text.getvalue().encode())
    told = {"lot": lot.reference, "date": paris(lot.created_at).isoformat(timespec="seconds"), "lettres": index}
    add(archive, lot, "index.json", json.dumps(told, ensure_ascii=False, indent=1).encode())


def digest_of(stream: IO[bytes]) -> str:
    """SHA-256 of a file that was just written."""
    stream.flush()
    with open(stream.name, "rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()
