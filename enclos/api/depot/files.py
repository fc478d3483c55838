"""What a file of the drop is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

from enclos.api.depot.cells import Reader

type Cell = str | bytes | None
type Row = list[Cell]

# What comes before the values of a row: the line, which is also the order; what is asked; what to show of a key that could not
# be staged; what is wrong.
LEAD = ("ligne", "op", "cle", "colonne", "motif")


@dataclass(frozen=True)
class Colonne:
    """A column of the contract and how its cells are read."""

    nom: str
    read: Reader
    # Field of the model it fills, when it has another name; "" when `build` alone knows what becomes of it.
    field: str | None = None

    @property
    def attname(self) -> str:
        return self.nom if self.field is None else self.field


class Fautes(ValueError):
    """What is wrong with a row: pairs of a column and a phrase."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


@dataclass(frozen=True, kw_only=True)
class FichierDepot:
    """A file of the drop: where its rows go, what finds them again, and its columns after `op`."""

    nom: str
    model: type[Model]
    key: tuple[str, ...]  # columns
    colonnes: tuple[Colonne, ...]
    # Columns that hold the `ref` of a person, and the field of the model that points to that person.
    references: tuple[tuple[str, str], ...] = ()
    # From the values of the columns to those of `staged`; None when they are the same. Raises `Fautes`.
    build: Callable[[list[str | None]], Row] | None = None
    built: tuple[str, ...] = ()  # the fields `build` gives, in order
    beside: tuple[str, ...] = ()  # columns of text that no field of the model holds

    @property
    def header(self) -> tuple[str, ...]:
        return ("op", *(colonne.nom for colonne in self.colonnes))

    @property
    def staged(self) -> tuple[str, ...]:
        """The columns of the staging table that hold values: fields of the model, and references still to be resolved."""
        return self.built or tuple(colonne.attname for colonne in self.colonnes)

    @property
    def reference_columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.references)

    @property
    def value_fields(self) -> tuple[str, ...]:
        """The fields of the model that are copied as staged."""
        return tuple(name for name in self.staged if name not in self.reference_columns)

    @property
    def label(self) -> str:
        return self.nom.removesuffix(".csv")
