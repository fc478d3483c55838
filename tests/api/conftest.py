from pathlib import Path

import pytest

from tests.api.depots import Depot


@pytest.fixture
def depot(db: None, tmp_path: Path) -> Depot:
    return Depot(tmp_path)
