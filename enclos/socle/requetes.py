"""A query written once.

Django writes the SQL of a query again each time it is asked, and for a wide row this takes longer than the database takes to
answer. What every page asks (the session with its account and person, the draft being filled) keeps its SQL: same rows, same
objects, a third of the time.

    SESSION = Written(Session.objects.select_related("compte__personne").filter(pk=Slot(Session, "pk")))
    SESSION.first(pk="…")
"""

from collections.abc import Iterator
from copy import copy
from types import SimpleNamespace
from typing import Any

from django.db import connections, models
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler


class Slot(Expression):
    """The place of a value that is given when the query is asked, under the name `name` (the field's own by default)."""

    def __init__(self, model: type[models.Model], field: str, name: str = "") -> None:
        found = model._meta.pk if field == "pk" else model._meta.get_field(field)
        assert isinstance(found, models.Field)
        super().__init__(output_field=found)
        self.name = name or field

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def value_in(self, values: dict[str, Any], connection: Any) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection=connection, prepared=False)


class Written[M: models.Model]:
    """A queryset whose SQL is kept, by kind of database. It may join (`select_related`); it prefetches nothing."""

    def __init__(self, queryset: models.QuerySet[M]) -> None:
        self.queryset = queryset
        self.compilers: dict[str, tuple[SQLCompiler, str, tuple[Any, ...], Any]] = {}

    def __call__(self, **values: Any) -> Iterator[M]:
        """Ask, with a value for each slot."""
        connection = connections[self.queryset.db]
        written, sql, places, converters = self.compilers.get(connection.vendor) or self.write(connection)
        params = [place.value_in(values, connection) if isinstance(place, Slot) else place for place in places]
        # What the compiler learnt while writing serves for reading the rows; the connection is the thread's own.
        compiler: Any = copy(written)
        compiler.connection = connection
        compiler.as_sql = lambda: (sql, params)
        compiler.get_converters = lambda columns: converters
        query: Any = SimpleNamespace(get_compiler=lambda using: compiler)
        return iter(ModelIterable(models.QuerySet(self.queryset.model, query, using=self.queryset.db)))

    def write(self, connection: Any) -> tuple[SQLCompiler, str, tuple[Any, ...], Any]:
        # A copy for each thread that comes first: writing the SQL writes in the query too.
        compiler = self.queryset.query.chain().get_compiler(using=self.queryset.db)
        sql, places = compiler.as_sql()
        columns = [column for column, _, _ in compiler.select[: compiler.col_count]]
        kept = compiler, sql, places, compiler.get_converters(columns)
        self.compilers[connection.vendor] = kept
        return kept

    def first(self, **values: Any) -> M | None:
        """The first row, or None."""
        return next(self(**values), None)


def give(obj: models.Model, relation: str, rows: list[Any]) -> None:
    """What `obj.<relation>.all()` answers from now on without asking, as after `prefetch_related`."""
    related = getattr(obj, relation).all()
    related._result_cache = rows
    related._prefetch_done = True
    vars(obj).setdefault("_prefetched_objects_cache", {})[relation] = related


def walk[M: models.Model](rows: models.QuerySet[M], *, size: int = 500) -> Iterator[M]:
    """Every row in the order of keys, by batches: what a sweep tells once, however many there are.

    A sweep that took the first five hundred of those it has told already would never come to the next.
    """
    ordered, last = rows.order_by("pk"), None
    while batch := list((ordered if last is None else ordered.filter(pk__gt=last))[:size]):
        yield from batch
        last = batch[-1].pk
