"""`rejets.csv`: what the drop holds that was not taken, and why."""

# ruff: noqa: S608  (names come from the declarations of this package, values are parameters)

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from enclos.api.depot.files import FichierDepot
from enclos.api.depot.references import key_text
from enclos.api.depot.staging import Staging, rows_of
from enclos.socle.fichiers_surs import replacing_text
from enclos.socle.logs import redact

NOM = "rejets.csv"
HEADER = ("fichier", "ligne", "cle", "colonne", "motif")
PAGE = 2_000


class Rejet(NamedTuple):
    """A line, or a whole file, that was not taken."""

    fichier: str
    ligne: int
    cle: str
    colonne: str
    motif: str


def rejets_of(staging: Staging, fichier: FichierDepot) -> Iterator[Rejet]:
    """The refused rows of a staged file by line, a page at a time."""
    table, last = staging.table(fichier), 0
    while True:
        page = rows_of(
            f"""SELECT ligne, COALESCE(NULLIF(cle, ''), {key_text(fichier, table)}, ''), colonne, motif FROM {table}
                WHERE ligne > %s AND motif <> '' ORDER BY ligne LIMIT {PAGE}""",
            (last,),
        )
        for row in page:
            yield Rejet(fichier.nom, *row)
        if len(page) < PAGE:
            return
        last = page[-1][0]


def write_rejets(folder: Path, rejets: Iterable[Rejet]) -> None:
    """Rewrite the report. A key that looks like a NIR is hidden: a column shifted by one is a common mistake."""
    with replacing_text(folder / NOM) as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(HEADER)
        for rejet in rejets:
            writer.writerow([rejet.fichier, rejet.ligne, redact(rejet.cle), rejet.colonne, redact(rejet.motif)])
