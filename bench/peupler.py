"""The base of a fund: `python -m bench.peupler FROM TO [LIBRARY]` adds the persons numbered so, five items each.

Two hundred thousand persons make a million items; one item in five is open. The same numbers always give the same rows. Each table is
filled by one statement from a row that the portal wrote itself: every column as a true one, but keys, names and dates. `LIBRARY`
documents then go to the library of the latest account.
"""

import os
import sys
import time
from datetime import date, timedelta
from importlib.util import find_spec

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.db import connection, models  # noqa: E402 (the models exist only now)

from enclos.bibliotheque.models import Document  # noqa: E402
from enclos.comptes.models import Compte  # noqa: E402
from enclos.demo.factories import NOMS, PRENOMS  # noqa: E402
from enclos.demo.nir import synthetic_nir  # noqa: E402
from enclos.envois.models import DocumentEnvoye, Envoi  # noqa: E402
from enclos.journal.models import Ligne  # noqa: E402
from enclos.registre.models import Personne  # noqa: E402
from enclos.socle import sealed  # noqa: E402
from enclos.socle.dates import today_paris  # noqa: E402
from enclos.suivi.models import Affaire  # noqa: E402

ITEMS_EACH = 5
FIRST_NIR = 3_000_000  # below are those of the bench itself
NAMES = 30_000  # surnames: the commonest is borne by six persons in a thousand, the rarest by one or none
SYLLABLES = (
    "ba",
    "cour",
    "de",
    "fon",
    "gau",
    "hen",
    "la",
    "mar",
    "no",
    "pe",
    "quin",
    "ros",
    "sau",
    "ter",
    "vil",
    "wal",
)
ENDINGS = ("ard", "aert", "el", "et", "ier", "in", "on", "oux")


