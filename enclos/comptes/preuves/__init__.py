"""A fresh proof before a sensitive act: one mechanism for the whole portal."""

from enclos.comptes.preuves.access import preuve_fraiche

__all__ = ["preuve_fraiche"]
