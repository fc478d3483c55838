"""Sealed streams: whatever is done to the bytes, only what was sealed comes out."""

import os
import random

import pytest

from enclos.coffre import sealing
from enclos.coffre.sealing import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES, DataKey, Sealer, opened, sealed
from enclos.socle.sealed import Key, Keyring, SealError

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]


def seal(data, key, *, step=None):
    step = step or max(1, len(data))
    return b"".join(sealed((data[i : i + step] for i in range(0, len(data), step)), Sealer(key)))


def unseal(blob, key, *, step=None):
    step = step or max(1, len(blob))
    return b"".join(opened((blob[i : i + step] for i in range(0, len(blob), step)), key))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [None, 1000, CHUNK_BYTES, 100_003])
def test_what_was_sealed_opens_whatever_the_pieces(size, step):
    data, key = os.urandom(size), DataKey()
    blob = seal(data, key, step=step)
    assert unseal(blob, key, step=step) == data
    assert len(blob) == HEADER_BYTES + size + 16 * max(1, -(-size // CHUNK_BYTES))


def test_the_sealer_knows_the_size_and_fingerprint_of_what_it_sealed():
    sealer = Sealer(DataKey())
    list(sealed([b"bon", b"jour"], sealer))
    assert sealer.taille == 7
    assert sealer.sha256 == "2cb4b1431b84ec15d35ed83bb927e27e8967d75f4bcd9cc4b25c8d879ae23e18"


def test_nothing_of_the_plain_bytes_shows():
    assert b"Certificat" not in seal(b"Certificat de scolarite" * 10_000, DataKey())


def test_any_flipped_bit_is_seen():
    key = DataKey()
    blob = seal(os.urandom(CHUNK_BYTES + 500), key)
    chance = random.Random(2)
    for position in [
        0,
        1,
        7,
        8,
        SEALED_CHUNK_BYTES + HEADER_BYTES,
        len(blob) - 1,
        *(chance.randrange(len(blob)) for _ in range(60)),
    ]:
        changed = bytearray(blob)
        changed[position] ^= 1 << chance.randrange(8)
        with pytest.raises(SealError):
            unseal(bytes(changed), key)


@pytest.mark.parametrize("size", SIZES)
def test_an_object_cut_anywhere_does_not_open(size):
    key = DataKey()
    blob = seal(os.urandom(size), key)
    chunk_ends = range(HEADER_BYTES, len(blob), SEALED_CHUNK_BYTES)
    for end in {0, 1, HEADER_BYTES - 1, *chunk_ends, len(blob) - 1}:
        with pytest.raises(SealError):
            unseal(blob[:end], key)


def test_chunks_moved_dropped_doubled_or_added_do_not_open():
    key = DataKey()
    blob = seal(os.urandom(3 * CHUNK_BYTES), key)
    head, rest = blob[:HEADER_BYTES], blob[HEADER_BYTES:]
    one, two, three = (rest[i : i + SEALED_CHUNK_BYTES] for i in range(0, len(rest), SEALED_CHUNK_BYTES))
    assert unseal(head + one + two + three, key)
    for order in [(two, one, three), (one, three), (one, two), (one, one, two, three), (one, two, three, three)]:
        with pytest.raises(SealError):
            unseal(head + b"".join(order), key)


def test_a_chunk_never_comes_out_before_it_is_authenticated():
    key = DataKey()
    blob = bytearray(seal(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES, key))
    blob[-1] ^= 1
    pieces = opened([bytes(blob)], key)
    assert next(pieces) == b"a" * CHUNK_BYTES
    with pytest.raises(SealError):
        next(pieces)


def test_the_key_of_another_object_opens_nothing():
    one, other = DataKey(), DataKey()
    with pytest.raises(SealError):
        unseal(seal(b"secret", one), DataKey(other.objet_id, one.secret))
    with pytest.raises(SealError):
        DataKey.unwrapped(other.objet_id, one.wrapped()[0])
    assert DataKey.unwrapped(one.objet_id, one.wrapped()[0]) == one


def test_a_vault_key_that_left_the_ring_opens_nothing(monkeypatch):
    key = DataKey()
    wrapped, name = key.wrapped()
    assert name == "derivee"
    monkeypatch.setattr(sealing, "vault_ring", lambda: Keyring([Key("2027", os.urandom(32))]))
    with pytest.raises(SealError):
        DataKey.unwrapped(key.objet_id, wrapped)
