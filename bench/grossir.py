"""Makes the portal of the bench as large as asked: `python -m bench.grossir FROM TO` adds the persons numbered so, ten rows each.

Each table is filled by one statement from a row that the portal wrote itself: every column as a true one, but keys and dates.
"""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.db import connection, models  # noqa: E402 (the models exist only now)

from enclos.comptes.models import Compte  # noqa: E402
from enclos.courrier.models import Courriel  # noqa: E402
from enclos.envois.models import DocumentEnvoye, Envoi  # noqa: E402
from enclos.journal.models import Ligne  # noqa: E402
from enclos.registre.models import Facture, Paiement, Personne  # noqa: E402
from enclos.suivi.models import Affaire  # noqa: E402

ROWS_EACH = 10


def key(family: int) -> str:
    """A UUID made of what it is for and of the person's number: rows of one person find each other."""
    return f"('0190f3a4-{family:04x}-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"


AT = "now() - (n % 700) * interval '1 day' - k * interval '1 hour'"
# Each line: a model, how many rows each person has, and the columns that differ from the row copied.
TABLES: tuple[tuple[type[models.Model], int, dict[str, str]], ...] = (
    (
        Personne,
        1,
        {"id": key(1), "ref": "'G' || n", "nir_index": "md5(n::text) || md5('i' || n)", "nia_index": "NULL", "email": "'g' || n || '@enclos.example'"},
    ),
    (Compte, 1, {"id": key(2), "personne_id": key(1), "genre": "'adherent'", "identifiant": "NULL"}),
    (Paiement, 3, {"id": "", "numero": "'G' || n || '-' || k", "personne_id": key(1), "date": f"({AT})::date"}),
    (Facture, 1, {"id": "", "numero": "'G' || n", "personne_id": key(1)}),
    (
        Envoi,
        1,
        {"id": key(3), "reference": "'G' || n", "personne_id": key(1), "compte_id": key(2), "submitted_at": AT, "accuse_reception_id": "NULL", "accuse_enregistrement_id": "NULL"},
    ),
    (
        Affaire,
        1,
        {"id": key(4), "reference": "'G' || n", "personne_id": key(1), "received_at": AT, "etat": "'traite'", "ended_at": AT, "taken_by_id": key(2)},
    ),
    (DocumentEnvoye, 1, {"id": "", "envoi_id": key(3), "affaire_id": key(4), "papier_id": "NULL"}),
    (Courriel, 1, {"id": "", "cle": "'G' || n", "created_at": AT, "next_at": "NULL", "kept_at": AT, "broken_at": "NULL"}),
    (Ligne, 1, {"id": "", "at": AT, "actor_id": f"{key(2)}::text", "object_id": f"{key(3)}::text"}),
)  # fmt: skip


def multiply(model: type[models.Model], each: int, changed: dict[str, str], first: int, last: int) -> None:
    """Copies the latest true row of a table `each` times for every number from `first` to `last`."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if changed.get(field.column) != ""]
    values = ", ".join(changed.get(column, f'm."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM (SELECT * FROM {table} ORDER BY {model._meta.pk.column} DESC LIMIT 1) m,"
            f" generate_series({first}, {last}) n, generate_series(1, {each}) k"
        )


if __name__ == "__main__":
    first, last = int(sys.argv[1]), int(sys.argv[2])
    for model, each, changed in TABLES:
        multiply(model, each, changed, first, last)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
