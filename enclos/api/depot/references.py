"""What is wrong with a row because of the others: found by sets, written next to the row as its reason."""

# ruff: noqa: S608  (names come from the declarations of this package, values are parameters)

from enclos.api.depot.files import FichierDepot
from enclos.api.depot.staging import Staging, execute
from enclos.registre.models import Personne

PERSONNE = Personne._meta.db_table


def refuse_duplicates(staging: Staging, fichier: FichierDepot) -> None:
    """Of several rows with one key, the first stands; the others lose their key, so that nothing refers to them."""
    table, key = staging.table(fichier), ", ".join(fichier.key)
    execute(f"""
        UPDATE {table} SET cle = {key_text(fichier, table)}, colonne = '{"|".join(fichier.key)}',
            motif = 'Cette clé figure déjà à la ligne ' || d.gardee || '.', {", ".join(f"{name} = NULL" for name in fichier.key)}
        FROM (SELECT {key}, min(ligne) AS gardee FROM {table}
              WHERE {" AND ".join(f"{name} IS NOT NULL" for name in fichier.key)} GROUP BY {key} HAVING count(*) > 1) d
        WHERE {" AND ".join(f"{table}.{name} = d.{name}" for name in fichier.key)} AND {table}.ligne <> d.gardee
    """)


def refuse_shared_numbers(staging: Staging, personnes: FichierDepot) -> None:
    """No two open persons with one NIR (or one waiting number), whether in the drop or already here.

    Who bears the number here keeps it; else the first line does. A number may pass from one person to another when the row that
    takes it from the first is accepted: a refusal may thus lead to others, hence the loop, which ends for want of rows.
    """
    for number in ("nir", "nia"):
        refuse_shared_in_drop(staging, personnes, number)
    while refuse_taken(staging, personnes, "nir") or refuse_taken(staging, personnes, "nia"):
        pass


def refuse_shared_in_drop(staging: Staging, personnes: FichierDepot, number: str) -> None:
    table, index = staging.table(personnes), f"{number}_index"
    execute(f"""
        UPDATE {table} SET colonne = '{number}', motif = 'Ce {number.upper()} est aussi celui de la ligne ' || d.gardee || '.'
        FROM (
            SELECT s.ligne, first_value(s.ligne) OVER (
                PARTITION BY s.{index} ORDER BY CASE WHEN m.ref = s.ref THEN 0 ELSE 1 END, s.ligne) AS gardee
            FROM {table} s LEFT JOIN {PERSONNE} m ON m.{index} = s.{index} AND m.closed_at IS NULL
            WHERE s.motif = '' AND s.op = '+' AND s.{index} IN (
                SELECT {index} FROM {table} WHERE motif = '' AND op = '+' AND {index} IS NOT NULL
                GROUP BY {index} HAVING count(*) > 1)
        ) d
        WHERE {table}.ligne = d.ligne AND d.gardee <> d.ligne
    """)


def refuse_taken(staging: Staging, personnes: FichierDepot, number: str) -> bool:
    """Refuse the rows whose number stays somebody else's once the drop is in; whether there were any."""
    table, index = staging.table(personnes), f"{number}_index"
    refused = execute(f"""
        UPDATE {table} SET colonne = '{number}', motif = 'Ce {number.upper()} est déjà celui d’une autre personne du registre.'
        FROM (
            SELECT s.ligne FROM {table} s
            JOIN {PERSONNE} m ON m.{index} = s.{index} AND m.closed_at IS NULL AND m.ref <> s.ref
            LEFT JOIN {table} t ON t.ref = m.ref AND t.motif = '' AND (t.op = '-' OR t.{index} {staging.differs} s.{index})
            WHERE s.motif = '' AND s.op = '+' AND t.ligne IS NULL
        ) d
        WHERE {table}.ligne = d.ligne
    """)
    return refused > 0


def refuse_orphans(staging: Staging, fichier: FichierDepot, personnes: FichierDepot) -> None:
    """Refuse the rows that name a person who will not be there: unknown, withdrawn, or whose own row is rejected."""
    table, people = staging.table(fichier), staging.table(personnes)
    for column in fichier.reference_columns:
        execute(f"""
            UPDATE {table} SET colonne = '{column}', motif = d.motif
            FROM (
                SELECT s.ligne, CASE
                    WHEN t.motif <> '' THEN 'La personne est rejetée : {personnes.nom}, ligne ' || t.ligne || '.'
                    WHEN t.op = '-' THEN 'La personne est retirée par ce dépôt : {personnes.nom}, ligne ' || t.ligne || '.'
                    ELSE 'Personne inconnue.' END AS motif
                FROM {table} s LEFT JOIN {people} t ON t.ref = s.{column} LEFT JOIN {PERSONNE} m ON m.ref = s.{column}
                WHERE s.motif = '' AND s.op = '+' AND s.{column} IS NOT NULL
                  AND (t.motif <> '' OR t.op = '-' OR (t.ligne IS NULL AND m.id IS NULL))
            ) d
            WHERE {table}.ligne = d.ligne
        """)


def key_text(fichier: FichierDepot, table: str) -> str:
    """SQL for a key as reports show it, composite ones joined by `|`."""
    return " || '|' || ".join(f"{table}.{name}" for name in fichier.key)
