"""The staging tables: where the rows of a drop wait, seen by this connection alone and gone with it.

They live in the database itself, so that rows can be compared by sets with those already there, and on its disk, so that memory
does not grow with the drop. They hold no NIR: numbers are sealed before they come here.
"""

# ruff: noqa: S608  (names come from the declarations of this package, values are parameters)

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import batched
from typing import Any

from django.db import connection, models, transaction

from enclos.api.depot.files import LEAD, FichierDepot, Row

BATCH = 1000


class Staging(ABC):
    """The staging tables of one run, in the words of one database."""

    differs: str  # « is distinct from », for values and for rows
    line_type: str

    @abstractmethod
    def load(self, fichier: FichierDepot, rows: Iterable[Row]) -> None:
        """Put `rows` (the lead columns, then the staged values) in the table of the file."""

    @abstractmethod
    def analyse(self, table: str) -> None:
        """Tell the planner what a table of ours holds: nothing else does it for temporary tables."""

    @abstractmethod
    def written(self, fichier: FichierDepot) -> None:
        """The table of the portal was written to: let its planner know before members come."""

    @staticmethod
    def table(fichier: FichierDepot) -> str:
        return f"depot_{fichier.label}"

    @staticmethod
    def plan(fichier: FichierDepot) -> str:
        return f"plan_{fichier.label}"

    def create(self, fichier: FichierDepot) -> None:
        """An empty table for the file, whose columns have the types of the model."""
        columns = [f"ligne {self.line_type}", "op varchar(1)", "cle text", "colonne text", "motif text"]
        columns += [f"{name} {column_type(fichier, name)}" for name in fichier.staged]
        execute(f"DROP TABLE IF EXISTS {self.table(fichier)}")
        execute(f"CREATE TEMPORARY TABLE {self.table(fichier)} ({', '.join(columns)})")

    def drop(self, fichiers: Iterable[FichierDepot]) -> None:
        """Give the space back; the tables of a run that failed go with its connection, or at the next one."""
        for fichier in fichiers:
            execute(f"DROP TABLE IF EXISTS {self.table(fichier)}")
            execute(f"DROP TABLE IF EXISTS {self.plan(fichier)}")

    def refused(self, fichier: FichierDepot) -> int:
        """How many rows of the file are rejected."""
        count: int = rows_of(f"SELECT count(*) FROM {self.table(fichier)} WHERE motif <> ''")[0][0]
        return count

    def index(self, fichier: FichierDepot) -> None:
        """Once loaded, find rows by their key and by their line."""
        execute(f"CREATE INDEX cle_{fichier.label} ON {self.table(fichier)} ({', '.join(fichier.key)})")
        self.analyse(self.table(fichier))


class SqliteStaging(Staging):
    differs = "IS NOT"
    line_type = "integer PRIMARY KEY"

    def load(self, fichier: FichierDepot, rows: Iterable[Row]) -> None:
        marks = ", ".join(["%s"] * (len(LEAD) + len(fichier.staged)))
        insert = f"INSERT INTO {self.table(fichier)} VALUES ({marks})"
        with connection.cursor() as cursor:
            # A savepoint of our own: outside a transaction it starts one that locks only the temporary tables it writes,
            # while `atomic` would keep every other writer out for as long as the file is read.
            cursor.execute("SAVEPOINT lecture")
            try:
                for batch in batched(rows, BATCH):
                    cursor.executemany(insert, batch)
            except BaseException:
                cursor.execute("ROLLBACK TO lecture")
                raise
            finally:
                cursor.execute("RELEASE lecture")

    def analyse(self, table: str) -> None:
        """Not needed: with one index a table, there is nothing to choose."""

    def written(self, fichier: FichierDepot) -> None:
        """Not needed either: each query of the portal has its index."""


class PostgresStaging(Staging):
    differs = "IS DISTINCT FROM"
    line_type = "bigint"  # indexed once loaded
    UNKNOWN = "\x01"  # stands for NULL: no cell may hold a control character

    def load(self, fichier: FichierDepot, rows: Iterable[Row]) -> None:
        blobs = [len(LEAD) + position for position, name in enumerate(fichier.staged) if name.endswith("_sealed")]
        with transaction.atomic(), connection.cursor() as cursor:
            copying = cursor.copy(f"COPY {self.table(fichier)} FROM STDIN WITH (NULL E'\\x01')")
            with copying as copy:
                for batch in batched(rows, BATCH):
                    copy.write("".join([self.line(row, blobs) for row in batch]))

    def line(self, row: Row, blobs: list[int]) -> str:
        """A row as COPY reads it. Cells hold neither tab nor line break: the backslash alone is to be doubled."""
        for position in blobs:
            if isinstance(value := row[position], bytes):
                row[position] = "\\x" + value.hex()
        unknown = self.UNKNOWN
        return "\t".join([unknown if value is None else value for value in row]).replace("\\", "\\\\") + "\n"  # type: ignore[misc]

    def index(self, fichier: FichierDepot) -> None:
        # Keys are joined by hashing: an index on them would only cost.
        execute(f"CREATE UNIQUE INDEX ligne_{fichier.label} ON {self.table(fichier)} (ligne)")
        self.analyse(self.table(fichier))

    def written(self, fichier: FichierDepot) -> None:
        # Automatic statistics come a minute later: until then a million new rows would be read one by one.
        execute(f"ANALYZE {fichier.model._meta.db_table}")

    def analyse(self, table: str) -> None:
        # A small sample tells whether to hash or to loop, which is all there is to know.
        with transaction.atomic():
            execute("SET LOCAL default_statistics_target = 10")
            execute(f"ANALYZE {table}")


@contextmanager
def staging() -> Iterator[Staging]:
    """The staging of this database, for the time of a run."""
    if connection.vendor == "postgresql":
        # Each statement is short and sees many rows: compiling it would cost more than running it.
        execute("SET jit = off")
        try:
            yield PostgresStaging()
        finally:
            if connection.is_usable():
                execute("RESET jit")
        return
    # On disk rather than in memory, whatever the portal does of its own temporary tables; a larger cache and rarer checkpoints,
    # since a bulk write comes back to the same index pages. SQLite refuses the first inside a transaction, where only tests are.
    wanted = {"cache_size": "-24000", "wal_autocheckpoint": "10000"}
    if not connection.in_atomic_block:
        wanted["temp_store"] = "FILE"
    with connection.cursor() as cursor:
        usual = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
        try:
            for name, value in wanted.items():
                cursor.execute(f"PRAGMA {name}={value}")
            yield SqliteStaging()
        finally:
            for name, value in usual.items():
                cursor.execute(f"PRAGMA {name}={value}")


def column_type(fichier: FichierDepot, name: str) -> str:
    """The type of a staged column: the model's, or that of a person's `ref`."""
    if name in fichier.reference_columns:
        return "varchar(40)"
    if name in fichier.beside:
        return "text"
    kind = field_of(fichier.model, name).db_type(connection)
    assert kind is not None
    return kind


def field_of(model: type[models.Model], attname: str) -> "models.Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def execute(sql: str, params: tuple[str | int, ...] = ()) -> int:
    """Run one statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        touched: int = cursor.rowcount
        return touched


def rows_of(sql: str, params: tuple[str | int, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
