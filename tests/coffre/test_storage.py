"""The same promises from a folder and from a real S3 server: durable on return, never written over, honest when away."""

import dataclasses
import errno
import hashlib
import os
import resource
import secrets
import socket
import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.env import ENV
from enclos.coffre import objets, storage
from enclos.coffre.models import Objet
from enclos.coffre.storage import Bucket, Folder, ObjectMissing, StorageFull, StorageUnavailable, storage_at


def a_key():
    return secrets.token_hex(16)


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path, reglages):
    if request.param == "folder":
        return Folder(tmp_path / "coffre")
    server = request.getfixturevalue("s3")
    reglages(s3_access_key=server.access_key, s3_secret_key=server.secret_key)
    return storage_at(f"s3://{server.bucket}/{secrets.token_hex(4)}?endpoint={server.endpoint}")


def test_what_is_put_is_read_back(store, tmp_path):
    one, other, big = a_key(), a_key(), os.urandom(700_000)
    store.put(one, [b"bon", b"jour"])
    (tmp_path / "fichier").write_bytes(big)
    store.put_file(other, tmp_path / "fichier")
    assert b"".join(store.get(one)) == b"bonjour"
    assert b"".join(store.get(other)) == big
    assert {listed.cle for listed in store.listing()} == {one, other}
    assert store.has(one)
    assert not store.has(a_key())


def test_what_is_too_long_for_the_memory_is_put_piece_by_piece(store):
    key, piece = a_key(), os.urandom(256 * 1024)
    store.put_long(key, (piece for _ in range(72)))  # 18 MB, three parts in a bucket
    digest = hashlib.sha256()
    for given in store.get(key):
        digest.update(given)
    assert digest.digest() == hashlib.sha256(piece * 72).digest()


def test_what_breaks_while_it_is_written_leaves_nothing_to_read(store):
    key = a_key()

    def cut():
        yield os.urandom(9_000_000)
        raise StorageUnavailable("read from elsewhere, which went away")

    with pytest.raises(Exception):  # noqa: B017, PT011  (a bucket's library says it in its own words)
        store.put_long(key, cut())
    assert not store.has(key)


def test_nothing_is_written_over(store, tmp_path):
    key = a_key()
    store.put(key, [b"premier"])
    (tmp_path / "fichier").write_bytes(b"second")
    for again in (lambda: store.put(key, [b"second"]), lambda: store.put_file(key, tmp_path / "fichier")):
        with pytest.raises(StorageUnavailable):
            again()
    assert b"".join(store.get(key)) == b"premier"


def test_what_is_not_there_is_said_missing(store):
    with pytest.raises(ObjectMissing):
        next(store.get(a_key()))


def test_deleting_twice_is_deleting(store):
    key = a_key()
    store.put(key, [b"x"])
    store.delete(key)
    store.delete(key)
    with pytest.raises(ObjectMissing):
        next(store.get(key))


def test_the_listing_says_since_when(store):
    store.put(a_key(), [b"x"])
    (listed,) = store.listing()
    assert abs(datetime.now(UTC) - listed.modified_at) < timedelta(minutes=2)


def test_files_are_for_their_owner_alone(tmp_path):
    store, key = Folder(tmp_path / "coffre"), a_key()
    store.put(key, [b"x"])
    path = tmp_path / "coffre" / key[:2] / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == [key]


@pytest.fixture
def calls(monkeypatch):
    """The system calls that make bytes durable, in order, with what they were about."""
    seen = []

    def spied(name, subject):
        plain = getattr(os, name)

        def call(*args, **kwargs):
            result = plain(*args, **kwargs)
            seen.append((name, subject(*args)))
            return result

        monkeypatch.setattr(os, name, call)

    spied("write", lambda fd, _: os.readlink(f"/proc/self/fd/{fd}"))
    spied("fsync", lambda fd: os.readlink(f"/proc/self/fd/{fd}"))
    spied("link", lambda _, target: str(target))
    return seen


def watch_rows(seen):
    def execute(plain, sql, params, many, context):
        if sql.startswith("INSERT"):
            seen.append(("row", sql.split('"')[1]))
        return plain(sql, params, many, context)

    return connection.execute_wrapper(execute)


@pytest.mark.django_db
def test_the_row_comes_after_the_bytes_and_their_name_are_synced(coffre, calls):
    objets.store(b"premier", "application/pdf")  # makes the folders
    calls.clear()
    with watch_rows(calls):
        cle = objets.store(b"un accuse", "application/pdf").cle
    shard = coffre / cle[:2]
    assert [call for call in calls if call[0] != "write"] == [
        ("fsync", f"{shard}/.{cle}"),
        ("link", f"{shard}/{cle}"),
        ("fsync", str(shard)),
        ("row", "coffre_objet"),
    ]
    assert max(i for i, call in enumerate(calls) if call[0] == "write") < calls.index(("fsync", f"{shard}/.{cle}"))


