"""Start the inspection process next to a server or a worker, and know when it answers."""

import subprocess
import sys
import time
from pathlib import Path

from enclos.coffre.inspection.client import InspectionUnavailable, Inspector

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
