"""Where sealed bytes lie: a folder of this machine or an S3 bucket, by `ENCLOS_STORAGE_URL`.

`put` returns once the bytes would survive a power cut: only then may a row say so. Nothing is ever written over.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.env import ENV
from enclos.coffre.models import Objet

READ_BYTES = 256 * 1024
PART_BYTES = 8 * 1024 * 1024  # of a long object in a bucket: S3 wants 5 MB at least
SHARDS = [f"{number:02x}" for number in range(256)]
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class StorageUnavailable(Exception):
    """The storage does not answer, or not as it should. Nothing was promised; try again later."""


class StorageFull(StorageUnavailable):
    """No room is left."""


class ObjectMissing(Exception):
    """The storage answers, and does not have this object."""


@dataclass(frozen=True)
class Listed:
    """An object of the storage, whether or not a row knows it."""

    cle: str
    modified_at: datetime


class Storage(Protocol):
    """What the vault asks of a storage. Every method raises `StorageUnavailable`; a key is random hexadecimal."""

    def put(self, cle: str, pieces: Iterable[bytes]) -> None:
        """Write a new object, durable on return."""

    def put_long(self, cle: str, pieces: Iterable[bytes]) -> None:
        """As `put`, for what may be too large for the memory."""

    def put_file(self, cle: str, path: Path) -> None:
        """Make a new object of a file that nobody will change any more, durable on return. The file may stay or go."""

    def get(self, cle: str) -> Iterator[bytes]:
        """Read an object piece by piece; raises `ObjectMissing` before the first one."""

    def delete(self, cle: str) -> None:
        """Forget an object; nothing happens when it is not there."""

    def has(self, cle: str) -> bool:
        """Whether an object is there."""

    def listing(self) -> Iterator[Listed]:
        """Every object there is, in no order."""


@contextmanager
def disk_errors() -> Iterator[None]:
    """What the system says of its disk, in the vault's words."""
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in FULL else StorageUnavailable
        raise kind(f"{os.strerror(error.errno or 0)}: {error.filename}") from error


class Folder:
    """A folder of this machine. A file is written under a temporary name, synced, named, and its folder synced."""

    def __init__(self, root: Path, *, may_begin: Callable[[], bool] = lambda: True) -> None:
        self.root = root
        self._may_begin = may_begin

    def put(self, cle: str, pieces: Iterable[bytes]) -> None:
        with disk_errors():
            temporary = self._shard(cle) / f".{cle}"
            try:
                with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
                    for piece in pieces:
                        write_all(file.fileno(), piece)
                    os.fsync(file.fileno())
                self._publish(temporary, cle)
            finally:
                temporary.unlink(missing_ok=True)

    def put_long(self, cle: str, pieces: Iterable[bytes]) -> None:
        self.put(cle, pieces)  # written as it comes

    def put_file(self, cle: str, path: Path) -> None:
        with disk_errors():
            with path.open("rb") as file:
                os.fsync(file.fileno())
            try:
                self._shard(cle)
                self._publish(path, cle)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self.put(cle, pieces_of(path))  # another file system: its bytes must be written there

    def get(self, cle: str) -> Iterator[bytes]:
        with disk_errors():
            try:
                yield from pieces_of(self._path(cle))
            except FileNotFoundError:
                raise ObjectMissing(cle) from None

    def delete(self, cle: str) -> None:
        with disk_errors():
            self._path(cle).unlink(missing_ok=True)

    def has(self, cle: str) -> bool:
        with disk_errors():
            return self._path(cle).exists()

    def listing(self) -> Iterator[Listed]:
        with disk_errors():
            for shard in SHARDS:
                with suppress(FileNotFoundError), os.scandir(self.root / shard) as entries:
                    for entry in entries:
                        with suppress(FileNotFoundError):  # gone since it was listed
                            yield Listed(entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC))

    def _path(self, cle: str) -> Path:
        # The listing also gives the temporary name of what a killed process was writing: a dot, then the key.
        return self.root / cle.removeprefix(".")[:2] / cle

    def _shard(self, cle: str) -> Path:
        """The folder of an object, which exists and will after a power cut."""
        shard = self.root / cle[:2]
        if not shard.is_dir():
            # Asked when the vault is empty of folders alone: another thread may have made them, and its row, since we looked.
            if not self._may_begin() and not shard.is_dir():
                raise FileNotFoundError(
                    errno.ENOENT, "empty, though the vault is not: is its disk mounted?", str(self.root)
                )
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in SHARDS:  # all of them once: a new one would need its parent synced too
                (self.root / name).mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
            sync_folder(self.root.parent)
        return shard

    def _publish(self, written: Path, cle: str) -> None:
        """Give synced bytes their name, which must be free, and make that name durable."""
        target = self._path(cle)
        try:
            os.link(written, target)
        except OSError as error:
            # Some file systems have no hard links; renaming then, after a look: keys are random.
            if error.errno not in NO_LINKS or target.exists():
                raise
            written.rename(target)
        sync_folder(target.parent)


