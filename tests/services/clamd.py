"""A real clamd with two hand-made signatures: the test word everybody knows, and one of our own for files of any kind."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import maison
from tests.services.processus import die_with_parent, prepared, stop, wait_until

# Written in two halves: an antivirus that watches the checkout leaves this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MENACE = b"ENCLOS-FICHIER-" + b"DANGEREUX-D-ESSAI"
"""Bytes that clamd calls dangerous wherever they stand in a file."""


@dataclass
class Clamd:
    """One daemon, on a unix socket."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """As `ENCLOS_CLAMD` wants it."""
        return f"unix:{self.folder}/clamd.ctl"

    @classmethod
    def start(cls, folder: Path, *, stream_max: str = "25M") -> "Clamd":
        program = prepared("clamd") or shutil.which("clamd") or "/usr/sbin/clamd"
        base = folder / "signatures"
        base.mkdir(parents=True, exist_ok=True)
        (base / "essai.ndb").write_text(f"Essai.Eicar:0:*:{EICAR.hex()}\nEssai.Enclos:0:*:{MENACE.hex()}\n")
        conf = folder / "clamd.conf"
        conf.write_text(
            f"DatabaseDirectory {base}\nLocalSocket {folder}/clamd.ctl\nForeground yes\nLogFile {folder}/clamd.log\n"
            f"StreamMaxLength {stream_max}\nTemporaryDirectory {folder}\nPidFile {folder}/clamd.pid\nMaxThreads 4\n"
            + ("User root\n" if os.geteuid() == 0 else "")
        )
        log = folder / "sortie.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, "--config-file", conf], stdout=output, stderr=output, preexec_fn=die_with_parent, cwd=folder
            )
        daemon = cls(folder, process)
        wait_until(daemon.answers, process, log)
        return daemon

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(f"{self.folder}/clamd.ctl")
                link.sendall(b"zPING\0")
                return link.recv(16).startswith(b"PONG")
            except OSError:
                return False

    def stop(self) -> None:
        stop(self.process)


@pytest.fixture(scope="session")
def clamd() -> Iterator[Clamd]:
    daemon = Clamd.start(maison.DOSSIER / f"clamd-{maison.WORKER}")
    yield daemon
    daemon.stop()
