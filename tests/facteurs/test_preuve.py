"""A code of the telephone or a recovery code: each serves once, whoever asks at the same time, and tries are counted."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from enclos.comptes.actions import TooManyTries, WrongCode
from enclos.comptes.facteurs import access, actions, secours
from enclos.comptes.models import CodeSecours
from enclos.journal.models import Ligne
from tests.comptes.conftest import Titulaire
from tests.facteurs.conftest import gives_codes, gives_totp

pytestmark = pytest.mark.django_db


def check(titulaire: Titulaire, typed: str) -> None:
    actions.check_any(titulaire.compte, typed, request=RequestFactory().post("/"))


def test_the_code_of_the_telephone_proves_once(protegee: Titulaire):
    code = protegee.code()
    check(protegee, f" {code[:3]} {code[3:]}")
    with pytest.raises(WrongCode):
        check(protegee, code)


def test_a_recovery_code_proves_once_however_it_is_typed(protegee: Titulaire):
    first, second, *_ = gives_codes(protegee)
    check(protegee, secours.shown(first).lower())
    with pytest.raises(WrongCode):
        check(protegee, first)
    check(protegee, second)
    assert access.factors_of(protegee.compte).codes_restants == 8
    assert Ligne.objects.filter(event="comptes.code_secours.used").count() == 2


def test_a_try_costs_one_hash_and_a_number_none(protegee: Titulaire, hashes: list[str]):
    codes = gives_codes(protegee)
    for typed, cost in ((codes[0], 1), ("ZZ" + codes[1][2:], 1), ("000000", 0), ("n’importe quoi", 0), (codes[2], 1)):
        hashes.clear()
        with contextlib.suppress(WrongCode):
            check(protegee, typed)
        assert len(hashes) == cost, typed


def test_a_recovery_code_of_somebody_else_proves_nothing(protegee: Titulaire, marc: Titulaire):
    (code, *_) = gives_codes(gives_totp(marc))
    gives_codes(protegee)
    with pytest.raises(WrongCode):
        check(protegee, code)
    assert access.factors_of(marc.compte).codes_restants == 10


def test_new_recovery_codes_kill_the_former(protegee: Titulaire):
    (old, *_), (new, *_) = gives_codes(protegee), gives_codes(protegee)
    with pytest.raises(WrongCode):
        check(protegee, old)
    check(protegee, new)


def test_recovery_codes_are_kept_as_passwords_are(protegee: Titulaire):
    codes = gives_codes(protegee)
    assert len({code[: secours.PREFIX_SIGNS] for code in codes}) == len(codes) == 10
    for row in CodeSecours.objects.all():
        assert row.empreinte.startswith("argon2$argon2id$")
    assert not any(code in row.empreinte for row in CodeSecours.objects.all() for code in codes)


def test_neither_can_be_guessed(protegee: Titulaire):
    (good, *_) = gives_codes(protegee)
    wrong = next(
        code for code in ("000000", "111111", "222222", "333333") if code not in map(protegee.code, (-1, 0, 1))
    )
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for typed in (wrong, "ZZZZ-ZZZZ-ZZZZ", wrong, "ZZZZ-ZZZZ-ZZZZ", wrong):
            with pytest.raises(WrongCode):
                check(protegee, typed)
        with pytest.raises(TooManyTries):
            check(protegee, good)
        clock.shift(61)
        check(protegee, good)


def test_who_has_nothing_proves_nothing(jeanne: Titulaire):
    assert not access.has_second_factor(jeanne.compte)
    for typed in ("000000", "ABCD-EFGH-JKMN"):
        with pytest.raises(WrongCode):
            check(jeanne, typed)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["telephone", "secours"])
def test_of_many_at_once_with_one_code_one_passes(jeanne: Titulaire, kind: str):
    gives_totp(jeanne)
    (recovery, *_) = gives_codes(jeanne)
    typed = jeanne.code() if kind == "telephone" else recovery
    together = Barrier(5)

    def prove(_: int) -> bool:
        together.wait()
        try:
            check(jeanne, typed)
        except (WrongCode, TooManyTries):
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(prove, range(5))) == 1
