"""The NIR at rest: a copy of the database gives none, nor anything one could guess them from (standards.md §3.5)."""

import hashlib

import pytest
from django.db import connection

from enclos.api.depot.staging import rows_of
from enclos.registre.models import Personne
from enclos.socle import sealed
from tests.api.depots import Depot, nir

NUMBERS = [nir(number) for number in range(5)]


@pytest.fixture
def dump(db, tmp_path):
    """Everything the database holds after an import, as bytes."""
    depot = Depot(tmp_path)
    depot.personnes(
        *(
            {"ref": f"P{n}", "nir": number, "nia": nir(100 + n), "vitale_serie": f"SERIE-{n}"}
            for n, number in enumerate(NUMBERS)
        )
    ).taken()
    depot.personnes(*({"ref": f"P{n}", "nir": number, "civilite": "DR"} for n, number in enumerate(NUMBERS))).take()
    with connection.cursor() as cursor:
        return b"\n".join(
            bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
            for table in connection.introspection.table_names(cursor)
            for row in rows_of(f'SELECT * FROM "{table}"')
            for value in row
        )


def test_a_dump_holds_neither_the_number_nor_a_plain_hash_of_it(dump):
    assert b"DELATTRE" in dump
    for number in [*NUMBERS, *(nir(100 + n) for n in range(5))]:
        assert number.encode() not in dump
        for kind in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256"):
            digest = hashlib.new(kind, number.encode())
            assert digest.hexdigest().encode() not in dump
            assert digest.digest() not in dump
    assert b"SERIE-" not in dump


def test_a_sealed_number_opens_for_its_own_person_only(dump):
    one, other = Personne.objects.order_by("ref")[:2]
    assert one.nir == NUMBERS[0]
    one.nir_sealed = other.nir_sealed
    with pytest.raises(sealed.SealError):
        _ = one.nir


def test_two_imports_of_one_number_do_not_look_alike_but_are_found_alike(db, tmp_path):
    depot = Depot(tmp_path).personnes({"ref": "P1", "nir": NUMBERS[0]})
    depot.taken()
    before = Personne.objects.get()
    depot.personnes({"ref": "P1", "nir": NUMBERS[0], "email": "a@enclos.example"}).taken()
    after = Personne.objects.get()
    assert bytes(before.nir_sealed) != bytes(after.nir_sealed)
    assert before.nir_index == after.nir_index != NUMBERS[0]
    assert before.row_digest != after.row_digest
