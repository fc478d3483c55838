"""Where letters and text messages would go wrong for everybody at once."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error

from config.env import ENV, Env

WIDTH, HEIGHT, FOLD = 210, 297, 99  # A4 and its first fold, in millimetres
SMALLEST = (60, 20)  # six lines of 38 signs that one can read
MARGIN = 10
SENDER_SIGNS = 11  # what a telephone network carries
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check_letters_and_texts(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [*letters(ENV), *texts(ENV)]


def letters(env: Env) -> Iterable[CheckMessage]:
    """The zone of the address is one, on the sheet, above the fold."""
    try:
        x, y, width, height = (float(side) for side in env.letter_zone)
    except ValueError:
        x = y = width = height = -1.0
    fits = x >= MARGIN and y >= MARGIN and x + width <= WIDTH - MARGIN and y + height <= FOLD
    if not fits or width < SMALLEST[0] or height < SMALLEST[1]:
        yield Error(
            "ENCLOS_LETTER_ZONE n’est pas une zone d’adresse au-dessus du premier pli.",
            hint="Gauche, haut, largeur et hauteur en millimètres, par exemple 110,45,85,30",
            id="courrier.E001",
        )


def texts(env: Env) -> Iterable[CheckMessage]:
    """Codes go to the provider under a seal, and under a name that telephones show."""
    if not env.sms_url:
        return
    parts = urlsplit(env.sms_url)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK and not env.is_production)
    ):
        yield Error(
            "ENCLOS_SMS_URL ne commence pas par https:// : les codes passeraient en clair.",
            hint="Demandez son adresse https:// à votre fournisseur.",
            id="courrier.E002",
        )
    if env.is_production and not env.sms_token:
        yield Error("ENCLOS_SMS_TOKEN manque.", hint="Le jeton que donne le fournisseur de SMS.", id="courrier.E003")
    if not (0 < len(env.sms_sender) <= SENDER_SIGNS and env.sms_sender.isascii()):
        yield Error(
            f"ENCLOS_SMS_SENDER a plus de {SENDER_SIGNS} signes, ou des accents.",
            hint="Par exemple : MSA NPC",
            id="courrier.E004",
        )
    if not env.sms_prefixes or not all(prefix.startswith("+") for prefix in env.sms_prefixes):
        yield Error(
            "ENCLOS_SMS_PREFIXES ne donne pas de débuts de numéros comme +336.",
            hint="ENCLOS_SMS_PREFIXES=+336,+337",
            id="courrier.E005",
        )
