"""From the records of a file to the rows that staging takes: checked, built, or refused with their reasons."""

from collections.abc import Iterator
from itertools import batched
from pathlib import Path

from enclos.api.depot.cells import Faute
from enclos.api.depot.files import LEAD, Fautes, FichierDepot, Row
from enclos.api.depot.reading import Records, quoted
from enclos.socle.logs import redact

type Share = tuple[int, int, int]
type Record = tuple[int, list[str] | None]


def part_of(records: Iterator[Record], share: Share) -> Iterator[Record]:
    """Of lots of `size` records, one in `number`, from the `mine`th."""
    mine, number, size = share
    for lot, batch in enumerate(batched(records, size)):
        if lot % number == mine:
            yield from batch


def rows(fichier: FichierDepot, path: Path, share: Share = (0, 1, 1)) -> Iterator[Row]:
    """The rows of a file as staging takes them: the lead columns, then the values; refused ones keep their key alone.

    Raises `BrokenFile`, maybe after the last row: what came before must then be forgotten.
    """
    records = iter(Records(path, fichier.header))
    if share[1] > 1:
        records = part_of(records, share)
    readers = [colonne.read for colonne in fichier.colonnes]
    build = fichier.build or list
    for ligne, cells in records:
        if cells is None:
            yield refused(fichier, ligne, [], [("", f"Il faut {len(fichier.header)} cellules par ligne.")])
            continue
        op, *cells = cells
        if op == "" or op == "+":
            try:
                values = build([read(cell) for read, cell in zip(readers, cells)])  # noqa: B905 (same length, and hot)
                yield [str(ligne), "+", "", "", "", *values]
            except Fautes as fautes:
                yield refused(fichier, ligne, cells, list(fautes.pairs))
            except Faute:
                yield refused(fichier, ligne, cells, faults_of(fichier, cells))
        elif op == "-":
            faults = [fault for fault in faults_of(fichier, cells) if fault[0] in fichier.key]
            yield refused(fichier, ligne, cells, faults) if faults else bare(fichier, ligne, "-", cells)
        else:
            yield refused(fichier, ligne, cells, [("op", "Il faut +, - ou rien.")])


def faults_of(fichier: FichierDepot, cells: list[str]) -> list[tuple[str, str]]:
    """Everything wrong with the cells of a row, so that it is corrected in one go."""
    faults = []
    for colonne, cell in zip(fichier.colonnes, cells, strict=True):
        try:
            colonne.read(cell)
        except Faute as faute:
            faults.append((colonne.nom, str(faute)))
    return faults


def bare(fichier: FichierDepot, ligne: int, op: str, cells: list[str]) -> Row:
    """A row that holds its key and nothing else."""
    by_name = dict(zip(fichier.header[1:], cells, strict=False))
    readers = {colonne.nom: colonne.read for colonne in fichier.colonnes}
    values: Row = []
    for name in fichier.staged:
        try:
            values.append(readers[name](by_name[name]) if name in fichier.key else None)
        except (Faute, KeyError):
            values.append(None)
    return [str(ligne), op, "", "", "", *values]


def refused(fichier: FichierDepot, ligne: int, cells: list[str], faults: list[tuple[str, str]]) -> Row:
    """A row that will only be reported; its key, when it has one, tells the rows that depend on it."""
    row = bare(fichier, ligne, "+", cells)
    by_name = dict(zip(fichier.header[1:], cells, strict=False))
    key = [by_name.get(name, "") for name in fichier.key]
    if any(
        redact(cell) != cell for cell in key
    ):  # a NIR in the wrong column stays out of the database, its temporary tables included
        row[len(LEAD) :] = [None] * len(fichier.staged)
    row[2] = "|".join(map(quoted, key)) if cells else ""
    row[3] = "|".join(column for column, _ in faults)
    row[4] = " ".join(motif for _, motif in faults)
    return row
