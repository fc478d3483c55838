"""What a password must be (standards, D1): eight signs of four kinds as the leaflet says, or a phrase of fifteen signs.

Refused besides: what everybody chooses, and what is known of the member or of the fund. The reason is said, in a sentence for the
screen. `regles-mot-de-passe.js` ticks the same rules while one types; only this module decides.
"""

import gzip
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation

from config.env import ENV
from enclos.comptes.models import Compte, normalised
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.mots_de_passe.departements import department_of
from enclos.comptes.mots_de_passe.fuites import has_leaked
from enclos.registre.models import Personne

logger = logging.getLogger(__name__)

SHORT = 8  # signs, with the four kinds
LONG = 15  # signs, without any other rule
MOST_BYTES = 128  # looked at before anything is computed
FEWEST_DIFFERENT = 5
# Of the organisation, whatever the fund; the words of its name come besides.
HOUSE_WORDS = ("msa", "espaceprive", "enclos", "mutualite", "agricole", "motdepasse", "password")
IN_EVERY_NAME = {"caisse", "mutualite", "sociale", "agricole", "pas", "des", "les", "sur", "aux"}
LEET = str.maketrans("013457@$€", "oieastase")
KEYS = (
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "01234567890123456789",
)
ROWS = (*KEYS, *(row[::-1] for row in KEYS))
RUN = 4  # signs in a row
MOST_IN_ROWS = 0.6
NIR_FRAGMENT = 5  # digits in a row


@dataclass(frozen=True)
class Regle:
    """One line of the list on the screen; `code` is what the script knows it by."""

    code: str
    phrase: str
    detail: str = ""  # read on the list alone

    @property
    def ligne(self) -> str:
        return self.phrase + self.detail


COURTE = (
    Regle("longueur", "8 signes au moins"),
    Regle("minuscule", "une lettre minuscule"),
    Regle("majuscule", "une lettre majuscule"),
    Regle("chiffre", "un chiffre"),
    Regle("special", "un caractère spécial", " : un point, un tiret, une virgule, ! ou une espace"),
)
LONGUE = Regle("phrase", "une phrase de 15 signes au moins")


def allows_short() -> bool:
    """Whether the leaflet's shape is accepted here (`ENCLOS_PASSWORD_SHAPES`)."""
    return ENV.password_shapes == "8-ou-15"


def faults(password: str, *, compte: Compte | None = None, personne: Personne | None = None) -> list[str]:
    """What is wrong with a password that somebody chooses, in sentences for the screen; empty when it is a good one."""
    if len(password) > 4 * MOST_BYTES:  # to put the accents of a text in order takes the square of its length
        return [TOO_LONG]
    password = normalised(password) or ""
    personne = personne or (compte.personne if compte else None)
    return list(found(password, compte, personne))


TOO_LONG = "Ce mot de passe est trop long : 128 signes au plus, et une lettre accentuée compte pour deux."


def found(password: str, compte: Compte | None, personne: Personne | None) -> Iterator[str]:
    if len(password.encode()) > MOST_BYTES:
        yield TOO_LONG
        return
    if any(unicodedata.category(sign).startswith("C") for sign in password):
        yield "Ce mot de passe contient un signe invisible : vous ne pourriez pas le retaper. Enlevez-le."
        return
    shape = fault_of_shape(password)
    if shape:
        yield shape
    if provisoires.read(password):
        yield "Ce mot de passe ressemble à un mot de passe provisoire. Choisissez-en un autre."
    elif not shape and is_common(password):  # said once it is long enough: one thing at a time
        yield "Ce mot de passe est trop courant : on le devine en quelques secondes. Choisissez-en un plus personnel."
    elif not shape and leaked(password):
        yield "Ce mot de passe a fuité d’un autre site : on l’essaie en premier. Choisissez-en un autre."
    for words, phrase in forbidden(compte, personne):
        if any(is_in(word, password) for word in words):
            yield phrase


def fault_of_shape(password: str) -> str:
    """What it lacks to be of one of the accepted shapes, or nothing."""
    if len(password) >= LONG:
        return ""
    if not allows_short():
        return f"Il faut 15 signes au moins : plusieurs mots qui n’ont pas de rapport entre eux. Vous en avez tapé {len(password)}."
    missing = [regle.phrase for regle in COURTE if not is_met(regle.code, password)]
    if not missing:
        return ""
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} et {missing[-1]}"
    return f"Il manque : {listed}. Ou tapez une phrase de 15 signes au moins."


def is_met(code: str, password: str) -> bool:
    """Whether one rule of the list is met."""
    match code:
        case "longueur":
            return len(password) >= SHORT
        case "minuscule":
            return any(sign.islower() for sign in password)
        case "majuscule":
            return any(sign.isupper() for sign in password)
        case "chiffre":
            return any(sign.isdigit() for sign in password)
        case "special":
            return any(not sign.isalnum() for sign in password)
        case "phrase":
            return len(password) >= LONG
    raise ValueError(code)


# --- what everybody chooses


