"""Files come in over HTTP: sealed on the way, each on its own, all or nothing when the line is cut."""

import hashlib
import io
import os
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from enclos.coffre import uploads
from enclos.coffre.sealing import CHUNK_BYTES
from tests.coffre.test_storage import no_room  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.coffre.urls")]

URL = "/essais/depot/"


@pytest.fixture
def depot(coffre):
    return Client()


def waiting():
    folder = uploads.folder()
    return list(folder.iterdir()) if folder.exists() else []


def sent(client, *files, **fields):
    return client.post(URL, fields | {"fichiers": [SimpleUploadedFile(name, data) for name, data in files]})


def body(*files, tail=True):
    """A body as a browser writes it, by hand, so that it can be cut or bent."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="fichiers"; filename="%s"\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n'
        % (name.encode(), data)
        for name, data in files
    ]
    return b"".join(parts) + (b"--x--\r\n" if tail else b"")


class Line(io.RawIOBase):
    """A line that gives what it has, then says or does something."""

    def __init__(self, data, at_end=lambda: b"", watch=lambda: None):
        self._data, self._at_end, self._watch = io.BytesIO(data), at_end, watch

    def read(self, size=-1):
        self._watch()
        return self._data.read(size) or self._at_end()


def raw(client, data, *, length=None, line=None):
    return client.generic(
        "POST",
        URL,
        **{
            "wsgi.input": line or Line(data),
            "CONTENT_LENGTH": str(len(data) if length is None else length),
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
        },
    )


@pytest.mark.parametrize("size", [0, 1, 5000, CHUNK_BYTES, 3 * CHUNK_BYTES + 11, 900_000])
def test_a_file_comes_out_as_it_came_in_with_its_fingerprint(depot, size):
    data = os.urandom(size)
    answer = sent(depot, ("papier.jpg", data), champ="été").json()
    assert answer["champs"] == {"champ": "été"}
    assert answer["fichiers"] == [
        {"nom": "papier.jpg", "taille": size, "sha256": hashlib.sha256(data).hexdigest(), "code": "", "lu": size}
    ]


def test_nothing_waits_once_the_request_is_over(depot):
    sent(depot, ("un.jpg", b"x" * 200_000), ("deux.jpg", b"y" * 200_000))
    assert waiting() == []


def test_while_it_waits_it_is_sealed_and_for_its_owner_alone(coffre, recevoir):
    upload = recevoir(b"Certificat de scolarite" * 9000)
    (path,) = waiting()
    assert path == upload.path
    assert b"Certificat" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_too_heavy_does_not_harm_the_others(depot, coffre, reglages):
    reglages(upload_max_bytes=100_000, data_dir=coffre.parent / "donnees")
    answer = sent(depot, ("un.jpg", b"x" * 100_000), ("gros.jpg", b"y" * 400_000), ("deux.jpg", b"z" * 10)).json()
    assert [(file["nom"], file["code"], file["lu"], file["taille"]) for file in answer["fichiers"]] == [
        ("un.jpg", "", 100_000, 100_000),
        ("gros.jpg", "trop_lourd", 0, 400_000),
        ("deux.jpg", "", 10, 10),
    ]


def test_a_request_too_heavy_keeps_what_came_before(depot, coffre, reglages):
    reglages(sending_max_bytes=150_000, data_dir=coffre.parent / "donnees")
    answer = sent(depot, ("un.jpg", b"x" * 100_000), ("deux.jpg", b"y" * 100_000)).json()
    assert [file["code"] for file in answer["fichiers"]] == ["", "envoi_trop_lourd"]


def test_no_room_on_the_disk_is_said_of_the_file_that_found_none(depot, no_room):  # noqa: F811
    answer = sent(depot, ("gros.jpg", b"x" * 300_000), ("petit.jpg", b"y" * 10)).json()
    assert [(file["code"], file["lu"]) for file in answer["fichiers"]] == [("coffre_plein", 0), ("", 10)]
    assert waiting() == []


def test_a_folder_that_cannot_be_written_is_said_too(depot, coffre):
    uploads.folder().parent.mkdir(parents=True)
    uploads.folder().write_text("a file where a folder was")
    assert sent(depot, ("un.jpg", b"x")).json()["fichiers"][0]["code"] == "coffre_indisponible"


def test_a_page_that_expects_no_file_writes_none(coffre, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("written")

    monkeypatch.setattr("enclos.coffre.uploads.write_all", never)
    response = Client().post("/connexion/", {"fichiers": SimpleUploadedFile("un.jpg", b"x" * 300_000)})
    assert response.status_code < 500
    assert waiting() == []


FILES = (("un.jpg", b"x" * 150_000), ("deux.jpg", b"y" * 150_000))


@pytest.mark.parametrize("cut_at", [0, 30, 90_000, 150_130, 200_000, -30, -9, -5, -1])
def test_a_body_cut_anywhere_leaves_nothing(depot, cut_at):
    whole = body(*FILES)
    response = raw(depot, whole[:cut_at], length=len(whole))
    assert response.status_code == 400
    assert "La connexion s’est coupée" in response.content.decode()
    assert waiting() == []


def test_a_line_that_breaks_leaves_nothing(depot):
    def broken():
        raise ConnectionResetError("reset by peer")

    whole = body(*FILES)
    response = raw(depot, b"", length=len(whole), line=Line(whole[:200_000], at_end=broken))
    assert response.status_code == 400
    assert waiting() == []


def test_a_whole_body_passes(depot):
    assert len(raw(depot, body(*FILES)).json()["fichiers"]) == 2


def test_too_many_files_is_a_sentence(depot):
    response = sent(depot, *[(f"{number}.jpg", b"x") for number in range(21)])
    assert response.status_code == 422
    assert "plus de 20 fichiers" in response.content.decode()
    assert waiting() == []


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("../../etc/passwd", "passwd"),
        ("..", "sans-nom"),
        ("dossier/", "sans-nom"),
        ("\u202e\u200b", "sans-nom"),
        ("facture\u202egpj.exe", "facturegpj.exe"),
        ("nul\0.jpg", "nul.jpg"),
        ("C:\\photos\\papier.jpg", "papier.jpg"),
        ("a" * 300 + ".jpg", "a" * 251 + ".jpg"),
        ("é" * 255 + ".pdf", "é" * 251 + ".pdf"),
    ],
)
def test_no_name_loses_its_file(depot, name, seen):
    (file,) = raw(depot, body((name, b"x" * 10))).json()["fichiers"]
    assert (file["nom"], file["taille"]) == (seen, 10)


def test_the_token_is_asked_after_the_body_and_without_it_nothing_stays(coffre):
    client = Client(enforce_csrf_checks=True)
    assert sent(client, ("un.jpg", b"x" * 1000)).status_code == 403
    assert waiting() == []
    page = client.get("/connexion/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    assert sent(client, ("un.jpg", b"x" * 1000), csrfmiddlewaretoken=token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_while_the_body_comes_in_the_database_is_let_go(coffre):
    held = []

    def watch():
        # A SQLite connection belongs to its thread and locks nothing between statements; others go back to the pool.
        held.append(connection.in_atomic_block or (connection.vendor != "sqlite" and connection.connection is not None))

    client = Client()
    client.get("/")  # the thread has a connection
    whole = body(*FILES)
    assert raw(client, whole, line=Line(whole, watch=watch)).status_code == 200
    assert held
    assert not any(held)
