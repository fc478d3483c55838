"""Which inspection process this one asks: the one of `ENCLOS_INSPECTOR_SOCKET`, else one started next to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from config.env import ENV
from enclos.coffre.inspection.client import InspectionUnavailable, Inspector

if TYPE_CHECKING:
    from enclos.coffre.inspection.launch import Kept

_address = ENV.inspector_socket


def use(socket_path: Path | str) -> None:
    """Ask the inspection process behind this socket from now on, in this process and those it will start."""
    global _address
    _address = str(socket_path)
    os.environ["ENCLOS_INSPECTOR_SOCKET"] = _address


def inspector() -> Inspector:
    """The client of the inspection process; raises `InspectionUnavailable` when none was named nor started."""
    if not _address:
        raise InspectionUnavailable("no inspection process: start one, or set ENCLOS_INSPECTOR_SOCKET")
    return Inspector(_address)


@contextmanager
def own_inspector() -> Iterator["Kept | None"]:
    """Keep an inspection process for the time of the block, unless one is named already. For `serve`, `worker`, `demo`."""
    if _address:
        yield None
        return
    # Only those who start the process need what it takes to start one.
    from enclos.coffre.inspection import launch

    folder = ENV.data_dir.resolve() / "inspection"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}.sock"
    kept = launch.Kept(path)
    use(path)
    try:
        yield kept
    finally:
        use("")
        kept.stop()
        path.unlink(missing_ok=True)
