"""The inspection process of one's own: started when none is named, gone with the one who started it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from enclos.coffre import inspecteur
from enclos.coffre.inspection.client import InspectionUnavailable


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    monkeypatch.setattr(inspecteur, "_address", "")
    monkeypatch.setenv("ENCLOS_INSPECTOR_SOCKET", "")


def test_without_any_it_is_said():
    with pytest.raises(InspectionUnavailable):
        inspecteur.inspector()


def test_one_is_started_for_the_time_it_is_needed():
    with inspecteur.own_inspector() as kept:
        assert inspecteur.inspector().status()
        assert os.environ["ENCLOS_INSPECTOR_SOCKET"]  # what this process starts asks the same one
    assert kept.process.poll() is not None
    with pytest.raises(InspectionUnavailable):
        inspecteur.inspector()


def test_the_one_that_is_named_is_used(tmp_path):
    inspecteur.use(tmp_path / "ailleurs.sock")
    with inspecteur.own_inspector() as kept:
        assert kept is None
        assert inspecteur.inspector().socket_path == str(tmp_path / "ailleurs.sock")


def test_one_that_dies_is_followed_by_another():
    with inspecteur.own_inspector() as kept:
        killed = kept.process
        killed.kill()
        deadline = time.monotonic() + 15
        while kept.process is killed or not answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert kept.process.poll() is not None


def answers():
    try:
        return bool(inspecteur.inspector().status())
    except InspectionUnavailable:
        return False


STARTED = """
from enclos.coffre.inspecteur import own_inspector
import time
with own_inspector() as kept:
    print(kept.process.pid, flush=True)
    time.sleep(60)
"""


def test_it_does_not_outlive_a_server_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", STARTED], stdout=subprocess.PIPE) as server:
        pid = int(server.stdout.readline())
        os.kill(pid, 0)
        server.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
