"""`enclos demo` as a newcomer runs it: real processes, a real port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import maison
from tests.services.processus import ROOT, die_with_parent, free_port

ENCLOS = [sys.executable, "-m", "enclos"]


def clean_env() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENCLOS_", "TESTS_", "DJANGO_", "PYTEST"))
    }


def start(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    with (folder.with_suffix(".log")).open("wb") as log:
        return subprocess.Popen(
            [*ENCLOS, "demo", "--port", str(port), "--data", str(folder)],
            stdout=log, stderr=log, env=clean_env(), cwd=ROOT, preexec_fn=die_with_parent,
        )  # fmt: skip


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 180
    while not answers(port):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def children_of(pid: int) -> set[int]:
    """Every descendant alive of a process."""
    found: set[int] = set()
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found |= {int(child)} | children_of(int(child))
    return found


def are_gone(pids: set[int], *, patience: float = 15) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


@pytest.fixture
def folder() -> Path:
    return maison.DOSSIER / f"demo-{maison.WORKER}-{time.monotonic_ns()}"


def test_it_serves_says_who_one_can_be_and_ctrl_c_stops_all(folder: Path) -> None:
    port = free_port()
    process = start(folder, port)
    log = folder.with_suffix(".log")
    wait(process, port, log)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/personnes.json") as response:
        people = json.load(response)
    assert {one["role"] for one in people} == {"adherent", "agent"}
    assert all(one["totp"] for one in people if one["role"] == "agent")
    deadline = time.monotonic() + 10
    while "Ctrl-C arrête tout" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)  # it sees that the server answers a moment after we did
    started = children_of(process.pid)
    assert len(started) >= 5  # inspection, worker, server and its two processes
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert are_gone(started)
    text = log.read_text()
    assert f"http://127.0.0.1:{port}/" in text
    assert "Betterave-1985" in text
    log.unlink()  # it told the identifiers, as the contract wants: not a leak


def test_killed_without_mercy_it_leaves_nobody_behind(folder: Path) -> None:
    port = free_port()
    process = start(folder, port)
    wait(process, port, folder.with_suffix(".log"))
    started = children_of(process.pid)
    process.kill()
    process.wait()
    assert are_gone(started)
    folder.with_suffix(".log").unlink()


def test_a_port_already_taken_is_said_in_one_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(folder, port)
        assert process.wait(20) == 1
    text = folder.with_suffix(".log").read_text()
    assert f"Le port {port} est déjà pris" in text
    assert "Traceback" not in text
    assert not folder.exists()


def test_a_folder_that_is_not_a_demo_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    ended = subprocess.run(
        [*ENCLOS, "demo", "--port", str(free_port()), "--data", tmp_path, "--reset"],
        capture_output=True, text=True, env=clean_env(), cwd=ROOT, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "contient autre chose" in ended.stderr
    assert (tmp_path / "photos").is_dir()
