"""The library when something breaks: the vault away, an object lost or damaged, the database away, a line cut."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.client import Client
from tests.api.depots import Depot
from tests.coffre.inspection.fabrique import pdf_scan
from tests.fautes import gestes
from tests.fautes.portail import Portail, eventually

ICI = "/espace/documents/"


@pytest.fixture(scope="module")
def portail(installer: Callable[..., Portail], tmp_path_factory: pytest.TempPathFactory) -> Portail:
    """A portal whose member got twelve documents from the fund."""
    made = installer()
    folder: Path = tmp_path_factory.mktemp("depot")
    (folder / "documents").mkdir()
    for number in range(12):
        (folder / "documents" / f"{number}.pdf").write_bytes(pdf_scan(1, width=620, height=877))
    ref = made.value(
        "SELECT p.ref FROM registre_personne p JOIN comptes_compte c ON c.personne_id = p.id ORDER BY c.id LIMIT 1"
    )
    Depot(folder).file(
        "documents.csv", *({"numero": f"F{n}", "ref": str(ref), "fichier": f"{n}.pdf"} for n in range(12))
    )
    done = made.enclos("importer", str(folder), "--pour-de-vrai")
    assert done.returncode == 0, done.stdout
    made.serve()
    return made


@pytest.fixture(scope="module")
def client(portail: Portail) -> Client:
    """The first of the members, whose documents these are."""
    return portail.adherent()


def keys(portail: Portail) -> list[str]:
    return [
        row[0]
        for row in portail.rows(
            "SELECT o.cle FROM coffre_objet o JOIN bibliotheque_feuillet f ON f.objet_id = o.id ORDER BY o.id"
        )
    ]


def test_the_vault_goes_away_and_comes_back(portail: Portail, client: Client) -> None:
    here, away = portail.folder / "coffre", portail.folder / "coffre.parti"
    assert client.get(f"{ICI}tout.zip").status == 200
    here.rename(away)
    try:
        assert client.get(ICI).status == 200, "the list asks nothing of the vault"
        for forme in ("zip", "pdf"):
            told = client.get(f"{ICI}tout.{forme}")
            assert told.status == 503
            assert "Réessayez dans quelques minutes" in gestes.text_of(told)
        assert portail.enclos("controler").returncode == 1
    finally:
        away.rename(here)
    assert client.get(f"{ICI}tout.pdf").body.endswith(b"%%EOF\n")


def test_one_lost_and_one_damaged_keep_back_no_other(portail: Portail, client: Client) -> None:
    lost, damaged, *_ = keys(portail)
    one, other = portail.folder / "coffre" / lost[:2] / lost, portail.folder / "coffre" / damaged[:2] / damaged
    bytes_of = {path: path.read_bytes() for path in (one, other)}
    one.unlink()
    other.write_bytes(bytes_of[other][:-20])
    try:
        zipped = client.get(f"{ICI}tout.zip")
        assert zipped.status == 200
        assert zipped.body.count(b"sommaire.csv") == 2
        assert client.get(f"{ICI}tout.pdf").body.endswith(b"%%EOF\n")
        assert portail.enclos("controler").returncode == 1, "somebody is told"
    finally:
        for path, data in bytes_of.items():
            path.write_bytes(data)
    assert portail.enclos("controler").returncode == 0


def test_a_line_cut_in_the_middle_lets_go_of_everything(portail: Portail, client: Client) -> None:
    for _ in range(4):  # more than a person may have at once: each cut one must give its turn back
        with socket.create_connection(("127.0.0.1", portail.port), timeout=20) as line:
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            line.sendall(
                f"GET {ICI}tout.zip HTTP/1.1\r\nHost: 127.0.0.1:{portail.port}\r\nCookie: {cookies}\r\n\r\n".encode()
            )
            assert line.recv(200).startswith(b"HTTP/1.1 200")
    assert eventually(lambda: client.get(f"{ICI}tout.zip").status == 200)
