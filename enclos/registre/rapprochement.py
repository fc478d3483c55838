"""Whether somebody is who they say: what they tell and what they answer, against what the registry holds.

Read only: nothing told by a visitor is ever written in the registry. Nobody but the machine learns the outcome of one comparison
(`inscription`), and every candidate is compared, in constant time, so that an answer tells nothing of those it is compared with.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from enclos.registre.models import Personne
from enclos.socle import sealed
from enclos.socle.dates import add_months

# Words of a name that do not name anybody by themselves.
PARTICLES = frozenset(
    [
        "d",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "al",
        "ben",
        "ibn",
        "l",
        "la",
        "las",
        "le",
        "les",
        "los",
        "of",
        "op",
        "t",
        "te",
        "ten",
        "ter",
        "van",
        "vander",
        "vanden",
        "von",
        "y",
    ]
)
SHORT_FOR = {"st": "saint", "ste": "sainte"}
LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
SURE_LENGTH = 20  # a registry that cuts long names keeps at least so many letters
PAYMENT_MONTHS = 6
INVOICE_MONTHS = 12
# An amount below one euro has fewer values than tries could be made: it proves nothing.
LEAST_CENTS = 100
ADULT_YEARS = 16  # below, a child is attached to the account of a parent


class Question(StrEnum):
    """What is asked to prove who one is."""

    PAIEMENT = "paiement"
    VITALE = "vitale"
    FACTURE = "facture"


@dataclass(frozen=True)
class Declare:
    """What somebody says of themself."""

    nom_naissance: str
    prenoms: str
    date_naissance: date
    nom_usage: str = ""
    code_postal: str = ""


def words_of(name: str) -> list[str]:
    """« Lefèbvre-d’Hænens » → ["lefebvre", "d", "haenens"]: without accents, case, hyphens nor apostrophes."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(LETTERS)
    return [SHORT_FOR.get(word, word) for word in re.findall(r"[^\W_]+", plain)]


def same_name(told: str, known: str) -> bool:
    """Whether two writings are of one name: compound names may be told in part, or parted elsewhere (« De Lattre », « Delattre »)."""
    one, other = words_of(told), words_of(known)
    if not one or not other:
        return False
    glued, glued_known = "".join(one), "".join(other)
    if glued == glued_known:
        return True
    short, long = sorted((glued, glued_known), key=len)
    if len(short) >= SURE_LENGTH and long.startswith(short):
        return True
    shared = set(one) & set(other)
    if not (set(one) <= set(other) or set(other) <= set(one)):
        # « O’Briain » and « Ó Briain », but also « Briain »: glued and parted writings meet without their particles.
        return strip_particles(one) == strip_particles(other) != ""
    return any(word not in PARTICLES and len(word) > 1 for word in shared)


def strip_particles(words: Iterable[str]) -> str:
    return "".join(word for word in words if word not in PARTICLES)


def same_first_names(told: str, known: str) -> bool:
    """Whether one of the first names told is one of those known: people use the second, or join two that are parted."""
    return bool(spans_of(words_of(told)) & spans_of(words_of(known)))


def spans_of(words: Sequence[str]) -> set[str]:
    """["jean", "marie"] → {"jean", "marie", "jeanmarie"}."""
    ends = range(1, len(words) + 1)
    return {"".join(words[start:end]) for end in ends for start in range(end)}


def is_plausible(personne: Personne, told: Declare) -> bool:
    """Whether what was told is that person. What the registry does not know is not held against anybody.

    Birth and used names are compared crosswise: many people give one for the other.
    """
    told_names = [name for name in (told.nom_naissance, told.nom_usage) if name]
    known_names = [name for name in (personne.nom_naissance, personne.nom_usage) if name]
    name = any(same_name(one, other) for one in told_names for other in known_names)
    first_name = not personne.prenoms or same_first_names(told.prenoms, personne.prenoms)
    birth = personne.date_naissance is None or personne.date_naissance == told.date_naissance
    return name and first_name and birth


def is_child(personne: Personne, told_birth: date, today: date) -> bool:
    """Whether this person is too young for an account of their own."""
    birth = personne.date_naissance or told_birth
    return today < add_months(birth, 12 * ADULT_YEARS)


def asked_of(personne: Personne, question: Question) -> bool:
    """Whether this question is the one that the person's situation calls for.

    Whoever has a card is asked for its number: an amount, which a whole household reads, would be a weaker proof.
    """
    has_card = bool(personne.droits_sante_ouverts and personne.vitale_serie_sealed)
    return not (question == Question.PAIEMENT and has_card)


def is_answer(personne: Personne, question: Question, typed: str | int, today: date) -> bool:
    """Whether `typed` (cents, or a serial number) answers `question` for this person."""
    candidates = candidates_of(personne, question, today)
    given = told_as(typed)
    found = 0
    for candidate in candidates:
        found |= hmac.compare_digest(given, candidate)
    return bool(found) and asked_of(personne, question)


def candidates_of(personne: Personne, question: Question, today: date) -> list[bytes]:
    """Every right answer, each as long as the others."""
    if question == Question.VITALE:
        serial = serial_of(personne)
        return [told_as(serial)] if serial else []
    cents = map(in_cents, amounts_of(personne, question, today))
    return [told_as(amount) for amount in cents if amount >= LEAST_CENTS]


def amounts_of(personne: Personne, question: Question, today: date) -> list[Decimal]:
    """What was paid to this person, or by them, within the window."""
    if question == Question.PAIEMENT:
        since = add_months(today, -PAYMENT_MONTHS)
        return list(personne.paiements.filter(date__range=(since, today)).values_list("montant", flat=True))
    since = add_months(today, -INVOICE_MONTHS)
    return list(personne.factures.filter(payee_le__range=(since, today)).values_list("montant", flat=True))


def in_cents(amount: Decimal) -> int:
    return int(amount * 100)


def told_as(answer: str | int) -> bytes:
    """An answer in a form that all share, so that none is told apart by its length."""
    return (f"{answer:012d}" if isinstance(answer, int) else plain_serial(answer)).rjust(40).encode()


def plain_serial(text: str) -> str:
    """The serial number of a card, without spaces, dots nor case."""
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())[:40]


def serial_of(personne: Personne) -> str:
    """The serial number of the person's card; "" when the fund does not know it. Never log nor show it."""
    if not personne.vitale_serie_sealed:
        return ""
    sealed_serial = bytes(personne.vitale_serie_sealed)
    return plain_serial(sealed.unseal(sealed_serial, purpose="vitale", aad=personne.ref.encode()).decode())
