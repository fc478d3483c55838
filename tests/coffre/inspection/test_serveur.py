"""The process itself: what a child may do, how it dies, and that nothing of it takes the server along."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from enclos.coffre.inspection import launch, protocol
from enclos.coffre.inspection.client import InspectionUnavailable, Inspector
from enclos.coffre.inspection.types import Inspected, MalformedAnswer, Refused, inspected_from
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire
from tests.services.processus import stop


@contextmanager
def serving(path: Path, *options: str) -> Iterator[Laboratoire]:
    process = launch.start(path, "--with-trials", *options)
    try:
        yield Laboratoire(path)
    finally:
        stop(process)


def eventually(happens: Callable[[], bool], within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.02)
    return False


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# ── what a child may do ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("forbidden", ["file", "network", "process"])
def test_a_child_cannot_reach_anything(laboratoire: Laboratoire, forbidden: str) -> None:
    answer = laboratoire.tries(forbidden)
    assert answer["code"] == "analyse_impossible"
    assert "PermissionError" in str(answer["details"])


def test_a_child_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCLOS_SECRET_KEY", "un secret")
    with serving(tmp_path / "s.sock") as inspector:
        assert inspector.tries("environment")["names"] == []
        pid = inspector.status()["pid"]
        assert b"un secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_protections_are_tried_and_told(laboratoire: Laboratoire) -> None:
    status = laboratoire.status()
    protections = status["protections"]
    assert isinstance(protections, dict)
    assert {"fichiers", "reseau", "processus", "privileges", "landlock", "seccomp", "namespaces"} == set(protections)
    assert protections["fichiers"]
    assert protections["reseau"]
    assert protections["processus"]
    assert status["sandbox"] == "complete"


# ── how a child dies ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("misdeed", "code"), [("memory", "trop_gonfle"), ("crash", "analyse_impossible"), ("exit", "analyse_impossible")]
)
def test_a_child_that_dies_is_a_refusal(laboratoire: Laboratoire, misdeed: str, code: str) -> None:
    assert laboratoire.tries(misdeed)["code"] == code
    laboratoire.accepts(fabrique.jpeg_photo(300, 400))


def test_a_child_that_computes_without_end_is_stopped(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--cpu", "1") as inspector:
        assert inspector.tries("cpu")["code"] == "trop_long"
        inspector.accepts(fabrique.jpeg_photo(300, 400))


def test_a_child_that_sleeps_is_stopped(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--wall", "0.4") as inspector:
        assert inspector.tries("sleep")["code"] == "trop_long"
        inspector.accepts(fabrique.pdf_text())


def test_a_file_too_large_for_the_memory_is_a_refusal(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--memory", str(90 * 1024 * 1024)) as inspector:
        assert inspector.refuses(fabrique.png_blank(6300, 6300)).code in ("trop_gonfle", "analyse_impossible")
        inspector.accepts(fabrique.png_page(300, 400))


def test_an_answer_that_no_honest_child_gives_is_not_believed(laboratoire: Laboratoire) -> None:
    header, blobs = laboratoire._ask({"op": "trial", "kind": "nonsense"}, [b""])
    with pytest.raises(MalformedAnswer):
        inspected_from(header, blobs)


def test_a_client_that_leaves_takes_its_child_along(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--slots", "1") as inspector:
        hurried = Inspector(inspector.socket_path, patience=0.3)
        with pytest.raises(InspectionUnavailable):
            hurried._ask({"op": "trial", "kind": "sleep"}, [b""])
        assert eventually(lambda: inspector.status()["running"] == 0)
        inspector.accepts(fabrique.jpeg_photo(300, 400))


# ── how the server lives ──────────────────────────────────────────────────────────────────────────────────────


def test_two_hundred_mixed_requests_from_eight_threads(laboratoire: Laboratoire) -> None:
    samples: list[tuple[bytes, str]] = [
        (fabrique.jpeg_photo(300, 400), "image/jpeg"),
        (fabrique.jpeg_photo(300, 400, orientation=6), "image/jpeg"),
        (fabrique.png_page(300, 400), "image/png"),
        (fabrique.pdf_text(2), "application/pdf"),
        (fabrique.pdf_with_javascript(), "application/pdf"),
        (fabrique.pdf_bomb(), "trop_gonfle"),
        (fabrique.pdf_locked(), "pdf_mot_de_passe"),
        (fabrique.gif(), "type_inconnu"),
        (b"", "vide"),
        (fabrique.truncated(fabrique.jpeg_photo(300, 400)), "tronque"),
    ]
    before = laboratoire.status()
    chance = random.Random(3)
    work = [chance.choice(samples) for _ in range(190)]
    misdeeds = ["memory", "crash", "exit", "file", "process"] * 2

    def ask(sample: tuple[bytes, str]) -> bool:
        while True:
            try:
                answer = laboratoire.inspect(sample[0], "papier")
            except InspectionUnavailable as away:
                if not away.is_busy:
                    raise
                time.sleep(0.05)
                continue
            return (answer.media_type if isinstance(answer, Inspected) else answer.code) == sample[1]

    with ThreadPoolExecutor(8) as threads:
        broken = [threads.submit(laboratoire.tries, misdeed) for misdeed in misdeeds]
        assert all(threads.map(ask, work))
        assert all("code" in future.result() for future in broken)
    after = laboratoire.status()
    assert after["pid"] == before["pid"]
    assert after["running"] == after["waiting"] == 0
    descriptors = len(os.listdir(f"/proc/{after['pid']}/fd"))
    assert descriptors < 20


def test_too_many_requests_are_told_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--slots", "1", "--waiting", "1", "--wall", "1.5") as inspector:
        threads = [threading.Thread(target=inspector.tries, args=["sleep"]) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert eventually(lambda: inspector.status()["waiting"] == 1)
        with pytest.raises(InspectionUnavailable) as caught:
            inspector.inspect(fabrique.pdf_text(), "papier.pdf")
        assert caught.value.is_busy
        for thread in threads:
            thread.join()
        assert inspector.accepts(fabrique.pdf_text())


def test_a_huge_picture_waits_for_the_other_one_and_lets_the_small_pass(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", "--slots", "2") as inspector, ThreadPoolExecutor(4) as threads:
        huge = fabrique.png_blank(9_000, 8_000)
        results = [threads.submit(inspector.inspect, huge, "plan.png") for _ in range(3)]
        assert isinstance(inspector.inspect(fabrique.pdf_text(), "papier.pdf"), Inspected)
        assert all(isinstance(result.result(), Inspected) for result in results)


def test_nonsense_on_the_socket_disturbs_nobody(laboratoire: Laboratoire) -> None:
    for sent in (b"\x00\x00\x00\x02{}", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100, b"\x00\x00\x00\x05nope!", b"\x00"):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(laboratoire.socket_path)
            wire.sendall(sent)
    assert laboratoire.status()["sandbox"]


def test_a_silent_client_is_dropped(tmp_path: Path, laboratoire: Laboratoire) -> None:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(laboratoire.socket_path)
        wire.settimeout(15)
        received = bytearray()
        fds: list[int] = []
        assert protocol.receive_some(wire, received, fds)
        assert protocol.unpack(received) == {"outcome": "invalid", "reason": "request too slow"}


def test_trials_are_refused_in_production(tmp_path: Path) -> None:
    process = launch.start(tmp_path / "s.sock")
    try:
        with pytest.raises(ValueError, match="unknown operation"):
            Laboratoire(tmp_path / "s.sock").tries("memory")
    finally:
        stop(process)


def test_nobody_but_its_owner_may_speak_to_it(laboratoire: Laboratoire) -> None:
    assert Path(laboratoire.socket_path).stat().st_mode & 0o777 == 0o600


def test_a_folder_too_deep_for_a_socket_name_works(tmp_path: Path) -> None:
    folder = tmp_path / ("profond" * 10) / ("dossier" * 10)
    folder.mkdir(parents=True)
    with serving(folder / "inspection.sock") as inspector:
        assert inspector.accepts(fabrique.pdf_text()).pages == 1


def test_without_a_process_the_file_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(InspectionUnavailable):
        Inspector(tmp_path / "absent.sock").inspect(fabrique.pdf_text(), "papier.pdf")


def test_a_process_that_dies_during_a_request_is_unavailable(tmp_path: Path) -> None:
    process = launch.start(tmp_path / "s.sock", "--with-trials")
    inspector = Laboratoire(tmp_path / "s.sock")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(inspector.tries, "sleep")
        assert eventually(lambda: inspector.status()["running"] == 1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with pytest.raises(InspectionUnavailable):
            asked.result()
    assert children
    assert eventually(lambda: not any(is_alive(int(child)) for child in children))
    # The next one takes over the address that the dead one left.
    with serving(tmp_path / "s.sock") as successor:
        successor.accepts(fabrique.pdf_text())


def test_it_cleans_up_when_it_is_stopped(tmp_path: Path) -> None:
    process = launch.start(tmp_path / "s.sock")
    process.terminate()
    assert process.wait(10) == 0
    assert not (tmp_path / "s.sock").exists()


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    program = (
        "import sys, time; from enclos.coffre.inspection import launch;"
        "print(launch.start(sys.argv[1]).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, cwd=launch.ROOT)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not is_alive(pid))
    assert not path.exists()


def test_a_refusal_is_told_in_french(laboratoire: Laboratoire) -> None:
    refused = laboratoire.refuses(fabrique.pdf_locked())
    assert refused == Refused(code="pdf_mot_de_passe")
    assert refused.phrase.startswith("Ce PDF est protégé par un mot de passe.")


def test_a_request_above_the_limit_is_refused_without_asking(laboratoire: Laboratoire) -> None:
    answer = laboratoire.inspect(bytes(65_000_000), "gros.pdf")
    assert isinstance(answer, Refused)
    assert answer.code == "trop_lourd"
