"""The same data for eyes: plain pages that open without a network, without a script, from any disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from enclos.accueil.donnees.schema import LIBELLES
from enclos.socle.dates import jour, moment

TITRES = {
    "registre": "Ce que la caisse sait de moi",
    "compte": "Mon compte en ligne",
    "preferences": "Mes préférences",
    "inscriptions": "Mes inscriptions",
    "envois": "Mes envois",
    "messages": "Mes messages",
    "demandes": "Les papiers demandés",
    "suivi": "Ce qui est suivi par un agent",
    "courriels": "Les courriels reçus",
    "textos": "Les SMS reçus",
    "lettres": "Les lettres reçues",
    "notes": "Les notes des agents",
    "journal": "Le journal : qui a fait quoi",
}


@dataclass(frozen=True)
class Section:
    """A part of the first page."""

    cle: str
    titre: str
    texte: str
    corps: SafeString


def section(cle: str, texte: str, part: Any) -> Section:
    return Section(cle, TITRES[cle], texte, drawn(part) or format_html("<p>{}</p>", "Rien."))


def page(titre: str, texte: str, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """A page of its own, a row at a time: these lists may be long."""
    before, after = render_to_string("accueil/donnees/page.html", {"titre": titre, "texte": texte}).split(
        "<!-- lignes -->"
    )
    yield before.encode()
    is_empty = True
    for row in rows:
        is_empty = False
        yield format_html("<section>{}</section>\n", drawn(row)).encode()
    yield ("<p>Rien.</p>" if is_empty else "").encode() + after.encode()


def drawn(value: Any) -> SafeString:
    """A value as HTML: a list of facts, a list, or text."""
    if isinstance(value, dict):
        facts = ((label(key), drawn(item)) for key, item in value.items())
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", facts)) if value else nothing()
    if isinstance(value, list | tuple):
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((drawn(item),) for item in value))) \
            if value else nothing()  # fmt: skip
    return format_html("{}", text(value))


def nothing() -> SafeString:
    return format_html("{}", "rien")


def label(key: str) -> str:
    return LIBELLES.get(key, key)


def text(value: Any) -> str:
    """As people write it."""
    match value:
        case None | "":
            return "—"
        case True:
            return "oui"
        case False:
            return "non"
        case datetime():
            return moment(value)
        case date():
            return jour(value)
        case Decimal():
            return str(value).replace(".", ",")
    return str(value)
