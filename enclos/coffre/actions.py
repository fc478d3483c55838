"""What the vault does for the rest of the house: keep bytes, receive files, turn, withhold and forget them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from config.env import ENV
from enclos.coffre import analyses, antivirus, objets
from enclos.coffre.antivirus import ScannerUnavailable
from enclos.coffre.inspecteur import inspector
from enclos.coffre.inspection.client import InspectionUnavailable
from enclos.coffre.inspection.types import Inspected, Json, Part
from enclos.coffre.models import Fichier, Objet, Partie
from enclos.coffre.objets import erase, read, store, stream
from enclos.coffre.refus import FileRefused
from enclos.coffre.storage import StorageFull, StorageUnavailable
from enclos.coffre.uploads import SealedUpload, let_go_of_database
from enclos.journal.actions import Actor, record
from enclos.socle.nir import hidden_in
from enclos.socle.refusals import Refusal

__all__ = [
    "FileRefused", "Prepared", "adopt", "discard", "erase", "prepare", "quarantine", "read", "receive", "register", "store", "stream", "turn",
]  # fmt: skip

TURN_S = 20  # how long a file waits for the inspection to take it
PAUSE_S = 0.25


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A file looked at and made durable, whose rows are still to be written. Left there, the sweep removes it."""

    nom: str
    media_type: str
    original: Objet
    parts: Sequence[tuple[Objet, int]]  # with the pages of each
    pages: int
    conseils: Sequence[str]
    bilan: Mapping[str, Json]
    embarques: int
    analyse: Fichier.Analyse


def receive(upload: SealedUpload, *, by: Actor) -> Fichier:
    """Look at a file, scan it, keep it: `prepare` then `register`. Raises `FileRefused`.

    Call it outside any transaction, since it takes the time of an inspection and of a scan. To write rows of one's
    own together with the file's, call its two halves.
    """
    prepared = prepare(upload, by=by)
    with transaction.atomic(durable=True):
        return register(prepared, by=by)


def prepare(upload: SealedUpload, *, by: Actor) -> Prepared:
    """Have a file inspected and scanned, and make it durable; touches no row, unless to journal a dangerous file.

    Raises `FileRefused`, which names the file and says what to do.
    """
    name = upload.name or ""
    if upload.failure:
        raise FileRefused(upload.failure, name)
    if not upload.size:
        raise FileRefused("vide", name)
    data = upload.read()
    inspected = inspect(data, name)
    analyse, menace = scan(data, inspected.a_analyser)
    if menace:
        record(
            "coffre.fichier.refused",
            by=by,
            code="fichier_dangereux",
            menace=menace,
            sha256=upload.sha256,
            taille=upload.size,
        )
        raise FileRefused("fichier_dangereux", name)
    kept: list[Objet] = []
    try:
        kept.append(objets.put_upload(upload, inspected.media_type))
        kept += put_parts(inspected.parts)
    except StorageUnavailable as error:
        objets.drop([objet.cle for objet in kept])
        raise FileRefused("coffre_plein" if isinstance(error, StorageFull) else "coffre_indisponible", name) from error
    return Prepared(
        nom=hidden_in(inspected.nom),
        media_type=inspected.media_type,
        original=kept[0],
        parts=[(objet, part.pages) for objet, part in zip(kept[1:], inspected.parts, strict=True)],
        pages=inspected.pages,
        conseils=inspected.conseils,
        bilan=inspected.bilan,
        embarques=len(inspected.a_analyser),
        analyse=analyse,
    )


@transaction.atomic
def register(prepared: Prepared, *, by: Actor) -> Fichier:
    """Write the rows of a prepared file, in the caller's transaction if there is one, and promise its scan if it waits."""
    Objet.objects.bulk_create([prepared.original, *(objet for objet, _ in prepared.parts)])
    fichier = file_row(prepared)
    fichier.save(force_insert=True)
    write_parts(fichier, prepared.parts)
    record(
        "coffre.fichier.received", fichier, by=by, sha256=fichier.sha256, taille=fichier.taille, analyse=fichier.analyse
    )
    if fichier.is_waiting:
        analyses.analyse.enqueue(str(fichier.pk))
    return fichier


