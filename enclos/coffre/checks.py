"""Settings of the vault that must not be left as they are."""

import base64
import binascii
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from config.env import ENV
from enclos.coffre.sealing import KEY_BYTES
from enclos.coffre.storage import storage_at

HINT_KEY = 'Une clé s’écrit nom:base64, 32 octets tirés au hasard : python -c "import secrets, base64; print(base64.b64encode(secrets.token_bytes(32)).decode())"'


def vault_keys_are_well_made(**kwargs: Any) -> list[CheckMessage]:
    """A key that is mistyped would be found out at the first file, or at the first restart."""
    names = list[str]()
    for position, text in enumerate(ENV.vault_keys, 1):
        name, separator, secret = text.partition(":")
        try:
            is_right = bool(name and separator) and len(base64.b64decode(secret, validate=True)) == KEY_BYTES
        except (binascii.Error, ValueError):
            is_right = False
        if not is_right:
            return [Error(f"ENCLOS_VAULT_KEYS : la clé n° {position} est mal écrite.", hint=HINT_KEY, id="coffre.E001")]
        names.append(name)
    if len(set(names)) != len(names):
        return [Error("ENCLOS_VAULT_KEYS : deux clés portent le même nom.", id="coffre.E002")]
    return []


def storage_is_well_written(**kwargs: Any) -> list[CheckMessage]:
    try:
        storage_at(ENV.storage)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="coffre.E003")]
    return []


def production_seals_and_scans(**kwargs: Any) -> list[CheckMessage]:
    """In production, keys of its own and an antivirus: never those a demo makes up."""
    if not ENV.is_production:
        return []
    found: list[CheckMessage] = []
    if not ENV.vault_keys:
        hint = f"{HINT_KEY} Gardez-la hors de la base et du stockage : sans elle, aucun fichier ne s’ouvre."
        found.append(Error("ENCLOS_VAULT_KEYS est vide : les fichiers seraient scellés par la clé de la démonstration.",
                           hint=hint, id="coffre.E004"))  # fmt: skip
    if not ENV.clamd:
        found.append(Error("ENCLOS_CLAMD est vide : aucun antivirus ne regarderait les fichiers reçus.",
                           hint="ENCLOS_CLAMD=unix:/run/clamav/clamd.ctl", id="coffre.E005"))  # fmt: skip
    return found
