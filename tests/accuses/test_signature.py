"""The signed paper, told true by pyHanko and by our own eyes; one byte changed, told false by both."""

import random
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509
from pdfua.validator import validate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from enclos.accuses import cachet
from enclos.accuses.reconnaissance import der_length, sealed_by
from enclos.socle import pdf
from tests.accuses.modeles import RECEIVED, contenu
from tests.accuses.test_mentions import words

TEMPLATE = pdf.ROOT / "accuses" / "typst" / "accuse.typ"


def paper(content=None) -> bytes:
    shown = words(content or contenu())
    return pdf.typeset(
        TEMPLATE, {**shown, "verification": {**shown["verification"], "qr": pdf.qr("essai")}}, at=RECEIVED
    )


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cachets") / "cachet"
    cachet.make_demo_seal(path)
    return path


@pytest.fixture(scope="module")
def signed(directory: Path) -> bytes:
    return cachet.sign(paper(), seal=cachet.active(directory), reason="Accusé de réception KM7-RP4-QB2")


def status_of(data: bytes, directory: Path):
    seal = cachet.active(directory)
    root = x509.Certificate.load(cachet.der_of(seal.chain[-1]))
    signature = PdfFileReader(BytesIO(data)).embedded_signatures[0]
    return signature, validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))


def test_the_signature_is_valid_trusted_and_covers_the_whole_file(signed: bytes, directory: Path):
    signature, status = status_of(signed, directory)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.docmdp_level.name == "NO_CHANGES"
    assert signature.sig_object["/Reason"] == "Accusé de réception KM7-RP4-QB2"
    assert status.md_algorithm == "sha256"


def test_our_own_check_knows_the_seal_without_reading_the_pdf(signed: bytes, directory: Path):
    seal = sealed_by(signed, cachet.known(directory))
    assert seal is not None
    assert seal.fingerprint == cachet.active(directory).fingerprint


def test_any_byte_changed_anywhere_is_seen(signed: bytes, directory: Path):
    seals = cachet.known(directory)
    chance = random.Random(2026)
    places = {*range(len(signed) - 6_000, len(signed), 7), *chance.sample(range(len(signed)), 400)}
    for place in places:
        changed = bytearray(signed)
        changed[place] ^= 0x20  # what turns a capital into a small letter, in a hexadecimal text too
        assert sealed_by(bytes(changed), seals) is None, f"byte {place}"


@pytest.mark.parametrize("after", [b"\n", b"%%EOF\n", b"0" * 100])
def test_what_is_added_at_the_end_is_seen(signed: bytes, directory: Path, after: bytes):
    assert sealed_by(signed + after, cachet.known(directory)) is None


def test_a_page_added_by_a_pdf_program_is_seen_by_both(signed: bytes, directory: Path):
    with pikepdf.open(BytesIO(signed)) as document:
        document.add_blank_page()
        document.save(out := BytesIO())
    assert sealed_by(out.getvalue(), cachet.known(directory)) is None


def test_a_seal_of_somebody_else_is_not_ours(signed: bytes, tmp_path: Path):
    cachet.make_demo_seal(tmp_path / "autre")
    assert sealed_by(signed, cachet.known(tmp_path / "autre")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"/ByteRange [0 10 20 30]",
        b"/ByteRange [0 2 4 36]<>" + b" " * 17,
        b"x" * 9 + b"<00>" + b"/ByteRange [0 9 13 23] ",
        b"x" * 9 + b"<3080000000>" + b"/ByteRange [0 9 21 24] ",
        b"x" * 9 + b"<30020500>" + b"/ByteRange [0 9 19 23]",
    ],
)
def test_what_is_no_receipt_is_no_receipt(data: bytes, directory: Path):
    assert sealed_by(data, cachet.known(directory)) is None


def test_lengths_that_lie_are_refused():
    assert der_length(b"\x30") is None
    assert der_length(b"\x30\x05abc") is None
    assert der_length(b"\x30\x03abcdef") == 5
    assert der_length(b"\x30\x85\x01\x00\x00\x00\x00") is None


def test_receipts_signed_before_a_rotation_are_still_known(signed: bytes, directory: Path, tmp_path: Path):
    (tmp_path / "ancien.pem").write_bytes((directory / "demonstration.pem").read_bytes())
    assert sealed_by(signed, cachet.known(tmp_path)) is not None


def test_signing_keeps_the_tags_the_standards_and_no_finding(signed: bytes, tmp_path: Path):
    path = tmp_path / "accuse.pdf"
    path.write_bytes(signed)
    assert validate(str(path)).findings == ()
    with pikepdf.open(path) as document:
        metadata = document.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("2", "A", "1")
        assert document.Root.StructTreeRoot
        assert metadata["dc:title"] == "Accusé de réception KM7-RP4-QB2"
        assert "/OpenAction" not in document.Root
