"""Real processes on a folder of their own, broken for real, driven by HTTP."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests import maison
from tests.fautes.portail import Modele, Portail, installed
from tests.services.grappe import Cluster

NUMBERS = count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These choose their database themselves: once is enough."""
    for item in items:
        if item.path.parent.name == "fautes":
            item.add_marker(pytest.mark.fautes)
            if item.path.name != "test_horloge.py":
                item.add_marker(pytest.mark.sans_base)


@pytest.fixture(scope="session")
def modele() -> Modele:
    return Modele.make(maison.DOSSIER / f"fautes-modele-{maison.WORKER}")


@pytest.fixture(scope="module")
def portails() -> Iterator[list[Portail]]:
    """Those of a module, which end with it."""
    made: list[Portail] = []
    yield made
    for portail in made:
        portail.stop()


@pytest.fixture(autouse=True)
def workers_end_with_their_test(portails: list[Portail]) -> Iterator[None]:
    yield
    for portail in portails:
        portail.stop_workers()


def new_folder() -> Path:
    return maison.DOSSIER / f"fautes-{maison.WORKER}-{next(NUMBERS)}"


@pytest.fixture(scope="module")
def installer(modele: Modele, portails: list[Portail]) -> Callable[..., Portail]:
    """Makes a portal with the given settings, on SQLite, nothing started."""

    def make(*, folder: Path | None = None, **settings: str) -> Portail:
        portails.append(installed(folder or new_folder(), modele, **settings))
        return portails[-1]

    return make


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that may be stopped without harm to other tests, with a database to copy."""
    made = Cluster.start(maison.DOSSIER / f"fautes-postgres-{maison.WORKER}", fsync=True)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def modele_postgres(cluster: Cluster) -> Modele:
    return Modele.make(maison.DOSSIER / f"fautes-modele-pg-{maison.WORKER}", database_url=cluster.create("modele"))


@pytest.fixture(scope="module")
def installer_postgres(modele_postgres: Modele, cluster: Cluster, portails: list[Portail]) -> Callable[..., Portail]:
    """The same on PostgreSQL."""

    def make(*, folder: Path | None = None, **settings: str) -> Portail:
        url = cluster.create(f"fautes_{next(NUMBERS)}", template="modele")
        portails.append(installed(folder or new_folder(), modele_postgres, database_url=url, **settings))
        return portails[-1]

    return make
