"""Postal addresses by NF Z10-011: six lines of 38 signs, a seventh for the country, nothing cut without being said."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINES, MAX_SIGNS = 6, 38
CAPITALS = re.compile(r"[A-Z0-9]+(?: [A-Z0-9]+)*")
FRENCH_CODE = re.compile(r"(?:0\d|[1-8]\d|9[0-8])\d{3}")
HERE = {"", "FRANCE", "FR", "FRA", "99100"}
# Territories whose addresses are written as those of mainland France: postcode 97… or 98…, no line for the country.
OVERSEAS = {
    "GUADELOUPE", "MARTINIQUE", "GUYANE", "GUYANE FRANCAISE", "LA REUNION", "REUNION", "MAYOTTE", "SAINT PIERRE ET MIQUELON",
    "SAINT BARTHELEMY", "SAINT MARTIN", "NOUVELLE CALEDONIE", "POLYNESIE FRANCAISE", "WALLIS ET FUTUNA",
}  # fmt: skip
NOWHERE = re.compile(
    r"\bSANS (?:DOMICILE|ADRESSE|RESIDENCE)\b|\bSDF\b|\bADRESSE INCONNUE\b|\bSANS DOMICILE FIXE\b|\bNPAI\b"
)
LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
                           "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i"})  # fmt: skip

# What may be shortened when a line is longer than 38 signs, the usual words first. Nothing else ever is.
ABBREVIATIONS = (
    ("APPARTEMENT", "APP"), ("BATIMENT", "BAT"), ("RESIDENCE", "RES"), ("ESCALIER", "ESC"), ("ETAGE", "ETG"), ("IMMEUBLE", "IMM"),
    ("ENTREE", "ENT"), ("LOTISSEMENT", "LOT"), ("AVENUE", "AV"), ("BOULEVARD", "BD"), ("ALLEE", "ALL"), ("ALLEES", "ALL"),
    ("CHEMIN", "CHE"), ("IMPASSE", "IMP"), ("PLACE", "PL"), ("ROUTE", "RTE"), ("SQUARE", "SQ"), ("QUARTIER", "QUA"),
    ("FAUBOURG", "FG"), ("PASSAGE", "PAS"), ("HAMEAU", "HAM"), ("DOMAINE", "DOM"), ("TRAVERSE", "TRA"), ("VENELLE", "VEN"),
    ("ZONE ARTISANALE", "ZA"), ("ZONE INDUSTRIELLE", "ZI"), ("ZONE D ACTIVITES", "ZA"), ("ZONE D ACTIVITE", "ZA"),
    ("GENERAL", "GAL"), ("MARECHAL", "MAL"), ("COMMANDANT", "CDT"), ("CAPITAINE", "CNE"), ("COLONEL", "COL"), ("LIEUTENANT", "LT"),
    ("SERGENT", "SGT"), ("DOCTEUR", "DR"), ("PROFESSEUR", "PR"), ("PRESIDENT", "PDT"), ("MONSEIGNEUR", "MGR"), ("SAINTES", "STES"),
    ("SAINTE", "STE"), ("SAINTS", "STS"), ("SAINT", "ST"), ("NOTRE DAME", "ND"), ("NATIONALE", "NALE"), ("NATIONAL", "NAL"),
    ("DEPARTEMENTALE", "DALE"), ("DEPARTEMENTAL", "DAL"), ("COMMUNAL", "COM"), ("VICOMTE", "VTE"), ("GRANDES", "GDES"),
    ("GRANDE", "GDE"), ("GRANDS", "GDS"), ("GRAND", "GD"), ("PETITE", "PTE"), ("PETIT", "PT"), ("INFERIEURE", "INF"),
    ("INFERIEUR", "INF"), ("SUPERIEURE", "SUP"), ("SUPERIEUR", "SUP"), ("BOITE POSTALE", "BP"),
)  # fmt: skip


class NoFixedAddress(Exception):
    """There is nowhere to write to; the text says why, in French."""


class AddressToVerify(Exception):
    """The address does not hold in the norm: a person must look. `motifs` say why, in French."""

    def __init__(self, motifs: list[str]) -> None:
        super().__init__(" ".join(motifs))
        self.motifs = motifs


@dataclass(frozen=True, kw_only=True)
class PostalAddress:
    """Who, and the lines 2 to 6 as the registry holds them."""

    civilite: str = ""  # « M », « MME »
    prenom: str = ""
    nom: str = ""
    ligne2: str = ""
    ligne3: str = ""
    ligne4: str = ""
    ligne5: str = ""
    code_postal: str = ""
    localite: str = ""
    pays: str = ""

    def render(self) -> list[str]:
        """The lines of the block, top to bottom, none empty: six at most, and a seventh for a foreign country.

        Raises `NoFixedAddress`, or `AddressToVerify` with every reason when a line cannot be made to hold.
        """
        return [text for _, text in self.numbered()]

    def numbered(self) -> list[tuple[int, str]]:
        """The same, each line with its number in the norm."""
        self.refuse_nowhere()
        motifs: list[str] = []
        lines: list[tuple[int, str]] = []
        for number, made in self.made(motifs):
            if not made:
                continue
            if len(made) > MAX_SIGNS:
                motifs.append(f"Ligne {number} : {len(made)} signes, alors qu’il en faut {MAX_SIGNS} au plus.")
            lines.append((number, made))
        if not any(number in {2, 3, 4, 5} for number, _ in lines):
            motifs.append("Il n’y a ni rue, ni lieu-dit, ni boîte postale.")
        if motifs:
            raise AddressToVerify(motifs)
        return lines

    def refuse_nowhere(self) -> None:
        parts = [capitals(part) for part in (self.ligne2, self.ligne3, self.ligne4, self.ligne5, self.localite)]
        if any(NOWHERE.search(part) for part in parts):
            raise NoFixedAddress("La personne n’a pas d’adresse fixe.")
        if not any([*parts, self.code_postal.strip()]):
            raise NoFixedAddress("Le registre ne donne aucune adresse.")

    def made(self, motifs: list[str]) -> Iterator[tuple[int, str]]:
        """Each line as it would be printed; what is wrong is added to `motifs`."""
        yield 1, self.name(motifs)
        for number, text in ((2, self.ligne2), (3, self.ligne3)):
            yield number, shortened(tidy(text))
        for number, text in ((4, self.ligne4), (5, self.ligne5)):
            yield number, self.strict(number, text, motifs)
        yield 6, self.town(motifs)
        if self.is_foreign:
            yield 7, self.strict(7, self.pays, motifs)

    @property
    def is_foreign(self) -> bool:
        return capitals(self.pays) not in HERE | OVERSEAS

    def name(self, motifs: list[str]) -> str:
        """« Mme Jeanne Delattre », the first name reduced to its initial when the whole does not hold."""
        if not (nom := tidy(self.nom)):
            motifs.append("Ligne 1 : le nom manque.")
        title = {"M": "M", "MME": "Mme"}.get(self.civilite, "")
        prenom = tidy(self.prenom)
        whole = tidy(f"{title} {prenom} {nom}")
        return whole if len(whole) <= MAX_SIGNS else tidy(f"{title} {initials(prenom)} {nom}")

    def strict(self, number: int, text: str, motifs: list[str]) -> str:
        """Capitals without accent or punctuation."""
        line = shortened(capitals(text))
        if line and not CAPITALS.fullmatch(line):
            motifs.append(f"Ligne {number} : elle a des signes qui ne sont pas des lettres latines.")
        if not line and text.strip():
            motifs.append(f"Ligne {number} : elle n’a ni lettre ni chiffre.")
        return line

    def town(self, motifs: list[str]) -> str:
        """« 59716 LILLE CEDEX 9 »."""
        code, localite = capitals(self.code_postal), cedex(capitals(self.localite))
        if not localite:
            motifs.append("Ligne 6 : la localité manque.")
        if not self.is_foreign and not FRENCH_CODE.fullmatch(code):
            motifs.append("Ligne 6 : le code postal n’a pas la forme d’un code français (cinq chiffres).")
        return self.strict(6, f"{code} {localite}", motifs)


def tidy(text: str) -> str:
    """One space between words, nothing that cannot be printed, one writing for each accented letter."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if sign.isspace() else sign for sign in text)
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    return " ".join(text.split())


