"""The disk is full: while a file comes in, while a receipt is sealed, under the database itself."""

from collections.abc import Callable, Iterator

import pytest

from tests import maison
from tests.fautes import gestes
from tests.fautes.disque import Disque
from tests.fautes.portail import Portail, eventually


@pytest.fixture(scope="module")
def disques() -> Iterator[Callable[[], Disque]]:
    made: list[Disque] = []

    def make() -> Disque:
        made.append(Disque.make(maison.DOSSIER / f"disque-{maison.WORKER}-{len(made)}"))
        return made[-1]

    yield make
    for disque in made:
        disque.unmount()


def test_a_full_disk_refuses_the_file_by_name_then_takes_it_when_there_is_room(installer_postgres, disques) -> None:
    disque = disques()
    portail: Portail = installer_postgres(folder=disque.folder)
    portail.serve()
    draft, photo = gestes.ready(portail.adherent()), gestes.photo()
    before = portail.stored()

    disque.fill(portail, leaving=8_000)
    told = draft.upload(photo)
    assert told.status == 422
    assert "IMG_2041.jpg" in gestes.text_of(told)
    assert "Nous n’avons plus de place pour le garder" in gestes.text_of(told)
    assert portail.stored() == before
    assert eventually(lambda: not portail.half_received())
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee") == 1

    disque.free(portail)
    assert draft.upload(photo).status == 302
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee") == 2

    # What is already there can still be sent without room: the receipt is on the screen, its PDF waits.
    worker = portail.work()
    assert eventually(lambda: "Le travail de fond est fait ici" in portail.log.read_text()), portail.log.read_text()[
        -3000:
    ]
    disque.fill(portail)
    before = portail.stored()
    assert draft.send().status == 302
    assert "Accusé de réception" in gestes.text_of(draft.receipt())
    error = eventually(lambda: portail.value("SELECT last_error FROM accuses_accuse"))
    assert any(words in error for words in ("StorageFull", "No space left", "File too large")), error
    assert portail.rows("SELECT pdf_id, broken_at FROM accuses_accuse") == [(None, None)]
    assert portail.stored() == before
    assert worker.poll() is None

    disque.free(portail)
    portail.work_again()
    assert eventually(lambda: portail.value("SELECT pdf_id FROM accuses_accuse"))
    pdf = draft.pdf()
    assert (pdf.status, pdf.body[:5]) == (200, b"%PDF-")
    portail.stop_workers()
    portail.check()


def test_a_database_without_room_is_a_pause_said_in_words_and_nothing_is_lost(installer, disques) -> None:
    disque = disques()
    portail: Portail = installer(folder=disque.folder)
    portail.serve()
    draft = gestes.ready(portail.adherent())
    disque.fill(portail)
    told = draft.send()
    assert told.status == 503, told.text
    assert int(told.headers["retry-after"]) > 0
    assert "Le site est arrêté un moment" in gestes.text_of(told)
    assert "il n’est pas envoyé" in gestes.text_of(told)
    disque.free(portail)
    assert portail.value("SELECT submitted_at FROM envois_envoi") is None
    assert draft.send().status == 302
    assert portail.value("SELECT count(*) FROM accuses_accuse") == 1
    assert not portail.lost()