class Bucket:
    """A bucket of an S3 server: `s3://bucket/prefix?endpoint=http://127.0.0.1:8333`."""

    def __init__(self, url: str) -> None:
        # Here, not above: a folder storage should not pay for this library in every web worker.
        from obstore.store import S3Store

        parts = urlsplit(url)
        endpoint = dict(parse_qsl(parts.query)).get("endpoint", "")
        given = {
            "endpoint": endpoint,
            "region": ENV.s3_region,
            "access_key_id": ENV.s3_access_key,
            "secret_access_key": ENV.s3_secret_key,
        }
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._store = S3Store(
            parts.netloc,
            config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )

    def put(self, cle: str, pieces: Iterable[bytes]) -> None:
        # One request, so whole or not at all, and refused when the name is taken; a file of the contract fits in memory.
        with bucket_errors(cle):
            self._store.put(self._path(cle), b"".join(pieces), mode="create", use_multipart=False)

    def put_long(self, cle: str, pieces: Iterable[bytes]) -> None:
        # Several requests, which only the last makes an object of; keys are random, so nothing is ever written over.
        with bucket_errors(cle):
            self._store.put(self._path(cle), iter(pieces), use_multipart=True, chunk_size=PART_BYTES, max_concurrency=2)

    def put_file(self, cle: str, path: Path) -> None:
        with disk_errors():
            self.put(cle, pieces_of(path))

    def get(self, cle: str) -> Iterator[bytes]:
        with bucket_errors(cle):
            for piece in self._store.get(self._path(cle)).stream(min_chunk_size=READ_BYTES):
                yield bytes(piece)

    def delete(self, cle: str) -> None:
        with bucket_errors(cle), suppress(FileNotFoundError):
            self._store.delete(self._path(cle))

    def has(self, cle: str) -> bool:
        try:
            with bucket_errors(cle):
                self._store.head(self._path(cle))
        except ObjectMissing:
            return False
        return True

    def listing(self) -> Iterator[Listed]:
        with bucket_errors(self._prefix):
            for batch in self._store.list(self._prefix or None):
                for meta in batch:
                    yield Listed(meta["path"].rpartition("/")[2], meta["last_modified"])

    def _path(self, cle: str) -> str:
        return f"{self._prefix}{cle[:2]}/{cle}"


@contextmanager
def bucket_errors(cle: str) -> Iterator[None]:
    """What an S3 server answers, in the vault's words."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise ObjectMissing(cle) from None
    except BaseError as error:
        # Its first line says what happened; the rest is the library's own structures.
        raise StorageUnavailable(str(error).partition("\n")[0]) from error


@cache
def storage() -> Storage:
    """The storage of this installation. Made at first use: after the server has started its processes."""
    return storage_at(ENV.storage, may_begin=is_vault_empty)


def is_vault_empty() -> bool:
    """A folder may be made only for the first object: later, an empty one is a disk that was not mounted."""
    return not Objet.objects.exists()


def storage_at(url: str, *, may_begin: Callable[[], bool] = lambda: True) -> Storage:
    """The storage of an address; raises `ImproperlyConfigured`."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return Folder(Path(unquote(parts.path)), may_begin=may_begin)
    if parts.scheme == "s3" and parts.netloc:
        return Bucket(url)
    raise ImproperlyConfigured(
        "ENCLOS_STORAGE_URL s’écrit file:///dossier/absolu ou s3://seau/prefixe?endpoint=https://…"
    )


def write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(READ_BYTES):
            yield piece