@pytest.mark.django_db
def test_a_received_file_is_synced_before_it_gets_its_name(coffre, calls, tmp_path):
    (tmp_path / "recu").write_bytes(b"x")
    store, key = storage.storage(), a_key()
    store.put(a_key(), [b"x"])
    calls.clear()
    store.put_file(key, tmp_path / "recu")
    shard = coffre / key[:2]
    assert calls == [("fsync", f"{tmp_path}/recu"), ("link", f"{shard}/{key}"), ("fsync", str(shard))]


def test_new_folders_are_synced_too(tmp_path, calls):
    Folder(tmp_path / "coffre").put(a_key(), [b"x"])
    assert ("fsync", str(tmp_path / "coffre")) in calls
    assert ("fsync", str(tmp_path)) in calls


def test_a_file_from_another_file_system_is_written_again(tmp_path, monkeypatch):
    store, key = Folder(tmp_path / "coffre"), a_key()
    (tmp_path / "recu").write_bytes(b"ailleurs")
    plain = os.link

    def link(source, target):
        if str(source) == str(tmp_path / "recu"):
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))
        plain(source, target)

    monkeypatch.setattr(os, "link", link)
    store.put_file(key, tmp_path / "recu")
    assert b"".join(store.get(key)) == b"ailleurs"


def test_a_file_system_without_hard_links_is_renamed_into(tmp_path, monkeypatch):
    store, key = Folder(tmp_path / "coffre"), a_key()

    def link(source, target):
        raise OSError(errno.EPERM, "Operation not permitted", str(source))

    monkeypatch.setattr(os, "link", link)
    store.put(key, [b"x"])
    assert b"".join(store.get(key)) == b"x"
    with pytest.raises(StorageUnavailable):
        store.put(key, [b"y"])


@pytest.fixture
def no_room():
    """The system refuses any byte of a file past 100 kB, as it does when the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_is_said_and_leaves_nothing(tmp_path, no_room):
    store = Folder(tmp_path / "coffre")
    with pytest.raises(StorageFull):
        store.put(a_key(), [os.urandom(90_000), os.urandom(90_000)])
    assert [path for path in (tmp_path / "coffre").rglob("*") if path.is_file()] == []
    store.put(a_key(), [b"petit"])


def test_a_folder_that_is_away_is_said(tmp_path):
    (tmp_path / "coffre").write_text("a file where a folder was")
    with pytest.raises(StorageUnavailable):
        Folder(tmp_path / "coffre").put(a_key(), [b"x"])


@pytest.mark.django_db
def test_a_disk_that_is_not_mounted_is_not_written_under(coffre):
    objet = objets.store(b"x", "application/pdf")
    coffre.rename(coffre.with_name("ailleurs"))
    coffre.mkdir()
    with pytest.raises(StorageUnavailable):
        objets.store(b"y", "application/pdf")
    assert os.listdir(coffre) == []
    coffre.rmdir()
    coffre.with_name("ailleurs").rename(coffre)
    assert objets.read(objet) == b"x"
    objets.store(b"y", "application/pdf")


def test_a_server_that_is_away_is_said_at_once():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        store = Bucket(f"s3://coffre?endpoint=http://127.0.0.1:{probe.getsockname()[1]}")
        for ask in (
            lambda: store.put(a_key(), [b"x"]),
            lambda: next(store.get(a_key())),
            lambda: list(store.listing()),
        ):
            with pytest.raises(StorageUnavailable):
                ask()


def test_a_wrong_signature_is_refused(s3, monkeypatch):
    monkeypatch.setattr(
        storage, "ENV", dataclasses.replace(ENV, s3_access_key=s3.access_key, s3_secret_key="une-autre-cle")
    )
    with pytest.raises(StorageUnavailable):
        storage_at(s3.url).put(a_key(), [b"x"])


@pytest.mark.django_db
def test_an_object_lives_in_a_bucket_as_in_a_folder(s3, reglages):
    reglages(storage_url=s3.url, s3_access_key=s3.access_key, s3_secret_key=s3.secret_key)
    data = os.urandom(300_000)
    objet = objets.store(data, "application/pdf")
    assert objets.read(Objet.objects.get(pk=objet.pk)) == data
    assert data[:64] not in b"".join(storage.storage().get(objet.cle))


@pytest.mark.parametrize("url", ["file://relatif/coffre", "file:coffre", "ftp://x/y", "s3:///prefixe", ""])
def test_an_address_that_means_nothing_is_refused(url):
    with pytest.raises(ImproperlyConfigured):
        storage_at(url)


def test_the_first_two_files_of_a_vault_may_come_together(tmp_path):
    """The row of one is written between the two looks of the other: the vault was empty, then is known not to be."""
    root = tmp_path / "coffre"

    def meanwhile() -> bool:
        Folder(root).put("aa11", [b"le premier"])
        return False

    Folder(root, may_begin=meanwhile).put("bb22", [b"le second"])
    assert b"".join(Folder(root).get("bb22")) == b"le second"