def file_row(prepared: Prepared) -> Fichier:
    """The row of a prepared file, not saved yet; its promise is the scan, when it waits."""
    original, is_waiting = prepared.original, prepared.analyse == Fichier.Analyse.EN_COURS
    return Fichier(
        nom=prepared.nom,
        media_type=prepared.media_type,
        taille=original.taille,
        sha256=original.sha256,
        pages=prepared.pages,
        original=original,
        conseils=list(prepared.conseils),
        bilan=dict(prepared.bilan),
        embarques=prepared.embarques,
        analyse=prepared.analyse,
        kept_at=None if is_waiting else timezone.now(),
        next_at=timezone.now() if is_waiting else None,
    )


def adopt(objet: Objet, nom: str, *, by: Actor) -> Fichier:
    """Make a file of bytes that the vault holds already: looked at, scanned, with a readable copy. Outside any transaction.

    The object becomes the file's original. Called again, or twice at once, it gives the same file; one that the antivirus finds dangerous is
    a file too, withheld. Raises `FileRefused` when its pages cannot be shown, `StorageUnavailable`, `ObjectMissing`, `SealError`.
    """
    known = Fichier.objects.filter(original=objet).first()
    if known is not None:
        return known
    data = objets.read(objet)
    inspected = inspect(data, nom)
    analyse, menace = scan(data, inspected.a_analyser)
    prepared = Prepared(
        nom=hidden_in(inspected.nom),
        media_type=inspected.media_type,
        original=objet,
        parts=[(made, part.pages) for made, part in zip(put_parts(inspected.parts), inspected.parts, strict=True)],
        pages=inspected.pages,
        conseils=inspected.conseils,
        bilan=inspected.bilan,
        embarques=len(inspected.a_analyser),
        analyse=analyse,
    )
    return register_adopted(prepared, menace, by=by)


@transaction.atomic
def register_adopted(prepared: Prepared, menace: str, *, by: Actor) -> Fichier:
    """Write the file of an object, unless somebody did meanwhile: then what was just made is dropped."""
    objet = Objet.objects.select_for_update(no_key=True, of=("self",)).get(pk=prepared.original.pk)
    made = [part for part, _ in prepared.parts]
    known = Fichier.objects.filter(original=objet).first()
    if known is not None:
        transaction.on_commit(lambda: objets.drop([one.cle for one in made]))
        return known
    Objet.objects.bulk_create(made)
    fichier = file_row(prepared)
    if menace:
        fichier.menace, fichier.retrait, fichier.retired_at = menace, Fichier.Retrait.DANGEREUX, timezone.now()
    fichier.save(force_insert=True)
    write_parts(fichier, prepared.parts)
    record("coffre.fichier.adopted", fichier, by=by, sha256=fichier.sha256, analyse=fichier.analyse, menace=menace)
    if fichier.is_waiting:
        analyses.analyse.enqueue(str(fichier.pk))
    return fichier


def turn(fichier: Fichier, quarts: int, *, hold: Callable[[], None], by: Actor) -> Fichier:
    """Make the readable copy again, at `quarts` quarter turns clockwise from upright. Outside any transaction.

    `hold` is called in the transaction that changes the rows, seconds later: it raises what the owner of the file has
    to say against it by then. Raises `FileRefused` when it cannot be made now. Of two turns asked at once, one is done.
    """
    quarts %= 4
    if quarts == fichier.quarts:
        return fichier
    try:
        inspected = inspect(objets.read(fichier.original), fichier.nom, turn=quarts)
        made = put_parts(inspected.parts)
    except StorageUnavailable as error:
        raise FileRefused(
            "coffre_plein" if isinstance(error, StorageFull) else "coffre_indisponible", fichier.nom
        ) from error
    try:
        return replace_parts(fichier, quarts, inspected, made, hold=hold, by=by)
    except Refusal:
        objets.drop([objet.cle for objet in made])
        raise


