"""What a message should not hold: medical words, bank numbers. It gives advice before sending, and never prevents it.

The words are roots, compared without accents nor case at the start of a word. Those that people use all the time for something
else (« malade » of tiredness, « arrêt » of a payment) are not there: advice that comes at every message is read by nobody.
"""

import re
import unicodedata
from dataclasses import dataclass

from enclos.socle.iban import holds_iban

MEDICAL_ROOTS = (
    "ablation", "accouchement difficile", "alcoolis", "alzheimer", "anemie", "angoisse", "anorexi", "antidepresseur", "arret de travail pour",
    "arret maladie pour", "arthrose", "asthm", "autis", "avc", "bipolaire", "biopsie", "burn out", "burnout", "cancer", "cardiaque", "cardio",
    "certificat medical", "chimiotherapie", "chirurgi", "cirrhose", "coloscopie", "compte rendu medical", "compte rendu operatoire",
    "covid", "crise de nerfs", "depressi", "diabet", "diagnosti", "dialyse", "epileps", "fausse couche", "fracture", "grossesse pathologique",
    "hemorragi", "hepatite", "hernie", "hospitalis", "hypertension", "infarctus", "insuline", "irm", "ivg", "leucemie", "lombalgi", "maladie de",
    "mammographie", "medicament", "metastase", "migraine", "neurolog", "ordonnance", "parkinson", "patholog", "pneumoni", "prothese",
    "psychiatr", "psycholog", "psychotherap", "radiographie", "radiotherapie", "rhumatis", "schizophren", "sclerose", "scoliose", "seropositi",
    "suicid", "symptome", "tendinite", "toxicoman", "traitement medical", "transplant", "trisomi", "tuberculos", "tumeur", "ulcere", "vih",
)  # fmt: skip
# Whole words only: as roots they would be found everywhere.
WHOLE = {"avc", "irm", "ivg", "vih", "covid", "maladie de", "arret de travail pour", "arret maladie pour"}
# What begins like a root and is not medical, or is the name of something people write about every day.
HARMLESS = (
    "ordonnance du juge", "ordonnance du tribunal", "ordonnance de protection", "ordonnance de non conciliation", "ordonnance penale",
    "ordonnance d injonction", "fracture numerique", "maladie de la vigne", "maladie de mes betes", "maladie de mon troupeau", "autiste de",
    "diagnostic de performance", "diagnostic energetique", "diagnostic immobilier", "diagnostic de l exploitation", "diagnostic agricole",
    "ordonnances macron", "depression economique", "depression tropicale", "prothese agricole", "traitement de mon dossier", "assurance maladie de",
    "caisse d assurance maladie de", "carte d assurance maladie de",
)  # fmt: skip

# The French RIB: bank, branch, account, key, as printed on a cheque-book.
RIB = re.compile(r"(?<![0-9A-Z])([0-9]{5})[ .\-]?([0-9]{5})[ .\-]?([0-9A-Z]{11})[ .\-]?([0-9]{2})(?![0-9A-Z])")
CARD = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){12,18}(?![0-9])")
RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


@dataclass(frozen=True)
class Conseil:
    """One advice: a code, and what was found, for the screen of its writer alone."""

    code: str  # medical, banque
    mots: tuple[str, ...] = ()


def plain(texte: str) -> str:
    """Lower case, without accents; apostrophes, hyphens and line breaks are spaces."""
    decomposed = unicodedata.normalize("NFKD", texte.casefold())
    kept = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", " ", kept.replace("œ", "oe")).strip()


def pattern_of(root: str) -> str:
    return rf"\b{re.escape(root)}\b" if root in WHOLE else rf"\b{re.escape(root)}[a-z]*"


MEDICAL = re.compile("|".join(pattern_of(root) for root in sorted(MEDICAL_ROOTS, key=len, reverse=True)))
FALSE_ALARMS = re.compile("|".join(rf"\b{re.escape(words)}\b" for words in HARMLESS))


def medical_words(texte: str) -> tuple[str, ...]:
    """The medical words of a text, each once, as they sound without accents."""
    return tuple(dict.fromkeys(MEDICAL.findall(FALSE_ALARMS.sub(" ", plain(texte)))))


def has_bank_number(texte: str) -> bool:
    """Whether an IBAN, a RIB or a card number is written there, told from other numbers by its own check."""
    text = unicodedata.normalize("NFKC", texte).upper()
    return (
        holds_iban(text)
        or any(is_rib(*found.groups()) for found in RIB.finditer(text))
        or any(is_card(found[0]) for found in CARD.finditer(text))
    )


def is_rib(bank: str, branch: str, account: str, key: str) -> bool:
    """97 less (89 × bank + 15 × branch + 3 × account) modulo 97 is the key."""
    number = int(account.translate(RIB_LETTERS))
    return 97 - (89 * int(bank) + 15 * int(branch) + 3 * number) % 97 == int(key)


def is_card(text: str) -> bool:
    """Luhn's sum, on the lengths and first digits that cards have: a NIR, a SIRET or a telephone number are none."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if (
        len(digits) not in {15, 16}
        or digits[0] not in {3, 4, 5, 6}
        or (len(digits) == 15 and digits[:2] not in ([3, 4], [3, 7]))
    ):
        return False
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def advice_on(texte: str) -> list[Conseil]:
    """What to tell before sending; empty most of the time."""
    found = []
    if words := medical_words(texte):
        found.append(Conseil("medical", words))
    if has_bank_number(texte):
        found.append(Conseil("banque"))
    return found
