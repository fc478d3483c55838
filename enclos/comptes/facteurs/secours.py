"""Recovery codes: ten, shown once, each serves once in place of a lost telephone or key.

A code is twelve signs. The two first are kept in the clear, distinct among the ten of an account: they say which row to compare
with, so that a try costs one hash and not ten. The ten others, 48 bits, are known by their Argon2 hash alone.
"""

import re
import secrets

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from enclos.comptes.facteurs import emails
from enclos.comptes.hashers import SLOTS, on_the_side, verify
from enclos.comptes.models import CodeSecours, Compte
from enclos.journal.actions import record

COUNT = 10
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: they are copied by hand
PREFIX_SIGNS = 2
SIGNS = 12
SHAPE = re.compile(f"[{ALPHABET}]{{{SIGNS}}}")


def read(typed: str) -> str:
    """A recovery code as it is kept, however it was spaced; empty when it has not the shape of one."""
    code = re.sub(r"[\s.\-–—_]", "", typed[:80]).upper()
    return code if SHAPE.fullmatch(code) else ""


def shown(code: str) -> str:
    """In groups of four, to be copied."""
    return "-".join(code[start : start + 4] for start in range(0, SIGNS, 4))


def draw() -> list[str]:
    """Ten codes that begin differently."""
    prefixes: set[str] = set()
    while len(prefixes) < COUNT:
        prefixes.add(signs(PREFIX_SIGNS))
    codes = [prefix + signs(SIGNS - PREFIX_SIGNS) for prefix in prefixes]
    secrets.SystemRandom().shuffle(codes)  # the order of a set says something of its members
    return codes


def signs(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def hashed(codes: list[str]) -> list[tuple[str, str]]:
    """(prefix, hash) of each: a third of a second, so outside any transaction. Raises `hashers.Busy`."""
    with SLOTS.one():
        return [(code[:PREFIX_SIGNS], on_the_side(lambda code=code: make_password(code))) for code in codes]  # type: ignore[misc]


@transaction.atomic
def replace(compte: Compte, rows: list[tuple[str, str]]) -> None:
    """These codes and no others: the former ones are worth nothing from now on."""
    # The account's row is what two tabs wait for: else each would add its ten to the other's.
    Compte.objects.select_for_update(no_key=True).only("pk").get(pk=compte.pk)
    CodeSecours.objects.filter(compte=compte).delete()
    CodeSecours.objects.bulk_create(
        [CodeSecours(compte=compte, prefixe=prefix, empreinte=encoded) for prefix, encoded in rows]
    )


def spend(compte: Compte, code: str) -> bool:
    """Whether `code` is one of the account's and had not served: of two at once with the same code, one passes.

    One hash, whatever was typed. Raises `hashers.Busy`.
    """
    row = CodeSecours.objects.filter(compte=compte, prefixe=code[:PREFIX_SIGNS], used_at=None).first()
    with SLOTS.one():
        right, _ = verify(code, row.empreinte if row else None)
    if row is None or not right:
        return False
    with transaction.atomic():
        if not CodeSecours.objects.filter(pk=row.pk, used_at=None).update(used_at=timezone.now()):
            return False
        remaining = left(compte)
        record("comptes.code_secours.used", compte, by=compte, restants=remaining)
        emails.code_de_secours_servi(compte, remaining, by=compte)
    return True


def left(compte: Compte) -> int:
    """How many may still serve."""
    return CodeSecours.objects.filter(compte=compte, used_at=None).count()
