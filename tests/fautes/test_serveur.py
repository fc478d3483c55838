"""The web server is killed while it writes, or asked to stop while files come in."""

import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually, is_alive
from tests.services.processus import stop

MOMENTS = {
    "before anything is written": ("avant", "enclos.envois.actions:open_affaire", False),
    "in the middle of the transaction": ("apres", "enclos.envois.actions:issue_acknowledgement", False),
    "after its commit, before the answer": ("apres", "enclos.envois.views:submit", True),
}


@pytest.fixture(scope="module")
def portail(installer: Callable[..., Portail]) -> Portail:
    return installer()


def kept(portail: Portail, draft: gestes.Brouillon) -> dict[str, int]:
    """How many rows a sending has of each kind."""
    counts = {
        table: portail.value(f"SELECT count(*) FROM {table} WHERE reference = ?", draft.reference)
        for table in ("accuses_accuse", "suivi_affaire")
    }
    sent = "SELECT count(*) FROM envois_envoi WHERE reference = ? AND submitted_at IS NOT NULL"
    mails = "SELECT count(*) FROM courrier_courriel WHERE cle LIKE '%' || ? || '%'"
    return counts | {"envois": portail.value(sent, draft.reference), "courriels": portail.value(mails, draft.reference)}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_web_process_killed_after_envoyer_leaves_a_draft_or_a_whole_sending(
    portail: Portail, moment: str, tmp_path: Path
) -> None:
    when, where, is_sent = MOMENTS[moment]
    mark = tmp_path / "mort"
    portail.serve(mort=[when, where, str(mark)])
    draft = gestes.ready(portail.adherent())
    mark.touch()
    with pytest.raises((HTTPException, OSError)):
        draft.send()
    assert not mark.exists(), "the process died there"
    whole = {"accuses_accuse": 1, "suivi_affaire": 1, "envois": 1, "courriels": 1}
    assert kept(portail, draft) == (whole if is_sent else dict.fromkeys(whole, 0))

    # The member tries again, of the process that took over: one sending, one receipt.
    again = eventually(lambda: answered(portail, draft))
    assert again == (302, draft.receipt_url)
    assert answered(portail, draft) == again
    assert kept(portail, draft) == whole
    assert "Accusé de réception" in gestes.text_of(draft.receipt())
    assert not portail.lost()
    assert portail.server is not None
    stop(portail.server)


def answered(portail: Portail, draft: gestes.Brouillon) -> tuple[int, str] | None:
    try:
        answer = draft.send(portail.same(draft.client))
    except (HTTPException, OSError):
        return None
    return answer.status, answer.headers.get("location", "")


def test_the_whole_server_killed_and_started_again_has_lost_nothing(portail: Portail) -> None:
    portail.serve()
    draft, sent = gestes.ready(portail.adherent()), gestes.sent(portail.adherent())
    slow = draft.slow_upload(gestes.photo())
    assert eventually(portail.half_received)
    assert portail.server is not None
    children = [*portail.web_pids(), portail.inspection_pid()]
    portail.server.kill()
    portail.server.wait()
    assert slow.finish()[0] == 0
    assert eventually(lambda: not any(is_alive(pid) for pid in children)), "nobody outlives it"
    portail.serve()
    assert "Accusé de réception" in gestes.text_of(sent.receipt())
    assert draft.send(portail.same(draft.client)).status == 302
    assert not portail.lost()
    # Half a file, of which nobody has the key: the sweep removes it when it is a day old.
    [left] = portail.half_received()
    os.utime(left, (0, 0))
    portail.work_again()
    assert eventually(lambda: not left.exists())
    assert eventually(lambda: portail.value("SELECT count(*) FROM accuses_accuse WHERE pdf_id IS NULL") == 0)
    portail.stop_workers()
    portail.check()


def test_a_server_asked_to_stop_lets_the_files_that_come_in_finish(portail: Portail) -> None:
    draft = gestes.begin(portail.adherent())
    uploads = [draft.slow_upload(gestes.photo()) for _ in range(6)]
    assert eventually(lambda: len(portail.half_received()) == 6)
    server = portail.server
    assert server is not None
    server.send_signal(signal.SIGTERM)
    assert eventually(lambda: not takes_new(portail.port)), "it takes nobody new"
    with ThreadPoolExecutor(6) as pool:
        ends = list(pool.map(gestes.SlowUpload.finish, uploads))
    assert [status for status, _ in ends] == [302] * 6, ends
    assert server.wait(20) == 0
    assert not portail.half_received()
    assert portail.value("SELECT count(*) FROM envois_pageenvoyee p JOIN envois_documentenvoye d ON d.id = p.document_id"
                         " JOIN envois_envoi e ON e.id = d.envoi_id WHERE e.reference = ?", draft.reference) == 6  # fmt: skip
    assert not portail.lost()


def takes_new(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0
