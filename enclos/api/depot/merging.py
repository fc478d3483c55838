"""What each row would change, then changing it.

A plan is a temporary table: line, row aimed at, and what becomes of it. Carried out in batches, each its own short transaction, so
that members go on working while a million rows come in. A run cut in the middle leaves whole rows, some new and some old; the
next run compares again and does the rest.
"""

# ruff: noqa: S608  (names come from the declarations of this package, values are parameters)

from collections.abc import Iterator

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from enclos.api.depot.files import FichierDepot
from enclos.api.depot.staging import Staging, execute, rows_of
from enclos.registre.models import NomAppris, Personne

BATCH_LINES = 10_000
IN_BATCH = "x.ligne BETWEEN %s AND %s"
NOUVEAU, CHANGE, INCHANGE, FERME, SUPPRIME = "nouveau", "change", "inchange", "ferme", "supprime"


def plan_personnes(staging: Staging, personnes: FichierDepot) -> dict[str, int]:
    """Compare people by the digest of their row (sealed values never compare). Returns how many rows meet each fate."""
    moved = " OR ".join(f"m.{index} {staging.differs} s.{index}" for index in ("nir_index", "nia_index"))
    return make_plan(
        staging,
        personnes,
        f"""
        SELECT s.ligne, m.id AS cible, m.id IS NOT NULL AND s.op = '+' AND ({moved}) AS bouge, CASE
            WHEN s.op = '-' AND m.id IS NULL THEN '{INCHANGE}'
            WHEN s.op = '-' AND NOT ({held("m.id")}) THEN '{SUPPRIME}'
            WHEN s.op = '-' AND m.closed_at IS NULL THEN '{FERME}'
            WHEN s.op = '-' THEN '{INCHANGE}'
            WHEN m.id IS NULL THEN '{NOUVEAU}'
            WHEN m.row_digest = s.row_digest AND m.closed_at IS NULL THEN '{INCHANGE}'
            ELSE '{CHANGE}' END AS sort
        FROM {staging.table(personnes)} s LEFT JOIN {Personne._meta.db_table} m ON m.ref = s.ref
        WHERE s.motif = ''
        """,
    )


def held(person: str) -> str:
    """SQL that says whether something keeps a person from being deleted: any row that points to them with `PROTECT`.

    So an app that needs its persons says so where Django wants it said, and nowhere else.
    """
    tests = [
        f"EXISTS (SELECT 1 FROM {relation.related_model._meta.db_table} h WHERE h.{relation.field.column} = {person})"
        for relation in Personne._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete in {models.PROTECT, models.RESTRICT}
    ]
    return " OR ".join(tests) or "1 = 0"


def plan_rows(staging: Staging, fichier: FichierDepot) -> dict[str, int]:
    """Compare the rows of a file that belong to people. Returns how many meet each fate."""
    people = [f"p_{column}" for column, _ in fichier.references]
    joins = [
        f"LEFT JOIN {Personne._meta.db_table} {alias} ON {alias}.ref = s.{column}"
        for alias, (column, _) in zip(people, fichier.references, strict=True)
    ]
    pairs = [(f"m.{name}", f"s.{name}") for name in fichier.value_fields]
    pairs += [(f"m.{field}", f"{alias}.id") for alias, (_, field) in zip(people, fichier.references, strict=True)]
    resolved = "".join(f", {alias}.id AS {field}" for alias, (_, field) in zip(people, fichier.references, strict=True))
    # In a dry run a person of this drop is not there yet: a row that will point to them does change.
    awaited = " OR ".join(
        f"(s.{column} IS NOT NULL AND {alias}.id IS NULL)"
        for alias, (column, _) in zip(people, fichier.references, strict=True)
    )
    return make_plan(
        staging,
        fichier,
        f"""
        SELECT s.ligne, m.id AS cible{resolved}, CASE
            WHEN s.op = '-' THEN CASE WHEN m.id IS NULL THEN '{INCHANGE}' ELSE '{SUPPRIME}' END
            WHEN m.id IS NULL THEN '{NOUVEAU}'
            WHEN ({", ".join(one for one, _ in pairs)}) {staging.differs} ({", ".join(other for _, other in pairs)}) THEN '{CHANGE}'
            WHEN {awaited} THEN '{CHANGE}'
            ELSE '{INCHANGE}' END AS sort
        FROM {staging.table(fichier)} s {" ".join(joins)}
        LEFT JOIN {fichier.model._meta.db_table} m ON {" AND ".join(f"m.{field} = {value}" for field, value in key_of(fichier))}
        WHERE s.motif = ''
        """,
    )


def key_of(fichier: FichierDepot) -> list[tuple[str, str]]:
    """The fields of the model that make the key, with the staged or resolved value of each."""
    fields = dict(fichier.references)
    return [(fields[name], f"p_{name}.id") if name in fields else (name, f"s.{name}") for name in fichier.key]


def make_plan(staging: Staging, fichier: FichierDepot, select: str) -> dict[str, int]:
    plan = staging.plan(fichier)
    execute(f"DROP TABLE IF EXISTS {plan}")
    execute(f"CREATE TEMPORARY TABLE {plan} AS {select}")
    execute(f"CREATE UNIQUE INDEX ligne_{plan} ON {plan} (ligne)")
    staging.analyse(plan)
    return {str(fate): count for fate, count in rows_of(f"SELECT sort, count(*) FROM {plan} GROUP BY sort")}


