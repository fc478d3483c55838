"""The vault's own fixtures: a real inspection process, settings turned for one test, files received as they are in life."""

import dataclasses
import importlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from config.env import ENV, Env
from enclos.coffre import inspecteur as which_inspector
from enclos.coffre import sealing, storage
from enclos.coffre.inspection import launch
from enclos.coffre.inspection.client import Inspector
from enclos.coffre.uploads import SealedUpload, SealingUploadHandler
from tests import maison

MODULES = ["sealing", "storage", "uploads", "antivirus", "analyses", "actions", "checks"]


@pytest.fixture
def reglages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Env]]:
    """Turn knobs of the vault for one test; each call starts from those of the suite."""

    def turn(**changes: object) -> Env:
        env = dataclasses.replace(ENV, **changes)
        for name in MODULES:
            monkeypatch.setattr(importlib.import_module(f"enclos.coffre.{name}"), "ENV", env)
        storage.storage.cache_clear()
        sealing.vault_ring.cache_clear()
        return env

    yield turn
    monkeypatch.undo()
    storage.storage.cache_clear()
    sealing.vault_ring.cache_clear()


@pytest.fixture
def coffre(reglages: Callable[..., Env], tmp_path: Path) -> Path:
    """A vault of its own for one test: its folder, empty."""
    reglages(data_dir=tmp_path / "donnees", storage_url=f"file://{tmp_path}/coffre")
    return tmp_path / "coffre"


@pytest.fixture(scope="session")
def inspecteur_process() -> Iterator[Path]:
    path = maison.DOSSIER / f"inspection-{maison.WORKER}.sock"
    process = launch.start(path)
    yield path
    process.terminate()
    process.wait(10)


@pytest.fixture
def inspecteur(inspecteur_process: Path, monkeypatch: pytest.MonkeyPatch) -> Inspector:
    """The real inspection process, asked by the vault during the test."""
    monkeypatch.setattr(which_inspector, "_address", str(inspecteur_process))
    return which_inspector.inspector()


@pytest.fixture
def recevoir() -> Iterator[Callable[..., SealedUpload]]:
    """Receive bytes as a request does, through the handler; what is not kept goes at the end, as with a request."""
    made: list[SealedUpload] = []

    def receive(data: bytes, name: str = "papier.jpg") -> SealedUpload:
        handler = SealingUploadHandler()
        handler.new_file("fichiers", name, "application/octet-stream", None)
        for start in range(0, len(data), 60_000):
            handler.receive_data_chunk(data[start : start + 60_000], start)
        made.append(handler.file_complete(len(data)))
        return made[-1]

    yield receive
    for upload in made:
        upload.close()


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A page of text as a telephone takes it, in JPEG."""
    return written(1200, 1600).getvalue()


def written(width: int, height: int, text: str = "Certificat de scolarité", kind: str = "JPEG") -> io.BytesIO:
    image = Image.new("RGB", (width, height), "#f4f1ea")
    draw = ImageDraw.Draw(image)
    for line in range(40, height - 60, 44):
        draw.text((60, line), f"{text} {line} " * 3, fill="#222222", font_size=26)
    output = io.BytesIO()
    image.save(output, kind, quality=88)
    return output
