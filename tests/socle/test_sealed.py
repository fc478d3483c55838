"""Values sealed in the database: they open for their purpose, their row and their key, and otherwise do not."""

import base64
import hashlib
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.env import ENV
from enclos.demo.nir import synthetic_nir
from enclos.socle import sealed
from enclos.socle.sealed import Key, Keyring, SealError, keys_from

OLD, NEW = Key("2026", os.urandom(32)), Key("2027", os.urandom(32))


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_opens(plain: bytes, aad: bytes):
    assert sealed.unseal(sealed.seal(plain, purpose="essai", aad=aad), purpose="essai", aad=aad) == plain


def test_in_production_nothing_is_sealed_with_a_key_that_was_not_given(monkeypatch):
    assert keys_from((), "essai")
    monkeypatch.setattr(sealed, "ENV", replace(ENV, mode="production"))
    with pytest.raises(SealError):
        keys_from((), "essai")


def test_the_same_value_is_never_sealed_twice_alike():
    assert sealed.seal(b"x", purpose="essai") != sealed.seal(b"x", purpose="essai")


@pytest.mark.parametrize(("purpose", "aad"), [("autre", b"1"), ("essai", b"2"), ("essai", b""), ("essai\x001", b"")])
def test_a_value_moved_to_another_row_or_purpose_does_not_open(purpose: str, aad: bytes):
    token = sealed.seal(b"secret", purpose="essai", aad=b"1")
    with pytest.raises(SealError):
        sealed.unseal(token, purpose=purpose, aad=aad)


def test_a_value_cut_or_changed_anywhere_does_not_open():
    token = sealed.seal(b"secret", purpose="essai")
    for place in range(len(token)):
        changed = bytearray(token)
        changed[place] ^= 1
        for broken in (bytes(changed), token[:place]):
            with pytest.raises(SealError):
                sealed.unseal(broken, purpose="essai")


@given(st.binary(max_size=80))
def test_anything_else_does_not_open(noise: bytes):
    with pytest.raises(SealError):
        sealed.unseal(noise, purpose="essai")


def test_the_database_may_give_a_view_of_memory():
    token = memoryview(sealed.seal(b"x", purpose="essai"))
    assert sealed.unseal(token, purpose="essai") == b"x"  # type: ignore[arg-type]


def test_a_new_key_seals_and_the_old_one_still_opens():
    before = Keyring([OLD]).seal(b"x", b"")
    ring = Keyring([NEW, OLD])
    assert ring.unseal(before, b"") == b"x"
    assert ring.seal(b"x", b"")[1:5] == b"2027"
    with pytest.raises(SealError):
        Keyring([NEW]).unseal(before, b"")
    with pytest.raises(SealError):
        Keyring([Key("2026", NEW.secret)]).unseal(before, b"")


def test_keys_are_read_as_the_operator_writes_them():
    secret = os.urandom(32)
    keys = keys_from(
        [f"2027:{base64.b64encode(secret).decode()}", f"2026:{base64.b64encode(OLD.secret).decode()}"], "x"
    )
    assert keys == [Key("2027", secret), OLD]


def test_without_keys_each_purpose_draws_its_own():
    assert keys_from([], "champs")[0].secret != keys_from([], "coffre")[0].secret


def test_a_blind_index_is_stable_and_is_no_plain_hash():
    value = synthetic_nir(99)
    index = sealed.blind_index(value)
    assert index == sealed.blind_index(value)
    assert index != sealed.blind_index(synthetic_nir(98))
    assert len(index) == 64
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        assert hashlib.new(name, value.encode()).hexdigest()[:16] not in index
