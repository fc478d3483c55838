"""Start the inspection process next to a server or a worker, know when it answers, and start it again when it dies."""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from enclos.coffre.inspection.client import InspectionUnavailable, Inspector

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]  # the folder that holds `enclos`


def start(socket_path: Path | str, *options: str, wait_s: float = 15.0) -> "subprocess.Popen[bytes]":
    """Start the process with an empty environment (no secret can leak) and wait until it answers.

    It ends by itself when the caller's process does. Raises `InspectionUnavailable` if it does not come up.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "enclos.coffre.inspection", str(socket_path), "--with-parent", *options],
        cwd=ROOT,
        env={"LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    inspector, deadline = Inspector(socket_path, patience=wait_s), time.monotonic() + wait_s
    while process.poll() is None and time.monotonic() < deadline:
        try:
            inspector.status()
        except InspectionUnavailable:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    process.wait()
    raise InspectionUnavailable("the inspection process did not start")


class Kept:
    """The inspection process behind a socket: one that dies is followed by another, until `stop`."""

    PAUSE_S = 1.0  # between two starts, so that one that dies at once does not eat the machine

    def __init__(self, socket_path: Path | str) -> None:
        """Raises `InspectionUnavailable` when the first one does not come up."""
        self._socket_path = socket_path
        self._is_over = threading.Event()
        self.process = start(socket_path)
        self._watcher = threading.Thread(target=self._watch, name="inspection", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while True:
            code = self.process.wait()
            if self._is_over.is_set():
                return
            logger.error("the inspection process ended (%s), another is started", code)
            try:
                self.process = start(self._socket_path)
            except (InspectionUnavailable, OSError) as error:
                logger.error("it does not start: %s", error)
            if self._is_over.wait(self.PAUSE_S):
                self.process.kill()  # born after `stop` had looked

    def stop(self) -> None:
        """End it for good."""
        self._is_over.set()
        process = self.process
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._watcher.join(5)