def surname(number: int) -> str:
    """Of the person numbered so. The first ten are those of the demo."""
    rank = int(NAMES * ((number * 0.6180339887) % 1) ** 2)
    if rank < len(NOMS):
        return NOMS[rank]
    rank, ending = divmod(rank, len(ENDINGS))
    word = ""
    while rank:
        rank, syllable = divmod(rank, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return (word + ENDINGS[ending]).capitalize()


def person(number: int) -> tuple[object, ...]:
    nir, ref = synthetic_nir(FIRST_NIR + number), f"V{number}"
    return (
        number,
        sealed.seal(nir.encode(), purpose="nir", aad=ref.encode()),
        sealed.blind_index(nir),
        surname(number),
        PRENOMS[number * 7 % len(PRENOMS)],
        date(1940, 1, 1) + timedelta(days=number * 31 % 24_000),
    )


def key(family: int, *, each: bool = False) -> str:
    """A UUID made of what it is for and of the person's number, and of the item's when there are several."""
    item = "lpad(to_hex(k), 3, '0')" if each else "'000'"
    return f"('0190f3a5-{family:04x}-7000-8' || {item} || '-' || lpad(to_hex(n), 12, '0'))::uuid"


OPEN = f"(n * {ITEMS_EACH} + k) % 5 = 0"
AT = "now() - (n % 300) * interval '1 day' - k * interval '1 hour'"
RANG = "current_date + ((n * 7 + k) % 40)::int"
# What a person of the temporary table gives; then a model, how many rows each person has, and what differs from the row copied.
TABLES: tuple[tuple[type[models.Model], int, dict[str, str], str], ...] = (
    (Compte, 1, {"id": key(2), "personne_id": key(1), "genre": "'adherent'", "identifiant": "NULL"}, "true"),
    (
        Envoi,
        ITEMS_EACH,
        {
            "id": key(3, each=True), "reference": "'V' || n || '-' || k", "personne_id": key(1), "compte_id": key(2), "submitted_at": AT,
            "accuse_reception_id": "NULL", "accuse_enregistrement_id": "NULL",
        },
        OPEN,
    ),
    (
        Affaire,
        ITEMS_EACH,
        {
            "id": key(4, each=True), "reference": "'V' || n || '-' || k", "personne_id": key(1), "received_at": AT, "service_since": AT,
            "service_id": "(SELECT array_agg(s.id ORDER BY s.id) FROM caisses_service s WHERE s.caisse_id = m.caisse_id)"
            "[1 + ((n + k) % (SELECT count(*) FROM caisses_service s WHERE s.caisse_id = m.caisse_id))::int]",
            "due_on": RANG, "rang_on": RANG, "is_precaire": "(n + k) % 33 = 0", "etat": f"CASE WHEN {OPEN} THEN 'recu' ELSE 'traite' END",
            "ended_at": f"CASE WHEN {OPEN} THEN NULL ELSE {AT} END",
            "taken_by_id": f"CASE WHEN {OPEN} THEN NULL ELSE (SELECT id FROM comptes_compte WHERE identifiant = 'agent.bench') END",
            "taken_at": f"CASE WHEN {OPEN} THEN NULL ELSE {AT} END",
        },
        "true",
    ),
    (DocumentEnvoye, ITEMS_EACH, {"id": "", "envoi_id": key(3, each=True), "affaire_id": key(4, each=True), "papier_id": "NULL"}, OPEN),
    (
        # Today's: in a true installation, those of the days before are sealed already.
        Ligne,
        ITEMS_EACH,
        {
            "id": "", "at": "now() - (n % 1000) * interval '1 microsecond'", "event": "'agents.document.opened'", "actor_kind": "'agent'",
            "actor_id": "(SELECT id::text FROM comptes_compte WHERE identifiant = 'agent.bench')", "actor_label": "'Agent du banc'",
            "object_kind": "'suivi.affaire'", "object_id": f"{key(4, each=True)}::text", "concerne": f"{key(1)}::text",
            "famille": "'traces'", "details": "'{}'",
        },
        "true",
    ),
)  # fmt: skip


def multiply(model: type[models.Model], each: int, changed: dict[str, str], where: str, first: int, last: int) -> int:
    """Copies the latest true row of a table `each` times for every number from `first` to `last`; returns how many rows."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if changed.get(field.column) != ""]
    values = ", ".join(changed.get(column, f'm."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM (SELECT * FROM {table} ORDER BY {model._meta.pk.column} DESC LIMIT 1) m,"
            f" generate_series({first}, {last}) n, generate_series(1, {each}) k WHERE {where}"
        )
        return int(cursor.rowcount)


def people(first: int, last: int) -> int:
    """Persons with names, birth dates and numbers of their own, through a temporary table and COPY."""
    given = {
        "id": key(1), "ref": "'V' || n", "nir_sealed": "t.nir_sealed", "nir_index": "t.nir_index", "nia_index": "NULL", "nom_usage": "''",
        "nom_naissance": "t.nom", "prenoms": "t.prenoms", "date_naissance": "t.naissance", "email": "'v' || n || '@enclos.example'",
    }  # fmt: skip
    columns = [field.column for field in Personne._meta.concrete_fields]
    values = ", ".join(given.get(column, f'm."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE arrivants (n int, nir_sealed bytea, nir_index text, nom text, prenoms text, naissance date)"
        )
        with cursor.copy("COPY arrivants FROM STDIN") as copy:
            for number in range(first, last + 1):
                copy.write_row(person(number))
        names = ", ".join(f'"{column}"' for column in columns)
        cursor.execute(
            f"INSERT INTO registre_personne ({names}) SELECT {values}"
            " FROM (SELECT * FROM registre_personne ORDER BY id DESC LIMIT 1) m, arrivants t"
        )
        return int(cursor.rowcount)


def learn() -> None:
    """What the search by name keeps of the names, where there is one."""
    if find_spec("enclos.registre.recherche"):
        from enclos.registre.recherche import learn as learn_names  # type: ignore[import-not-found,unused-ignore]

        learn_names(Personne.objects.order_by().values_list("nom_naissance", flat=True).distinct())


def library(count: int) -> int:
    """Documents for the member who came last, from one of theirs."""
    compte = Compte.objects.filter(genre=Compte.Genre.ADHERENT).order_by("-pk").select_related("personne__caisse")[0]
    assert compte.personne is not None
    Document.objects.get_or_create(
        cle="bench:0",
        defaults={
            "caisse": compte.personne.caisse, "personne": compte.personne, "origine": "recu", "libelle": "Relevé", "date": today_paris(),
        },
    )  # fmt: skip
    Document.objects.filter(cle__startswith="bench:").exclude(cle="bench:0").delete()
    changed = {
        "id": "('0190f3a5-0005-7000-8000-' || lpad(to_hex(k), 12, '0'))::uuid", "cle": "'bench:' || k", "libelle": "'Relevé n° ' || k", "date": "current_date - (k % 3650)", "accuse_id": "NULL",
        "remplace_id": "NULL", "numero": "''",
    }  # fmt: skip
    return multiply(Document, count, changed, "true", 1, 1)


def main(first: int, last: int, documents: int = 0) -> None:
    began = time.perf_counter()
    rows = 0
    if last >= first:
        rows += people(first, last)
        for model, each, changed, where in TABLES:
            rows += multiply(model, each, changed, where, first, last)
        learn()
    if documents:
        rows += library(documents)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"{rows} lignes en {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
