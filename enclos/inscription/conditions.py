"""The general conditions one accepts: their text, and what proves which one was accepted (standards §2.5.5)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string

from config.env import ENV
from enclos.caisses.models import Caisse

# The day the text was last written: to change when it changes.
VERSION = date(2026, 11, 22)


@dataclass(frozen=True)
class Conditions:
    """A text in one version, as it is shown by one fund."""

    version: str
    html: str

    @property
    def sha256(self) -> str:
        """The fingerprint of what was shown."""
        return hashlib.sha256(self.html.encode()).hexdigest()


def conditions_of(caisse: Caisse) -> Conditions:
    """The text in force: the body of « Modalités d’utilisation »."""
    html = render_to_string("inscription/conditions_texte.html", {"caisse": caisse, "env": ENV})
    return Conditions(VERSION.isoformat(), html)
