"""What a message should not hold: medical words, bank numbers. It gives advice before sending, and never prevents it.

The words are roots, compared without accents nor case at the start of a word. Those that people use all the time for something
else (« malade » of tiredness, « arrêt » of a payment) are not there: advice that comes at every message is read by nobody.
"""

import re
import unicodedata
from dataclasses import dataclass

from enclos.socle.iban import holds_iban

MEDICAL_ROOTS = (
    "ablation", "accouch", "addiction", "affection de longue duree", "affection longue duree", "ald", "alcoolis", "allergi", "alzheimer", "amput",
    "anemie", "angoisse", "anorexi", "antidepresseur", "anxiete", "anxiolyti", "apnee", "arret de travail", "arrets de travail", "arret maladie",
    "arthrose", "asthm", "autis", "avc", "bilan sanguin", "biopsie", "bipolaire", "bpco", "bronchit", "bulimi", "burn out", "burnout", "cancer",
    "cardiaque", "cardio", "cataracte", "certificat medical", "cesarien", "charcot", "chimiotherapie", "chirurgi", "cirrhose", "coloscopie",
    "compte rendu medical", "compte rendu operatoire", "congenital", "covid", "crise de nerfs", "crohn", "demence", "depressi", "desintox", "diabet",
    "diagnosti", "dialyse", "dossier medical", "dyslexi", "dyspraxi", "echographi", "eczema", "emphysem", "en arret depuis", "enceinte",
    "endometrios", "ennuis de sante", "epileps", "etat de sante", "fausse couche", "fauteuil roulant", "fibromyalg", "fiv", "fracture",
    "gravement malade", "grossesse", "handicap", "hemipleg", "hemorragi", "hepatite", "hernie", "hospitalis", "hypertension", "incontinen",
    "infarctus", "infirmite", "insomni", "insuffisance renale", "insuffisance respiratoire", "insuline", "irm", "ivg", "kinesitherap", "leucemie",
    "lombalgi", "longue maladie", "lupus", "lymphome", "malade chronique", "malade depuis", "maladie", "malentendant", "malvoyant", "mammographie",
    "medicament", "melanome", "meningit", "metastase", "migraine", "morphine", "neurolog", "operation chirurgicale", "ordonnance", "pacemaker",
    "palliatif", "paralys", "parapleg", "parkinson", "patholog", "pma", "pneumoni", "polyarthrit", "prise de sang", "probleme de sante",
    "problemes de sante", "prothese", "psoriasis", "psy", "psychiatr", "psycholog", "psychotherap", "radiographie", "radiotherapie",
    "raison medicale", "raisons medicales", "rhumatis", "sante mentale", "schizophren", "sclerose", "scoliose", "seropositi", "sida",
    "suicid", "suivi medical", "surdite", "symptome", "tdah", "tendinite", "tetrapleg", "therapeutique", "thrombose", "tombe malade",
    "tombee malade", "toxicoman", "traitement medical", "trisomi", "tuberculos", "tumeur", "ulcere", "vih",
)  # fmt: skip
# Whole words only: as roots they would be found everywhere.
WHOLE = {"ald", "avc", "bpco", "covid", "fiv", "irm", "ivg", "pma", "psy", "sida", "tdah", "vih"}
PROCHE = "mari|femme|epoux|epouse|conjointe?|compagnon|compagne|fils|fille|enfant|mere|pere|frere|soeur"
CORPS = (
    "amygdales|appendicite|bras|canal carpien|cerveau|cheville|coeur|colon|colonne|dents?|dos|epaule|estomac|foie|genoux?|hanche|intestin|jambe|main|"
    "menisque|oeil|ovaires?|pied|poignet|poumons?|prostate|reins?|sein|thyroide|tendon|uterus|ventre|vertebres?|vesicule|yeux"
)
# What only its neighbours make medical: one is operated on, and so is a transfer; one is ill, and so is a herd.
PHRASES = (
    rf"(?:{PROCHE}) (?:est|etait) (?:tres |gravement |longtemps )?malade",
    rf"operation (?:[a-z]+ ){{0,3}}(?:{CORPS})",
    r"(?:fait|faire) operer",
    r"(?:suis|etais|serai|sera|etre) operee?s?",
    r"ete operee?s? (?:de|du|des|d|a|au|aux|en urgence)",
    rf"(?:greffe|transplantation) (?:renale|cardiaque|hepatique|pulmonaire|d organe|de moelle|(?:[a-z]+ ){{1,2}}(?:{CORPS}))",
)
# What begins like a root and is not medical, or is the name of something people write about every day.
HARMLESS = (
    "ordonnance du juge", "ordonnance du tribunal", "ordonnance de protection", "ordonnance de non conciliation", "ordonnance penale",
    "ordonnance d injonction", "fracture numerique", "autiste de",
    "diagnostic de performance", "diagnostic energetique", "diagnostic immobilier", "diagnostic de l exploitation", "diagnostic agricole",
    "ordonnances macron", "depression economique", "depression tropicale", "prothese agricole", "traitement de mon dossier",
    "l enceinte", "une enceinte", "cette enceinte", "d enceinte", "enceintes acoustiques", "tuberculose bovine", "acces handicape",
    "place handicape", "places handicapes", "compensation du handicap", "maison departementale des personnes handicapees", "maison du handicap",
    "emploi des travailleurs handicapes", "emploi de travailleurs handicapes", "enfant handicape aeeh", "education de l enfant handicape",
)  # fmt: skip
# The branch of insurance, its contributions and rights; and what plants and beasts catch.
HARMLESS_PHRASES = (
    (
        r"(?:assurances?|caisses?|caisses? primaires?|branches?|cotisations?|droits?|regimes?|prestations?|frais|risques?|contributions?|taux|parts?|"
        r"remboursements?|decomptes?|feuilles?|complementaires?)(?: d assurance| de| d| en)? maladies?"
    ),
    (
        r"maladies? (?:de |des |du |d )?(?:la |l |le |les |mes |mon |ma |nos |notre |ses |son |leurs )?(?:vignes?|vigneron|betes?|animaux|animales?|troupeaux?|"
        r"vaches?|veaux|bovine?s?|ovine?s?|porcine?s?|betail|cheptel|elevage|plantes?|arbres?|cultures?|ble|cereales|colza|pommiers?|pommes? de terre|"
        r"betteraves?|chevres|brebis|moutons|volailles?|porcs?|chevaux|abeilles?|ruches?)"
    ),
    r"allocations? (?:aux |pour |d |des )?adultes? handicapee?s?",
)

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


MEDICAL = re.compile(
    "|".join(
        [*(rf"\b(?:{phrase})\b" for phrase in PHRASES), *map(pattern_of, sorted(MEDICAL_ROOTS, key=len, reverse=True))]
    )
)
FALSE_ALARMS = re.compile("|".join(rf"\b(?:{words})\b" for words in (*map(re.escape, HARMLESS), *HARMLESS_PHRASES)))


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
