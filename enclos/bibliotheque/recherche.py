"""What one looks for, and where: words without accents nor capitals, found by their beginning.

The words of a document stand in one text, each after a space: « " releve cotisations 2024 mars" ». A word that begins as the one typed
is then a `LIKE '% word%'`, the same on both databases, over one person's rows alone.
"""

import re
import unicodedata
from datetime import date

from enclos.socle.dates import MOIS

LONGEST = 500  # signs: with the rest of its key it must hold in a page of an index
WORDS_MAX = 6
WORD_LONGEST = 40
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})


def plain(text: str) -> str:
    """« Relevé d’Œuvre » is « releve d oeuvre »."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return NOT_A_WORD.sub(" ", "".join(sign for sign in folded if not unicodedata.combining(sign))).strip()


def words_of(*texts: str, day: date) -> str:
    """The words of a document, each once and after a space; the latest ones go when they are too many."""
    dated = f"{day.year} {MOIS[day.month - 1]} {day:%d%m%Y} {day.day}"
    words = dict.fromkeys(word for text in (dated, *texts) for word in plain(text).split())
    kept = ""
    for word in words:
        if len(kept) + 1 + len(word) > LONGEST:
            break
        kept += f" {word}"
    return kept


def wanted(typed: str) -> list[str]:
    """What to look for, from what was typed: the first words, once each."""
    return list(dict.fromkeys(word[:WORD_LONGEST] for word in plain(typed[:300]).split()))[:WORDS_MAX]
