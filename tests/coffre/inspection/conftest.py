"""One inspection process for these tests, that also obeys the requests which make a child misbehave."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enclos.coffre.inspection import launch
from enclos.coffre.inspection.client import Inspector
from enclos.coffre.inspection.types import Inspected, Refused
from tests.services.processus import stop


class Laboratoire(Inspector):
    """An inspector that says at once what went wrong when a test expected the other outcome."""

    def accepts(self, data: bytes, name: str = "papier", *, turn: int = 0) -> Inspected:
        answer = self.inspect(data, name, turn=turn)
        assert isinstance(answer, Inspected), answer
        assert all(len(part.data) < 1_000_000 for part in answer.parts)
        assert answer.bilan["is_legible"] is True
        return answer

    def refuses(self, data: bytes, name: str = "papier") -> Refused:
        answer = self.inspect(data, name)
        assert isinstance(answer, Refused), answer
        assert answer.phrase
        assert "{" not in answer.phrase
        return answer

    def tries(self, kind: str) -> dict[str, object]:
        """Have a child misbehave; return the raw answer."""
        header, _ = self._ask({"op": "trial", "kind": kind}, [b""])
        return dict(header)


@pytest.fixture(scope="session")
def laboratoire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratoire]:
    """The real process, with production's limits."""
    path: Path = tmp_path_factory.mktemp("inspection") / "essais.sock"
    process = launch.start(path, "--with-trials")
    yield Laboratoire(path)
    stop(process)