@transaction.atomic(durable=True)
def replace_parts(
    fichier: Fichier,
    quarts: int,
    inspected: Inspected,
    made: Sequence[Objet],
    *,
    hold: Callable[[], None],
    by: Actor,
) -> Fichier:
    """Put the turned copy in the place of the former, if the file still may change and nobody turned it meanwhile."""
    hold()
    current = Fichier.objects.select_for_update(no_key=True, of=("self",)).filter(pk=fichier.pk).first()
    if current is None or current.quarts != fichier.quarts:
        transaction.on_commit(lambda: objets.drop([objet.cle for objet in made]))
        return current or fichier
    before = [partie.objet for partie in current.parties.select_related("objet")]
    current.parties.all().delete()
    erase(before)
    Objet.objects.bulk_create(made)
    write_parts(current, [(objet, part.pages) for objet, part in zip(made, inspected.parts, strict=True)])
    current.quarts, current.bilan = quarts, dict(inspected.bilan)
    current.save(update_fields=["quarts", "bilan"])
    record("coffre.fichier.turned", current, by=by, quarts=quarts)
    return current


@transaction.atomic
def discard(fichier: Fichier, *, by: Actor) -> None:
    """Forget a file for good, keys first. What points to it (a page of a draft…) must be gone."""
    record("coffre.fichier.discarded", fichier, by=by, sha256=fichier.sha256)
    gone = [fichier.original, *(partie.objet for partie in fichier.parties.select_related("objet"))]
    fichier.delete()
    erase(gone)


@transaction.atomic
def quarantine(fichier: Fichier, *, by: Actor, retrait: Fichier.Retrait = Fichier.Retrait.MEDICAL) -> Fichier:
    """Show this file to nobody any more. Its bytes stay sealed, as evidence of what the receipt says was sent."""
    fichier.retrait, fichier.retired_at = retrait, timezone.now()
    fichier.save(update_fields=["retrait", "retired_at"])
    record("coffre.fichier.withheld", fichier, by=by, retrait=retrait)
    return fichier


def inspect(data: bytes, name: str, *, turn: int = 0) -> Inspected:
    """Ask the inspection process; raises `FileRefused`, also when nobody could look.

    It may take a minute: the connection to the database is given back first, the pool of a process holds a dozen.
    """
    let_go_of_database()
    until, was_cut = time.monotonic() + TURN_S, False
    while True:
        try:
            inspected = inspector().inspect(data, name, turn=turn)
            break
        except InspectionUnavailable as error:
            # A full queue empties in seconds, and a process that died is followed by another: better a wait than « plus tard ».
            # One that dies twice on the same file may die of it.
            if (was_cut and not error.is_untouched) or time.monotonic() > until:
                raise FileRefused("analyse_indisponible", name) from error
            was_cut = was_cut or not error.is_untouched
            time.sleep(PAUSE_S)
    if not isinstance(inspected, Inspected):
        raise FileRefused.by_inspection(inspected, name)
    return inspected


def scan(data: bytes, inside: Sequence[bytes]) -> tuple[Fichier.Analyse, str]:
    """What the antivirus says while the member waits, and the name of the danger if there is one."""
    if not antivirus.is_configured():
        return Fichier.Analyse.NON_ANALYSE, ""
    try:
        verdict = analyses.scan_all((data, *inside), timeout=ENV.clamd_timeout_s)
    except ScannerUnavailable:
        return Fichier.Analyse.EN_COURS, ""
    return (Fichier.Analyse.SAIN, "") if verdict.is_clean else (Fichier.Analyse.INFECTE, verdict.menace)


def put_parts(parts: Sequence[Part]) -> list[Objet]:
    """Make the readable copy durable, or none of it; raises `StorageUnavailable`."""
    made: list[Objet] = []
    try:
        for part in parts:
            objet = objets.put(part.data, part.media_type)
            made.append(objet)
    except StorageUnavailable:
        objets.drop([objet.cle for objet in made])
        raise
    return made


def write_parts(fichier: Fichier, parts: Sequence[tuple[Objet, int]]) -> None:
    Partie.objects.bulk_create(
        [Partie(fichier=fichier, rang=rang, objet=objet, pages=pages) for rang, (objet, pages) in enumerate(parts, 1)]
    )
