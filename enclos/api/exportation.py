"""What the fund's information system must know: the documents received, the contact details changed.

A batch at a time: the files, then the CSV that names them, then the rows that say it was done, each durable before the next. A cut
between the last two gives the same documents again at the next run, under the same `numero`: the receiver sees no second one.
"""

import csv
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from enclos.api.fichiers_surs import replacing, replacing_text, sync_folder
from enclos.api.models import Exporte
from enclos.api.verrou import alone
from enclos.coffre.inspecteur import own_inspector
from enclos.coffre.models import Fichier
from enclos.coffre.pages import assembled
from enclos.coffre.refus import FileWithheld
from enclos.envois.models import DocumentEnvoye, PageEnvoyee
from enclos.journal.actions import SYSTEM, record
from enclos.socle.dates import paris
from enclos.socle.refusals import Refusal

logger = logging.getLogger(__name__)

ENVOIS, CHANGEMENTS, FICHIERS = "envois.csv", "changements.csv", "fichiers"
ENVOIS_HEADER = (
    "numero", "reference", "rang", "caisse", "service", "ref", "recu_le", "nature", "libelle", "concerne", "concerne_cle",
    "concerne_nom", "concerne_naissance", "motif", "motif_texte", "fichier", "taille", "sha256", "originaux", "analyse",
)  # fmt: skip
# Filled once members can change their contact details.
CHANGEMENTS_HEADER = ("numero", "ref", "change_le", "colonne", "valeur")
BATCH = 50


class ForeignFile(Exception):
    """A file of that name is there, and is not one of ours."""


@dataclass
class Bilan:
    """What a run gave, and what it could not read."""

    donnes: int = 0
    illisibles: int = 0


def export(folder: Path) -> Bilan:
    """Add to `folder` what it was not given yet.

    Raises `AlreadyRunning`, `ForeignFile`, or `OSError` when the folder cannot be written to.
    """
    bilan = Bilan()
    (folder / FICHIERS).mkdir(parents=True, exist_ok=True)
    sync_folder(folder)
    with alone("exporter"), own_inspector():
        write_envois(folder, {})
        if not (folder / CHANGEMENTS).exists():
            with replacing_text(folder / CHANGEMENTS) as stream:
                csv.writer(stream).writerow(CHANGEMENTS_HEADER)
        for batch in batches():
            give(folder, batch, bilan)
    return bilan


def to_give() -> QuerySet[DocumentEnvoye]:
    """Received, scanned, not flagged as medical, holding at least one safe file, and not given yet; oldest first."""
    safe_pages = PageEnvoyee.objects.filter(document=OuterRef("pk")).exclude(fichier__analyse=Fichier.Analyse.INFECTE)
    return DocumentEnvoye.objects.filter(
        Exists(safe_pages), envoi__accuse_reception__isnull=False, affaire__is_medical=False, exporte=None
    ).order_by("envoi__submitted_at", "pk")


def batches() -> Iterator[list[DocumentEnvoye]]:
    """What is to be given, each document once even when it cannot be."""
    pages = PageEnvoyee.objects.select_related("fichier").prefetch_related("fichier__parties__objet").order_by("rang")
    rows = to_give().select_related("envoi__personne", "affaire__caisse", "affaire__service", "nature", "motif")
    rows = rows.prefetch_related(Prefetch("pages", queryset=pages))
    after = Q()
    while batch := list(rows.filter(after)[:BATCH]):
        yield batch
        last = batch[-1]
        moment = last.envoi.submitted_at
        after = Q(envoi__submitted_at__gt=moment) | Q(envoi__submitted_at=moment, pk__gt=last.pk)


def give(folder: Path, batch: Iterable[DocumentEnvoye], bilan: Bilan) -> None:
    """Write one batch. A document that cannot be read now is left for the next run and does not stop the others."""
    rows: dict[str, dict[str, str]] = {}
    given: list[Exporte] = []
    for document in batch:
        safe = [page.fichier for page in document.pages.all() if not page.fichier.is_infected]
        numero = f"{document.envoi.reference}-{document.rang}"
        try:
            pdf = assembled(safe)
        except (Refusal, FileWithheld) as error:
            logger.error("document %s cannot be exported: %s", numero, error)
            bilan.illisibles += 1
            continue
        with replacing(folder / FICHIERS / f"{numero}.pdf") as stream:
            stream.write(pdf)
        digest = hashlib.sha256(pdf).hexdigest()
        rows[numero] = row_of(document, numero, safe, pdf, digest)
        given.append(Exporte(document=document, sha256=digest))
    if not given:
        return
    write_envois(folder, rows)
    with transaction.atomic():
        Exporte.objects.bulk_create(given)
        record("api.envois.exported", by=SYSTEM, documents=list(rows))
    bilan.donnes += len(given)


def row_of(document: DocumentEnvoye, numero: str, safe: list[Fichier], pdf: bytes, digest: str) -> dict[str, str]:
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
        "fichier": f"{FICHIERS}/{numero}.pdf",
        "taille": str(len(pdf)),
        "sha256": digest,
        "originaux": "|".join(fichier.sha256 for fichier in safe),
        "analyse": "sain" if all(fichier.analyse == Fichier.Analyse.SAIN for fichier in safe) else "non_analyse",
    }


def write_envois(folder: Path, rows: dict[str, dict[str, str]]) -> None:
    """Add `rows` to those the receiver has not taken away yet; a row given again takes the place of the former."""
    path = folder / ENVOIS
    if path.exists() and not rows:
        next(rows_already_in(path), None)  # is it ours?
        return
    with replacing_text(path) as stream:
        writer = csv.DictWriter(stream, ENVOIS_HEADER)
        writer.writeheader()
        if path.exists():
            writer.writerows(row for row in rows_already_in(path) if row["numero"] not in rows)
        writer.writerows(rows.values())


def rows_already_in(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        assert isinstance(stream, TextIOWrapper)
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != ENVOIS_HEADER:
            raise ForeignFile(path.name)
        yield from reader
