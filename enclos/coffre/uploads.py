"""Files as they come in: sealed while they stream, never in the clear on the disk, measured and fingerprinted on the way."""

import functools
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Concatenate

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connection
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from config.env import ENV
from enclos.coffre.sealing import DataKey, Sealer, opened
from enclos.coffre.storage import StorageFull, StorageUnavailable, disk_errors, pieces_of, write_all
from enclos.socle.refusals import Refusal

UNNAMED = "sans-nom"
EXPECTS_FILES = "expects_files"  # set on a request by `upload_view`


class UploadCut(Refusal):
    """The body stopped before its announced end: nothing of it is kept."""

    def __init__(self) -> None:
        super().__init__(
            "La connexion s’est coupée pendant l’envoi de vos fichiers. Rien n’a été ajouté. Choisissez-les de nouveau.",
            code="envoi_coupe",
            status=400,
        )


def folder() -> Path:
    """Where files wait, sealed, while their request lasts. The sweep removes what a killed process left there."""
    return ENV.data_dir / "recus"


class SealedUpload(UploadedFile):  # type: ignore[type-arg]
    """A received file. Its bytes lie sealed in `path`, ready to become an object of the vault; `key` is only here.

    `failure` is empty, or the code of what prevents from keeping it: `trop_lourd` (more than `ENV.upload_max_bytes`),
    `envoi_trop_lourd` (the request is over `ENV.sending_max_bytes`), `coffre_plein`, `coffre_indisponible`, `non_attendu` (no `upload_view`).
    A failed file has a name and a size, and no bytes.
    """

    size: int

    def __init__(
        self, name: str, content_type: str, *, size: int, sha256: str, path: Path, key: DataKey, failure: str = ""
    ) -> None:
        super().__init__(None, name, content_type, size)
        self.sha256 = sha256
        self.path = path
        self.key = key
        self.failure = failure

    @property
    def is_too_big(self) -> bool:
        return self.failure in {"trop_lourd", "envoi_trop_lourd"}

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The bytes, opened as they are read."""
        if self.failure:
            return iter(())
        return opened(pieces_of(self.path), self.key)

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        return True

    def read(self, num_bytes: int | None = None) -> bytes:
        """All the bytes; a part of them is never read."""
        return b"".join(self.chunks())

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> "SealedUpload":
        return self

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    @property
    def closed(self) -> bool:
        return not self.path.exists()

    def close(self) -> None:
        """Called by Django when the request ends: whatever was not kept goes."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


