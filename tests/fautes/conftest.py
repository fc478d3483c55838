"""Real processes on a folder of their own, broken for real, driven by HTTP."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests import maison
from tests.fautes.portail import Modele, Portail, installed

NUMBERS = count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/fautes/" in str(item.path):
            item.add_marker(pytest.mark.fautes)


@pytest.fixture(scope="session")
def modele() -> Modele:
    return Modele.make(maison.DOSSIER / f"fautes-modele-{maison.WORKER}")


@pytest.fixture(scope="module")
def installer(modele: Modele) -> Iterator[Callable[..., Portail]]:
    """Makes a portal with the given settings, nothing started; all of it ends with the module."""
    made: list[Portail] = []

    def make(**settings: str) -> Portail:
        portail = installed(maison.DOSSIER / f"fautes-{maison.WORKER}-{next(NUMBERS)}", modele, **settings)
        made.append(portail)
        return portail

    yield make
    for portail in made:
        portail.stop()
