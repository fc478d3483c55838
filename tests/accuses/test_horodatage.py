"""Time-stamps of an authority: asked once the paper is stored, beside it, and never in its way."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import cms, keys, tsp, x509
from cryptography import x509 as c_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone
from pyhanko.sign.timestamps import DummyTimeStamper

from config.env import ENV
from enclos.accuses import actions, horodatage, impression
from enclos.accuses.cachet import der_of, name_of
from enclos.accuses.models import Horodatage
from enclos.accuses.tasks import stamp_due
from enclos.caisses.access import default_caisse
from enclos.journal.actions import SYSTEM
from tests.accuses.modeles import RECEIVED, contenu
from tests.services.processus import free_port

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 9, 47, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    name = name_of("Horodatage d’essai", "Essai")
    now = datetime.now(UTC)
    certificate = c_x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return DummyTimeStamper(x509.Certificate.load(der_of(certificate)), keys.PrivateKeyInfo.load(der), fixed_dt=AT)


@pytest.fixture
def tsa(authority: DummyTimeStamper, monkeypatch: pytest.MonkeyPatch):
    """A real authority on a real port; `answer` may be replaced."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            data = server.answer(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    class Server(HTTPServer):
        @staticmethod
        def answer(body: bytes) -> bytes:
            return bytes(authority.request_tsa_response(tsp.TimeStampReq.load(body)).dump())

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    use(f"http://127.0.0.1:{server.server_port}/", monkeypatch)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (impression, horodatage):
        monkeypatch.setattr(module, "ENV", replace(ENV, tsa_url=url))


def sealed():
    accuse = actions.issue(
        kind="reception",
        reference="KM7-RP4-QB2",
        received_at=RECEIVED,
        caisse=default_caisse(),
        contenu=contenu(),
        by=SYSTEM,
    )
    impression.seal(accuse)
    accuse.refresh_from_db()
    return accuse


def test_the_authority_dates_the_signed_paper_whose_bytes_stay_the_same(tsa):
    accuse = sealed()
    assert stamp_due() == 1
    row = Horodatage.objects.get()
    assert (row.is_kept, row.at) == (True, AT)
    assert row.jeton is not None
    info = cms.ContentInfo.load(bytes(row.jeton))["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native.hex() == accuse.pdf_sha256
    accuse.refresh_from_db()
    assert accuse.pdf_sha256 == row.sha256
    assert stamp_due() == 0


def test_without_an_authority_nothing_is_promised():
    sealed()
    assert not Horodatage.objects.exists()


@pytest.mark.parametrize("answer", [b"", b"n'importe quoi", b"\x30\x03\x02\x01\x02", b"\x30\x05\x30\x03\x02\x01\x02"])
def test_an_answer_that_is_none_is_asked_again_later(tsa, answer: bytes):
    sealed()
    plain, tsa.answer = tsa.answer, lambda body: answer
    assert stamp_due() == 0
    row = Horodatage.objects.get()
    assert (row.jeton, row.is_broken, row.attempts) == (None, False, 1)
    assert row.last_error.startswith("NoStamp")
    tsa.answer = plain
    Horodatage.objects.update(next_at=timezone.now())
    assert stamp_due() == 1


def test_the_answer_to_another_question_is_refused(tsa, authority):
    sealed()
    other = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"x" * 32},
            "nonce": 5,
        }
    )
    tsa.answer = lambda body: authority.request_tsa_response(other).dump()
    stamp_due()
    assert "autre question" in Horodatage.objects.get().last_error


def test_no_authority_at_the_other_end_is_a_bad_moment(monkeypatch):
    use(f"http://127.0.0.1:{free_port()}/", monkeypatch)
    accuse = sealed()
    assert stamp_due() == 0
    assert accuse.is_ready
    assert Horodatage.objects.get().last_error == "NoStamp: URLError"


def test_only_the_web_is_asked(monkeypatch):
    use("file:///etc/passwd", monkeypatch)
    sealed()
    stamp_due()
    assert "https://" in Horodatage.objects.get().last_error
