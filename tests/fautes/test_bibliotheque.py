"""The library when something breaks: the vault or the database away, an object lost or damaged, a line cut, a full disk, a drop killed."""

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.client import Client
from tests import maison
from tests.api.depots import Depot
from tests.coffre.inspection.fabrique import pdf_scan
from tests.fautes import gestes
from tests.fautes.disque import Disque
from tests.fautes.portail import Portail, eventually
from tests.services.grappe import Cluster

ICI = "/espace/documents/"


def drop_of(portail: Portail, folder: Path, number: int) -> Path:
    """A registry drop of so many statements for the first member."""
    (folder / "documents").mkdir(parents=True)
    for one in range(number):
        (folder / "documents" / f"{one}.pdf").write_bytes(pdf_scan(1, width=620, height=877))
    ref = portail.value(
        "SELECT p.ref FROM registre_personne p JOIN comptes_compte c ON c.personne_id = p.id ORDER BY c.id LIMIT 1"
    )
    Depot(folder).file(
        "documents.csv", *({"numero": f"F{n}", "ref": str(ref), "fichier": f"{n}.pdf"} for n in range(number))
    )
    return folder


def import_all(portail: Portail, folder: Path) -> None:
    done = portail.enclos("importer", str(folder), "--pour-de-vrai")
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def portail(installer: Callable[..., Portail], tmp_path_factory: pytest.TempPathFactory) -> Portail:
    """A portal whose member got twelve documents from the fund."""
    made = installer()
    import_all(made, drop_of(made, tmp_path_factory.mktemp("depot"), 12))
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
    portail.rows("UPDATE bibliotheque_document SET ouvert_at = NULL, a_lire = true")
    try:
        zipped = client.get(f"{ICI}tout.zip")
        assert zipped.status == 200
        assert zipped.body.count(b"sommaire.csv") == 2
        assert b"A LIRE - ce qui manque.txt" in zipped.body
        assert read(portail) == 10, "the two that did not leave are not read"
        assert client.get(f"{ICI}tout.pdf").body.endswith(b"%%EOF\n")
        assert read(portail) == 10
        assert "Des documents ne peuvent pas être lus" in gestes.text_of(client.get(ICI))
        assert portail.enclos("controler").returncode == 1, "somebody is told"
    finally:
        for path, data in bytes_of.items():
            path.write_bytes(data)
    assert client.get(f"{ICI}tout.zip").status == 200
    assert read(portail) == 12
    assert "ne peuvent pas être lus" not in gestes.text_of(client.get(ICI))
    assert portail.enclos("controler").returncode == 0


def read(portail: Portail) -> int:
    """How many documents are written as read."""
    return int(portail.value("SELECT count(*) FROM bibliotheque_document WHERE ouvert_at IS NOT NULL"))


def begun(portail: Portail, client: Client) -> socket.socket:
    """A download whose first bytes were read, over a slow line."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    line.settimeout(30)
    line.connect(("127.0.0.1", portail.port))
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    line.sendall(
        f"GET {ICI}tout.zip HTTP/1.1\r\nHost: 127.0.0.1:{portail.port}\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n".encode()
    )
    assert line.recv(200).startswith(b"HTTP/1.1 200")
    return line


def rest_of(line: socket.socket) -> bytes:
    found = bytearray()
    try:
        while data := line.recv(65_536):
            found += data
    except ConnectionError:
        pass  # cut by the server: what was being made has no end
    line.close()
    return bytes(found)


def test_a_line_cut_in_the_middle_lets_go_of_everything(portail: Portail, client: Client) -> None:
    for _ in range(4):  # more than a person may have at once: each cut one must give its turn back
        begun(portail, client).close()
    assert eventually(lambda: client.get(f"{ICI}tout.zip").status == 200)


# --- on PostgreSQL, the vault on a disk of its own

END_OF_ZIP = b"PK\x05\x06"


@pytest.fixture(scope="module")
def disque() -> Iterator[Disque]:
    made = Disque.make(maison.DOSSIER / f"disque-bibliotheque-{maison.WORKER}")
    yield made
    made.unmount()


@pytest.fixture(scope="module")
def ailleurs(
    installer_postgres: Callable[..., Portail], disque: Disque, tmp_path_factory: pytest.TempPathFactory
) -> Portail:
    """Another portal, with some six megabytes of statements: more than a line holds by itself."""
    made = installer_postgres(folder=disque.folder)
    import_all(made, drop_of(made, tmp_path_factory.mktemp("depot"), 30))
    made.serve()
    return made


def test_a_database_stopped_in_the_middle_ends_the_download_and_nothing_is_read(
    ailleurs: Portail, cluster: Cluster
) -> None:
    client = ailleurs.adherent()
    line = begun(ailleurs, client)
    cluster.stop()
    try:
        cut = rest_of(line)
    finally:
        cluster.run()
    assert END_OF_ZIP not in cut
    assert eventually(lambda: client.get(ICI).status == 200)
    assert read(ailleurs) == 0
    # Asked again from its beginning.
    assert END_OF_ZIP in client.get(f"{ICI}tout.zip").body
    assert read(ailleurs) == 30


def test_a_full_disk_keeps_no_document_from_leaving(ailleurs: Portail, disque: Disque) -> None:
    client = ailleurs.same(ailleurs.clients[0])
    disque.fill(ailleurs)
    try:
        assert client.get(f"{ICI}tout.zip").body.count(b"sommaire.csv") == 2
        assert client.get(f"{ICI}tout.pdf").body.endswith(b"%%EOF\n")
        # What wants room says so, and leaves nothing by halves.
        key = ailleurs.value("SELECT id FROM bibliotheque_document ORDER BY id LIMIT 1")
        told = client.get(f"{ICI}{key}/")
        assert told.status == 200
        assert "Réessayez dans quelques minutes" in gestes.text_of(told)
    finally:
        disque.free(ailleurs)
    assert "Page 1 sur 1" in client.get(f"{ICI}{key}/").text
    assert not ailleurs.lost()
    ailleurs.check()


def test_a_drop_killed_in_the_middle_is_taken_up_and_each_document_is_there_once(
    portail: Portail, tmp_path: Path
) -> None:
    folder, mark = drop_of(portail, tmp_path / "depot", 6), tmp_path / "mort"
    csv = folder / "documents.csv"
    csv.write_text(csv.read_text().replace("F", "G"))
    before = int(portail.value("SELECT count(*) FROM bibliotheque_document"))
    for when in ("avant", "apres"):
        mark.touch()
        dead = portail.start(
            "importer", str(folder), "--pour-de-vrai", mort=[when, "enclos.api.depot.documents:receive", str(mark)]
        )
        assert dead.wait(120) == -signal.SIGKILL
        assert portail.value("SELECT count(*) FROM bibliotheque_document") == before, "the batch is whole or is not"
        assert not portail.lost()
    import_all(portail, folder)
    import_all(portail, folder)
    assert portail.value("SELECT count(*) FROM bibliotheque_document") == before + 6
    assert not portail.lost()