@cache
def common_passwords() -> frozenset[str]:
    """Django's list, nearly twenty thousand."""
    path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def is_common(password: str) -> bool:
    """In the list, as it is or with the few signs that people put around one word; or made of hardly different signs."""
    low = password.lower()
    known = common_passwords()
    if low.strip() in known or plain(password) in known or len(set(low)) < FEWEST_DIFFERENT:
        return True
    # In a long phrase, one common word is no weakness.
    if len(password) < LONG and any(len(word) >= RUN and word in known for word in cores(password)):
        return True
    unit = repeated(low)
    return share_in_rows(low) > MOST_IN_ROWS or (unit != low and (len(unit) < SHORT or is_common(unit)))


def leaked(password: str) -> bool:
    """Whether the operator's list holds it; a list that cannot be read stops nobody, and is shouted about."""
    if ENV.leaked_passwords == Path(""):
        return False
    try:
        return has_leaked(password, ENV.leaked_passwords)
    except OSError:
        logger.exception("the list of leaked passwords cannot be read")
        return False


def cores(password: str) -> set[str]:
    """The word that is left without the digits and signs around it, in clear and disguised (« P@ssw0rd »)."""
    text = plain(password)
    return {re.sub(r"^[^a-z]+|[^a-z]+$", "", way) for way in (text, text.translate(LEET))}


def repeated(text: str) -> str:
    """The shortest piece that, said again and again, makes the text; the text itself when there is none."""
    sizes = (size for size in range(1, len(text) // 2 + 1) if text == (text[:size] * len(text))[: len(text)])
    size = next(sizes, len(text))
    return text[:size]


def share_in_rows(text: str) -> float:
    """How much of a text is keys or digits in their order, forward or backward."""
    covered, start = 0, 0
    while start < len(text):
        end = start + RUN
        while end <= len(text) and any(text[start:end] in row for row in ROWS):
            end += 1
        run = end - 1 - start
        covered += run if run >= RUN else 0
        start += max(1, run if run >= RUN else 1)
    return covered / max(1, len(text))


# --- what is known of the member and of the fund


def forbidden(compte: Compte | None, personne: Personne | None) -> Iterator[tuple[set[str], str]]:
    """(words, what is said when one of them is in the password)."""
    caisse = compte.caisse if compte else personne.caisse if personne else None
    fund = {word for word in words_of(caisse.nom) if word not in IN_EVERY_NAME} if caisse else set()
    yield (
        {*HOUSE_WORDS, *fund},
        "N’utilisez pas le nom de la MSA, ni celui de ce site : c’est le premier mot que l’on essaie.",
    )
    # A refusal tells the word: whoever opened an account that the post has not confirmed must not find out where somebody lives.
    is_told = compte is None or compte.is_confirmed
    if personne is not None:
        names = words_of(personne.prenoms, personne.nom_naissance, personne.nom_usage)
        yield names, "N’utilisez ni votre nom ni votre prénom : on les connaît."
        yield (
            dates_of(personne.date_naissance),
            "N’utilisez pas votre date ni votre année de naissance : on les connaît.",
        )
        places = words_of(personne.localite, department_of(personne.code_postal)) | {personne.code_postal}
        yield places if is_told else set(), "N’utilisez ni votre commune ni votre département : on les connaît."
        number = personne.nir
        pieces = {number[start : start + NIR_FRAGMENT] for start in range(len(number) - NIR_FRAGMENT + 1)}
        yield pieces, "N’utilisez pas une partie de votre numéro de sécurité sociale."
    if compte is not None and compte.nom:
        yield (
            words_of(compte.nom, compte.identifiant or ""),
            "N’utilisez ni votre nom ni votre identifiant : on les connaît.",
        )
    addresses = [compte.courriel if compte else "", personne.email if personne and is_told else ""]
    locals_ = [address.rpartition("@")[0] for address in addresses]
    yield (
        words_of(*locals_, least=4) | {folded(text) for text in locals_},
        "N’utilisez pas le début de votre adresse e-mail.",
    )


def words_of(*texts: str, least: int = 3) -> set[str]:
    """The words of a few texts, folded; those of less than `least` signs are in too many others."""
    return {
        word
        for text in texts
        for word in re.split(r"[^a-z0-9]+", plain(text))
        if len(word) >= least and not word.isdigit()
    } | {folded(text) for text in texts}


def dates_of(day: date | None) -> set[str]:
    """A birth date, in the ways people write it without signs, and its year."""
    if day is None:
        return set()
    return {f"{day:%Y}"} | {day.strftime(form) for form in ("%d%m%y", "%y%m%d", "%m%d%y")}


def is_in(word: str, password: str) -> bool:
    """Whether a word is in a password, whatever the accents, the capitals and what stands between its letters.

    Words of three or four letters must stand alone: « ain » is in « demain », and « nord » in « ordinateur du Nord » alone.
    """
    if not word or len(word) < 3:
        return False
    if word.isdigit():
        return (
            word in re.sub(r"\D", "", password) if len(word) > 4 else word in re.sub(r"[^0-9a-z]", " ", plain(password))
        )
    if len(word) <= 4:
        return re.search(rf"(?<![a-z]){word}(?![a-z])", plain(password)) is not None
    return word in folded(password) or word in folded(password.translate(LEET))


def plain(text: str) -> str:
    """Lower case, without accents."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign)).casefold()


def folded(text: str) -> str:
    """The letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", plain(text))


def rules() -> Iterable[Regle]:
    """What the screen lists, in order."""
    return (*COURTE, LONGUE) if allows_short() else (LONGUE,)