def capitals(text: str) -> str:
    """« 12 bis, rue de l’Église » → « 12 BIS RUE DE L EGLISE »; « N° » is not printed."""
    text = re.sub(r"\b[Nn][°º]\s*", " ", tidy(text)).translate(LIGATURES)
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)).upper()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text).split())


def cedex(localite: str) -> str:
    """« LILLE CEDEX9 » → « LILLE CEDEX 9 »."""
    return re.sub(r"\bCEDEX ?(\d{1,2})\b", r"CEDEX \1", localite)


def shortened(line: str) -> str:
    """The line as it is when it holds; else with the words of the table shortened one after the other, until it does."""
    for word, short in ABBREVIATIONS:
        if len(line) <= MAX_SIGNS:
            break
        line = re.sub(rf"\b{accents_aside(word)}\b", short, line, flags=re.IGNORECASE)
    return line


def accents_aside(word: str) -> str:
    """A pattern that finds « RÉSIDENCE » too: lines 2 and 3 keep their accents."""
    return word.replace("E", "[EÉÈÊ]").replace("I", "[IÎ]").replace("A", "[AÂÀ]").replace("U", "[UÛ]")


def initials(prenom: str) -> str:
    """« Marie-Christine » → « M-C »."""
    return " ".join("-".join(part[:1] for part in word.split("-") if part) for word in prenom.split())
