"""The seal of an installation: its own, sound, and not about to end."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning

from config.env import ENV
from enclos.accuses import cachet

HINT = (
    "ENCLOS_SEAL_DIR désigne un dossier où se trouvent NOM.pem (le certificat de cachet, puis sa chaîne) "
    "et NOM.key.pem (sa clé, chmod 600)."
)


def seal_is_sound(**kwargs: Any) -> list[CheckMessage]:
    """In production only: elsewhere a seal without value is made when one is needed."""
    if not ENV.is_production:
        return []
    return [
        Error(problem.phrase, hint=HINT, id="accuses.E001")
        if problem.blocks
        else Warning(problem.phrase, hint=HINT, id="accuses.W001")
        for problem in cachet.problems(ENV.seals)
    ]
