"""Messages on a broken machine: a full disk, a storage or a database away keep the words; a worker that dies leaves one receipt."""

import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from bench.client import TOKEN, Answer, Client, multipart
from tests import maison
from tests.fautes import gestes
from tests.fautes.disque import Disque
from tests.fautes.portail import Portail, eventually
from tests.fautes.test_base import is_a_pause, stopped
from tests.services.grappe import Cluster

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

    @property
    def thread(self) -> str:
        return f"/espace/messages/{self.reference}/"

    def upload_body(self, content: bytes) -> tuple[bytes, str]:
        values = {"csrfmiddlewaretoken": self.token, "action": "ajouter"}
        return multipart(values, [("fichiers", "IMG_2041.jpg", content)])

    def upload(self, content: bytes) -> Answer:
        body, kind = self.upload_body(content)
        return self.client.request("POST", self.url("fichiers"), body, {"Content-Type": kind})

    def slow_upload(self, content: bytes) -> gestes.SlowUpload:
        """Half of an upload, on a bad line."""
        body, kind = self.upload_body(content)
        return gestes.SlowUpload.begin(self.client, self.url("fichiers"), body, kind, sent=0.5)

    def send(self, client: Client | None = None) -> Answer:
        return self.post(self.url("verification"), "medical=non&attestation=on", client)

    def post(self, path: str, said: str, client: Client | None = None) -> Answer:
        body = f"csrfmiddlewaretoken={self.token}&{said}".encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return (client or self.client).request("POST", path, body, kind)

    def pdf(self, client: Client | None = None) -> Answer:
        return (client or self.client).get(f"{self.thread}accuse/{self.reference}/accuse.pdf")


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


def test_a_database_away_is_a_pause_and_every_word_is_there_when_it_is_back(
    installer_postgres: Callable[..., Portail], cluster: Cluster
) -> None:
    portail = installer_postgres(database_pool="4")
    portail.serve()
    coming, ready, sent = (written(portail.adherent()) for _ in range(3))
    assert ready.upload(gestes.photo()).status == 302
    assert sent.send().status == 302
    photo = gestes.photo()
    slow = coming.slow_upload(photo)
    assert eventually(portail.half_received)
    worker = portail.work()
    receipts = "SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NOT NULL"
    assert eventually(lambda: portail.value(receipts) == 1)
    stored = portail.stored()

    with stopped(cluster), ThreadPoolExecutor(5) as pool:  # each waits for a connection before it gives up
        asked = [
            pool.submit(ready.send, portail.same(ready.client)),
            pool.submit(ready.post, ready.url("texte"), "texte=Autre", portail.same(ready.client)),
            pool.submit(sent.post, f"{sent.thread}repondre/", "texte=Encore", portail.same(sent.client)),
            pool.submit(portail.same(sent.client).get, sent.thread),
            pool.submit(sent.pdf, portail.same(sent.client)),
        ]
        status, page = slow.finish()
        assert all(is_a_pause(one.result()) for one in asked)
        assert (status, "Le site est arrêté un moment" in page) == (503, True)
        assert portail.stored() == stored, "half an upload leaves nothing"

    assert eventually(lambda: sent.client.get(sent.thread).status == 200)
    assert worker.poll() is None, "a worker waits for its database"
    assert portail.value("SELECT count(*) FROM messagerie_message WHERE sent_at IS NOT NULL") == 1
    assert "Pourquoi mon aide" in gestes.text_of(ready.client.get(ready.url("verification")))
    assert coming.upload(photo).status == 302
    assert [draft.send().status for draft in (ready, coming)] == [302, 302]
    assert portail.value("SELECT count(*) FROM suivi_affaire WHERE genre = 'message'") == 3
    assert eventually(lambda: portail.value(receipts) == 3), "the worker goes on by itself"
    portail.stop_workers()
    portail.check()


def test_a_storage_away_refuses_the_file_keeps_the_words_and_lets_them_leave(
    installer: Callable[..., Portail],
) -> None:
    portail = installer()
    portail.serve()
    here, away = portail.folder / "coffre", portail.folder / "coffre.parti"
    draft = written(portail.adherent())
    assert draft.upload(gestes.photo()).status == 302

    here.rename(away)
    told = draft.upload(gestes.photo())
    assert told.status == 422
    assert "IMG_2041.jpg" in gestes.text_of(told)
    assert "Nous ne pouvons pas le garder pour le moment" in gestes.text_of(told)
    assert portail.value("SELECT count(*) FROM messagerie_piece") == 1
    assert eventually(lambda: not portail.half_received())
    thumbnail = draft.client.get(gestes.first_image(draft.client.get(draft.url("fichiers"))))
    assert thumbnail.status == 503
    assert "Il est bien gardé" in gestes.text_of(thumbnail)
    # Sending asks nothing of the storage: the file was durable before. The thread is read without it.
    assert draft.send().status == 302
    assert "Pourquoi mon aide" in gestes.text_of(draft.client.get(draft.thread))
    worker = portail.work()
    assert eventually(lambda: portail.value("SELECT last_error FROM accuses_accuse"))
    assert portail.rows("SELECT pdf_id, kept_at, broken_at FROM accuses_accuse") == [(None, None, None)]
    assert worker.poll() is None
    assert not here.exists(), "nothing is written under a disk that is not mounted"

    away.rename(here)
    portail.work_again()
    assert eventually(lambda: portail.value("SELECT pdf_id FROM accuses_accuse"))
    assert draft.pdf().body.startswith(b"%PDF-")
    portail.stop_workers()
    portail.check()
