"""What an installation must have before anybody signs in to it."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error

from config.env import ENV, Env

SECRET_SIGNS = 50
KEY_BYTES = 32


def check_secrets(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The keys of production: present, long enough, each its own."""
    return list(problems(ENV)) if ENV.is_production else []


def problems(env: Env) -> Iterable[CheckMessage]:
    """What is wrong with the keys of `env`, were it in production."""
    if len(env.secret_key) < SECRET_SIGNS or len(set(env.secret_key)) < 10:
        yield Error(
            "ENCLOS_SECRET_KEY n’est pas un secret : il signe les sessions.",
            hint=f"Donnez {SECRET_SIGNS} signes tirés au hasard, par exemple : openssl rand -base64 48",
            id="comptes.E001",
        )
    sealing = (("ENCLOS_FIELD_KEYS", env.field_keys, "E002"), ("ENCLOS_VAULT_KEYS", env.vault_keys, "E003"))
    for name, texts, code in sealing:
        if not texts or not all(is_named_key(text) for text in texts):
            yield Error(
                f"{name} manque, ou n’est pas de la forme nom:clé.",
                hint="Pour une clé : echo cle1:$(openssl rand -base64 32). Gardez-la aussi hors de ce serveur.",
                id=f"comptes.{code}",
            )
        elif len({text.split(":", 1)[0] for text in texts}) < len(texts):
            yield Error(f"{name} donne deux fois le même nom de clé.", hint="Un nom par clé.", id=f"comptes.{code}")
    if not is_key(env.index_key):
        yield Error(
            "ENCLOS_INDEX_KEY manque, ou ne fait pas 32 octets : sans elle, les numéros de sécurité sociale se devinent.",
            hint="openssl rand -base64 32. Gardez-la aussi hors de ce serveur : la changer oblige à refaire les index.",
            id="comptes.E004",
        )
    secrets = [text.split(":", 1)[-1] for text in (*env.field_keys, *env.vault_keys)] + [env.index_key]
    given = [secret for secret in secrets if secret]
    if len(set(given)) < len(given):
        yield Error("La même clé sert à deux usages.", hint="Tirez une clé par usage.", id="comptes.E005")
    if not env.is_https:
        yield Error(
            "ENCLOS_BASE_URL ne commence pas par https:// : mots de passe et sessions passeraient en clair.",
            hint="Mettez un serveur mandataire avec un certificat devant Enclos, et son adresse dans ENCLOS_BASE_URL.",
            id="comptes.E006",
        )
    if env.leaked_passwords != Path("") and not env.leaked_passwords.is_file():
        yield Error(
            "ENCLOS_LEAKED_PASSWORDS nomme un fichier qui n’existe pas : les mots de passe qui ont fuité seraient acceptés.",
            hint="Un SHA-1 par ligne, en ordre. Laissez le réglage vide pour ne rien chercher.",
            id="comptes.E008",
        )
    if env.trusted_proxies == 0:
        # `enclos serve` speaks no TLS: who says https is a proxy, and it is not believed.
        yield Error(
            "ENCLOS_TRUSTED_PROXIES vaut 0 : chaque page renverrait sans fin vers elle-même, et tous les adhérents auraient la même adresse.",
            hint="Comptez les serveurs mandataires qui ajoutent une adresse à X-Forwarded-For.",
            id="comptes.E007",
        )


def is_named_key(text: str) -> bool:
    """Whether a text is `name:base64` with a key of 32 bytes."""
    name, _, key = text.partition(":")
    return 0 < len(name) < 64 and name.isascii() and is_key(key)


def is_key(text: str) -> bool:
    """Whether a text is 32 bytes in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False