class SealingUploadHandler(FileUploadHandler):
    """Seals each file into a temporary file of its own as it arrives.

    A file over the limit, or without room on the disk, is read to its end and marked: the others are unharmed.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._total = 0
        self._upload: _Incoming | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        # Anybody may send files to any address: only a view that says it receives some makes us write them.
        is_expected = self.request is None or getattr(self.request, EXPECTS_FILES, False)
        self._upload = _Incoming("" if is_expected else "non_attendu")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._upload is not None
        self._total += len(raw_data)
        self._upload.receive(raw_data, is_over=self._total > ENV.sending_max_bytes)

    def file_complete(self, file_size: int) -> SealedUpload:
        assert self._upload is not None
        upload, self._upload = self._upload, None
        return upload.complete(self.file_name or UNNAMED, self.content_type or "")

    def upload_interrupted(self) -> None:
        if self._upload is not None:
            self._upload.abandon()
            self._upload = None


class _Incoming:
    """One file on its way in."""

    def __init__(self, failure: str) -> None:
        self.size = 0
        self.failure = failure
        self.sealer = Sealer(DataKey())
        self.path = folder() / f"{uuid.uuid4().hex}.recu"
        self.fd = -1
        if not failure:
            self._write(b"")  # the file exists from now on, however little comes

    def receive(self, data: bytes, *, is_over: bool) -> None:
        self.size += len(data)
        if self.failure:
            return
        if self.size > ENV.upload_max_bytes or is_over:
            self._fail("trop_lourd" if self.size > ENV.upload_max_bytes else "envoi_trop_lourd")
            return
        self._write(self.sealer.update(data))

    def complete(self, name: str, content_type: str) -> SealedUpload:
        if not self.failure:
            self._write(self.sealer.finish())
        self._close()
        return SealedUpload(
            name,
            content_type,
            size=self.size,
            sha256=self.sealer.sha256,
            path=self.path,
            key=self.sealer.key,
            failure=self.failure,
        )

    def abandon(self) -> None:
        self._close()
        with suppress(OSError):  # the folder itself may be what failed; the sweep passes again
            self.path.unlink(missing_ok=True)

    def _write(self, sealed: bytes) -> None:
        try:
            with disk_errors():
                if self.fd < 0:
                    self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    self.fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                write_all(self.fd, sealed)
        except StorageUnavailable as error:
            self._fail("coffre_plein" if isinstance(error, StorageFull) else "coffre_indisponible")

    def _fail(self, code: str) -> None:
        self.failure = code
        self.abandon()

    def _close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class _Counted:
    """A body that knows how much of it was read."""

    def __init__(self, body: IO[bytes]) -> None:
        self._body = body
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._body.read(size)
        self.count += len(data)
        return data


class UploadParser(MultiPartParser):
    """Django's parser, which takes a body that stops too early for a shorter one: here it is all or nothing."""

    def __init__(
        self,
        META: Mapping[str, Any],  # noqa: N803  Django's name
        input_data: IO[bytes],
        upload_handlers: list[FileUploadHandler],
        encoding: str | None = None,
    ) -> None:
        self.body = _Counted(input_data)
        super().__init__(META, self.body, upload_handlers, encoding)  # type: ignore[arg-type]
        self.handlers = upload_handlers

    def parse(self) -> tuple[Any, Any]:
        try:
            post, files = super().parse()
            if self.body.count < self._content_length:  # type: ignore[attr-defined]
                close_all(files)
                raise UploadCut
        except UnreadablePostError as error:
            raise UploadCut from error
        except TooManyFilesSent as error:
            raise Refusal(
                f"Vous avez choisi plus de {settings.DATA_UPLOAD_MAX_NUMBER_FILES} fichiers. Ajoutez-les en plusieurs fois.",
                code="trop_de_fichiers",
                status=422,
            ) from error
        finally:
            # Django tells the handlers only of some endings; a lost connection is none of them.
            for handler in self.handlers:
                handler.upload_interrupted()
        return post, files

    def sanitize_file_name(self, file_name: str) -> str:
        """A name of which nothing is left would make Django drop its file without a word."""
        return super().sanitize_file_name(file_name) or UNNAMED

    IE_sanitize = sanitize_file_name


def close_all(files: "MultiValueDict[str, SealedUpload]") -> None:
    for _, several in files.lists():
        for file in several:
            file.close()


def let_go_of_database() -> None:
    """Give the connection back to its pool while nothing is asked of it. A SQLite one stays: it holds nothing meanwhile."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def upload_view[**P](
    view: Callable[Concatenate[Any, P], HttpResponseBase],
) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """Let go of the database, read the body, check its CSRF token, in that order; for views that receive files.

    A phone on a bad line takes minutes to send a photo; during them the request holds a thread and nothing else. The CSRF
    token is in that body, so it is checked after. Put it under the decorator that authenticates:

        @pour_adherent
        @upload_view
        def ajouter(request, …):

    Raises `UploadCut` when the body stops before its announced end, `Refusal` on too many files.
    """
    protected = csrf_protect(view)

    def wrapper(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request.multipart_parser_class = UploadParser
        setattr(request, EXPECTS_FILES, True)
        let_go_of_database()
        request.POST  # noqa: B018  reads the whole body
        return protected(request, *args, **kwargs)

    functools.update_wrapper(wrapper, view)
    return csrf_exempt(wrapper)
