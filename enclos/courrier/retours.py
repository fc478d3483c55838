"""What the printer and the post say of letters: posted, delivered, come back. One line each; a wrong line stops no other."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from enclos.courrier.lettres import forget_secret
from enclos.courrier.models import Lettre
from enclos.journal.actions import Actor, record
from enclos.journal.references import normalise
from enclos.socle.adresses import capitals
from enclos.socle.dates import PARIS, jour, paris, today_paris

Etat = Lettre.Etat

STATUTS = {
    "DEPOSE": Etat.POSTEE, "DEPOSEE": Etat.POSTEE, "DEPOT": Etat.POSTEE, "POSTE": Etat.POSTEE, "POSTEE": Etat.POSTEE,
    "DISTRIBUE": Etat.DISTRIBUEE, "DISTRIBUEE": Etat.DISTRIBUEE,
    "NPAI": Etat.REVENUE, "PND": Etat.REVENUE, "REVENU": Etat.REVENUE, "REVENUE": Etat.REVENUE, "RETOUR": Etat.REVENUE,
}  # fmt: skip
RANG = {Etat.EXPORTEE: 0, Etat.POSTEE: 1, Etat.DISTRIBUEE: 2, Etat.REVENUE: 3}
WANTED = ("reference", "statut", "date")
MAX_BYTES = 20_000_000


class UnreadableFile(Exception):
    """The file cannot be one of returns; the text says why, in French."""


class Reject(Exception):
    """One line says something that cannot be; the text says why, in French."""


@dataclass
class Bilan:
    """What a file changed, or would change, and the lines that were not taken."""

    faits: dict[str, int] = field(default_factory=dict)
    inchanges: int = 0
    rejets: list[tuple[int, str]] = field(default_factory=list)


def take(content: bytes, *, pour_de_vrai: bool, by: Actor) -> Bilan:
    """Read a file of returns; without `pour_de_vrai`, only say what it would change. Raises `UnreadableFile`."""
    bilan = Bilan()
    for number, row in rows_of(content):
        try:
            etat, changed = take_row(row, pour_de_vrai=pour_de_vrai, by=by)
        except Reject as reject:
            bilan.rejets.append((number, str(reject)))
            continue
        if changed:
            bilan.faits[etat.label] = bilan.faits.get(etat.label, 0) + 1
        else:
            bilan.inchanges += 1
    return bilan


def rows_of(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line and its number. Semicolons and the encoding of office software are read too."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile("Le fichier est trop gros pour être un fichier de retours.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        header = [capitals(name).lower() for name in next(reader, [])]
        if missing := [name for name in WANTED if name not in header]:
            raise UnreadableFile(f"Il manque une colonne : {', '.join(missing)}.")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False))
    except csv.Error as error:
        raise UnreadableFile(f"Ce n’est pas un fichier CSV : {error}.") from error


@transaction.atomic
def take_row(row: dict[str, str], *, pour_de_vrai: bool, by: Actor) -> tuple[Etat, bool]:
    """What one line says, and whether it is news. Raises `Reject`."""
    etat = STATUTS.get(capitals(row.get("statut", "")))
    if etat is None:
        raise Reject(f"statut « {row.get('statut', '')[:40]} » inconnu : déposé, distribué ou NPAI attendu.")
    rows = Lettre.objects.select_for_update(no_key=True) if pour_de_vrai else Lettre.objects
    lettre = rows.filter(reference=normalise(row["reference"])[:20]).first()
    if lettre is None:
        raise Reject(f"aucune lettre ne porte la référence « {row['reference'][:40]} ».")
    if lettre.exported_at is None:
        raise Reject(f"la lettre {lettre.reference} n’a pas été remise à l’imprimeur.")
    when = day_of(row.get("date", ""), lettre)
    if lettre.returned_at is not None and etat != Etat.REVENUE:
        raise Reject(f"la lettre {lettre.reference} est déjà revenue, le {jour(paris(lettre.returned_at).date())}.")
    if is_known(lettre, etat):
        return etat, False
    if pour_de_vrai:
        write_down(lettre, etat, datetime.combine(when, time(12), PARIS), by=by)
    return etat, True


def day_of(text: str, lettre: Lettre) -> date:
    """The day a line gives, « 2026-11-22 » or « 22/11/2026 ». Raises `Reject`."""
    day = None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text[:10], form).replace(tzinfo=PARIS).date()
        except ValueError:
            continue
    if day is None:
        raise Reject(f"date « {text[:40]} » illisible : AAAA-MM-JJ ou JJ/MM/AAAA attendu.")
    if day > today_paris() + timedelta(days=1):
        raise Reject(f"le {jour(day)} n’est pas encore passé.")
    if day < paris(lettre.created_at).date():
        raise Reject(f"le {jour(day)} est avant la lettre {lettre.reference}.")
    return day


def is_known(lettre: Lettre, etat: Etat) -> bool:
    if etat == Etat.POSTEE:
        return lettre.posted_at is not None
    if etat == Etat.REVENUE:
        return lettre.returned_at is not None
    return lettre.etat in {Etat.DISTRIBUEE, Etat.ANNULEE, Etat.PERIMEE} and lettre.posted_at is not None


def write_down(lettre: Lettre, etat: Etat, when: datetime, *, by: Actor) -> None:
    """The secret goes with the proof that the letter left; a letter that came back leaves room for another."""
    if lettre.posted_at is None:
        lettre.posted_at = when
    forget_secret(lettre)
    if RANG.get(Etat(lettre.etat), 9) < RANG[etat]:  # what was cancelled stays so, whatever happened to the paper
        lettre.etat = etat
    if etat == Etat.REVENUE:
        lettre.returned_at, lettre.closed_at = when, lettre.closed_at or timezone.now()
    lettre.save(update_fields=["etat", "posted_at", "returned_at", "closed_at", "secret_sealed", "erased_at"])
    event = {Etat.POSTEE: "posted", Etat.DISTRIBUEE: "delivered", Etat.REVENUE: "returned"}[etat]
    record(f"courrier.lettre.{event}", lettre, by=by, reference=lettre.reference, le=when.date().isoformat())
