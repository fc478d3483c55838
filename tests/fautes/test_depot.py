"""A file on its way in: the line is cut, the disk is full, the storage is away, the inspection is killed."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually


@pytest.fixture(scope="module")
def portail(installer: Callable[..., Portail]) -> Portail:
    made = installer()
    made.serve()
    return made


def test_an_upload_cut_in_the_middle_leaves_nothing_and_its_retry_is_one_page(portail: Portail) -> None:
    draft = gestes.begin(portail.adherent())
    photo, jeton = gestes.photo(), gestes.jeton()
    before = portail.stored()
    slow = draft.slow_upload(photo, jeton=jeton)
    assert eventually(portail.half_received), "it is sealed while it comes in"
    assert not any(photo[2000:2100] in path.read_bytes() for path in portail.half_received())
    slow.cut()
    assert eventually(lambda: not portail.half_received()), portail.half_received()
    assert portail.stored() == before
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee") == 0

    assert draft.upload(photo, jeton=jeton).status == 302
    assert draft.upload(photo, jeton=jeton).status == 302  # the script did not hear the first answer
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee") == 1
    assert not portail.lost()
    assert draft.send().status == 302


def test_an_inspection_killed_between_two_uploads_comes_back_by_itself(portail: Portail) -> None:
    draft = gestes.begin(portail.adherent())
    assert draft.upload().status == 302
    killed = portail.inspection_pid()
    os.kill(killed, signal.SIGKILL)
    assert draft.upload().status == 302, "the member waited for the next one, and noticed nothing"
    assert portail.inspection_pid() not in {0, killed}
    assert draft.send().status == 302
