"""What reconciliation prints: one line for each thing counted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Constat:
    """A figure; `is_fault` when anything but zero means a promise that nobody keeps."""

    libelle: str
    nombre: int
    is_fault: bool

    @property
    def is_alarming(self) -> bool:
        return self.is_fault and self.nombre > 0
