"""Messages on a broken machine: a full disk refuses a file and keeps the words; a worker that dies leaves one receipt."""

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from bench.client import TOKEN, Answer, Client, multipart
from tests import maison
from tests.fautes import gestes
from tests.fautes.disque import Disque
from tests.fautes.portail import Portail, eventually

NOUVEAU = "/espace/messages/nouveau/"
DRAFT = re.compile(r"/espace/messages/brouillons/([A-Z0-9-]+)/")


@dataclass
class Brouillon:
    """A message written, on its way."""

    client: Client
    reference: str
    token: str

    def url(self, page: str) -> str:
        return f"/espace/messages/brouillons/{self.reference}/{page}/"

    def upload(self, content: bytes) -> Answer:
        values = {"csrfmiddlewaretoken": self.token, "action": "ajouter"}
        body, kind = multipart(values, [("fichiers", "IMG_2041.jpg", content)])
        return self.client.request("POST", self.url("fichiers"), body, {"Content-Type": kind})

    def send(self) -> Answer:
        body = f"csrfmiddlewaretoken={self.token}&attestation=on".encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.request("POST", self.url("verification"), body, kind)

    def pdf(self) -> Answer:
        return self.client.get(f"/espace/messages/{self.reference}/accuse/{self.reference}/accuse.pdf")


def written(client: Client, words: str = "Pourquoi mon aide a-t-elle changé ?") -> Brouillon:
    page = client.follow(client.submit(client.page(NOUVEAU), {"sujet": "FAM_LOGEMENT"}))
    reference = DRAFT.search(page.url)
    assert reference, page.text
    page = client.follow(client.submit(page, {"texte": words}))
    token = TOKEN.search(page.body)
    assert token, page.text
    return Brouillon(client, reference[1], unescape(token[1].decode()))


@pytest.fixture(scope="module")
def disque() -> Iterator[Disque]:
    made = Disque.make(maison.DOSSIER / f"disque-messages-{maison.WORKER}")
    yield made
    made.unmount()


def test_a_full_disk_refuses_the_file_by_name_and_the_words_are_there(
    installer_postgres: Callable[..., Portail], disque: Disque
) -> None:
    portail = installer_postgres(folder=disque.folder)
    portail.serve()
    draft, photo = written(portail.adherent()), gestes.photo()
    disque.fill(portail, leaving=8_000)
    told = draft.upload(photo)
    assert told.status == 422
    assert "IMG_2041.jpg" in gestes.text_of(told)
    assert "Nous n’avons plus de place pour le garder" in gestes.text_of(told)
    assert "Pourquoi mon aide" in gestes.text_of(draft.client.get(draft.url("verification")))
    assert portail.value("SELECT count(*) FROM messagerie_piece") == 0
    disque.free(portail)
    assert draft.upload(photo).status == 302
    assert draft.send().status == 302
    assert portail.value("SELECT count(*) FROM suivi_affaire WHERE genre = 'message'") == 1
    assert not portail.lost()


def test_a_worker_killed_between_the_sending_and_the_receipt_is_followed_by_another(
    installer: Callable[..., Portail], tmp_path: Path
) -> None:
    portail = installer()
    portail.serve()
    drafts = [written(portail.adherent()) for _ in range(2)]
    for draft in drafts:
        assert draft.upload(gestes.photo()).status == 302
        assert draft.send().status == 302
        assert draft.send().status == 302
    mark = tmp_path / "mort"
    for when, where in (
        ("avant", "enclos.accuses.impression:typeset"),
        ("apres", "enclos.accuses.impression:keep_first"),
    ):
        mark.touch()
        dead = portail.work(mort=[when, where, str(mark)])
        assert dead.wait(30) == -signal.SIGKILL, (when, where)
        portail.time_passes()
    portail.work_again()
    open_receipts = "SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NULL"
    assert eventually(lambda: portail.value(open_receipts) == 0, patience=30)
    assert portail.value("SELECT count(*) FROM accuses_accuse") == len(drafts)
    assert portail.value("SELECT count(*) FROM suivi_affaire WHERE genre = 'message'") == len(drafts)
    assert all(draft.pdf().body.startswith(b"%PDF-") for draft in drafts)
    portail.stop_workers()
    portail.check()
