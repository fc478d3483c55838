"""A PostgreSQL server of its own, for tests that stop it or that need one whatever the suite runs on."""

from collections.abc import Iterator

import pytest

from tests import maison
from tests.services.grappe import Cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    cluster = Cluster.start(maison.DOSSIER / f"postgres-{maison.WORKER}")
    yield cluster
    cluster.stop()
