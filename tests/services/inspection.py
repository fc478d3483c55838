"""The real inspection process, for tests that give files to the portal."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest

from enclos.coffre.inspection import launch
from tests import maison
from tests.services.processus import stop


@dataclass
class Inspection:
    socket_path: Path
    process: "Popen[bytes]"


@pytest.fixture(scope="session")
def inspection() -> Iterator[Inspection]:
    """Answers where `ENCLOS_INSPECTOR_SOCKET` says, so every view that needs it finds it."""
    process = launch.start(maison.INSPECTION)
    yield Inspection(maison.INSPECTION, process)
    stop(process)