def merge_personnes(staging: Staging, personnes: FichierDepot) -> None:
    """Close and delete first, since that frees numbers; then those whose number changes, together; then the others."""
    plan = staging.plan(personnes)
    for fate, leave in ((FERME, close), (SUPPRIME, delete_or_close)):
        while targets := rows_of(f"SELECT ligne, cible FROM {plan} WHERE sort = '{fate}' ORDER BY ligne LIMIT 500"):
            leave([target for _, target in targets])
            execute(f"DELETE FROM {plan} WHERE sort = '{fate}' AND ligne <= %s", (targets[-1][0],))
    moved = f"x.sort = '{CHANGE}' AND x.bouge"
    with transaction.atomic():
        # Two persons may exchange their numbers: nobody has one until everybody takes theirs.
        execute(f"""
            UPDATE {Personne._meta.db_table} SET nir_index = NULL, nia_index = NULL
            WHERE id IN (SELECT x.cible FROM {plan} x WHERE {moved})
        """)
        execute(update(staging, personnes, where=moved))
    for bounds in batches(plan):
        with transaction.atomic():
            execute(update(staging, personnes, where=f"NOT x.bouge AND {IN_BATCH}"), bounds)
            execute(insert(staging, personnes), bounds)


def names_of_plan(staging: Staging, personnes: FichierDepot, most: int) -> list[str]:
    """Names of the people written by this run that the vocabulary of the search has not, `most` of them at most."""
    names: list[str] = []
    for column in ("nom_naissance", "nom_usage"):
        found = rows_of(
            f"""SELECT DISTINCT s.{column} FROM {staging.plan(personnes)} x JOIN {staging.table(personnes)} s ON s.ligne = x.ligne
            WHERE x.sort IN ('{NOUVEAU}', '{CHANGE}') AND s.{column} <> ''
            AND NOT EXISTS (SELECT 1 FROM {NomAppris._meta.db_table} n WHERE n.nom = s.{column})
            LIMIT {most}"""
        )
        names += [name for (name,) in found]
    return names[:most]


def close(targets: list[str]) -> None:
    """The person leaves the registry but stays as long as something points to them; a later row opens them again."""
    Personne.objects.filter(pk__in=targets).update(closed_at=timezone.now(), row_digest="")


def delete_or_close(targets: list[str]) -> None:
    for target in targets:
        try:
            with transaction.atomic():
                Personne.objects.filter(pk=target).delete()
        except (models.ProtectedError, models.RestrictedError, IntegrityError):
            close([target])  # an account was opened since the plan was made


def merge_rows(staging: Staging, fichier: FichierDepot) -> None:
    """Delete, then insert or update, the rows of a file that belong to people."""
    plan = staging.plan(fichier)
    for bounds in batches(plan):
        with transaction.atomic():
            execute(
                f"""DELETE FROM {fichier.model._meta.db_table}
                WHERE id IN (SELECT x.cible FROM {plan} x WHERE x.sort = '{SUPPRIME}' AND {IN_BATCH})""",
                bounds,
            )
            execute(update(staging, fichier, where=IN_BATCH), bounds)
            execute(insert(staging, fichier), bounds)


def values_of(fichier: FichierDepot) -> dict[str, str]:
    """For each field of the model, SQL for its new value: in the staged row `s`, or resolved in the plan `x`."""
    resolved = {field: f"x.{field}" for _, field in fichier.references}
    return {name: f"s.{name}" for name in fichier.value_fields} | resolved


def insert(staging: Staging, fichier: FichierDepot) -> str:
    """SQL that adds the new rows of a batch. Not an upsert: nobody else writes here, and an upsert costs half as much again."""
    values = values_of(fichier)
    return f"""
        INSERT INTO {fichier.model._meta.db_table} ({", ".join(values)})
        SELECT {", ".join(values.values())} FROM {staging.plan(fichier)} x JOIN {staging.table(fichier)} s ON s.ligne = x.ligne
        WHERE x.sort = '{NOUVEAU}' AND {IN_BATCH}
    """


def update(staging: Staging, fichier: FichierDepot, *, where: str) -> str:
    """SQL that changes the rows that differ and meet `where`; a person who was closed is open again."""
    table = fichier.model._meta.db_table
    values = {name: value for name, value in values_of(fichier).items() if name != "id"}
    if fichier.model is Personne:
        values["closed_at"] = "NULL"
    return f"""
        UPDATE {table} SET {", ".join(f"{name} = {value}" for name, value in values.items())}
        FROM {staging.plan(fichier)} x JOIN {staging.table(fichier)} s ON s.ligne = x.ligne
        WHERE {table}.id = x.cible AND x.sort = '{CHANGE}' AND {where}
    """


def batches(plan: str) -> Iterator[tuple[int, int]]:
    """Bounds of lines that hold about `BATCH_LINES` rows to write each."""
    last = 0
    while True:
        found = rows_of(
            f"""SELECT min(ligne), max(ligne) FROM (
                SELECT ligne FROM {plan} WHERE ligne > %s AND sort <> '{INCHANGE}' ORDER BY ligne LIMIT {BATCH_LINES}) AS lot""",
            (last,),
        )
        first, last = found[0]
        if first is None:
            return
        yield first, last
