"""What the portal uses to have a file looked at. Standard library only: importing this costs a web worker nothing."""

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from enclos.coffre.inspection import protocol
from enclos.coffre.inspection.limits import PATIENCE_S, REQUEST_MAX_BYTES
from enclos.coffre.inspection.protocol import Buffer, ProtocolError
from enclos.coffre.inspection.types import (
    Fragment,
    Inspected,
    MalformedAnswer,
    Produced,
    Refused,
    fragment_from,
    inspected_from,
    produced_from,
    refused_from,
)


class InspectionUnavailable(Exception):
    """Nobody looked at the file: the inspection process is away, or has too much to do. Try again later."""

    def __init__(self, message: str, *, is_busy: bool = False, is_absent: bool = False) -> None:
        super().__init__(message)
        self.is_busy = is_busy
        self.is_untouched = is_busy or is_absent  # the file was not taken: it is not what broke anything


class Inspector:
    """The inspection process behind `socket_path`. One connection per request, so threads may share it.

    Every method blocks at most `patience` seconds (waiting in the queue included), then raises
    `InspectionUnavailable`. A file that makes the reader crash, loop or eat memory is an answer: `Refused`.
    """

    def __init__(self, socket_path: Path | str, *, patience: float = PATIENCE_S) -> None:
        self.socket_path = str(socket_path)
        self.patience = patience

    def inspect(self, data: Buffer, name: str, *, turn: int = 0) -> Inspected | Refused:
        """Look at a received file; make its readable copy, turned by `turn` quarter turns clockwise."""
        header, blobs = self._ask({"op": "inspect", "name": name[:1000], "turn": turn % 4}, [data])
        if header.get("outcome") == "refused":
            return _refused(header)
        try:
            return inspected_from(header, blobs)
        except MalformedAnswer:
            return Refused(code="analyse_impossible")

    def render(self, part: Buffer, media_type: str, *, page: int = 1, width: int = 1000) -> Produced | Refused:
        """Make the JPEG image of one page (from 1) of a readable part, `width` pixels wide, at most 4 megapixels."""
        return self._produce({"op": "render", "media_type": media_type, "page": page, "width": width}, [part])

    def assemble(self, parts: Sequence[tuple[str, Buffer]]) -> Produced | Refused:
        """Make one PDF of readable parts given as (media type, bytes), in order."""
        return self._produce({"op": "assemble", "types": [kind for kind, _ in parts]}, [data for _, data in parts])

    def fragment(self, part: Buffer, media_type: str, *, first: int, parent: int) -> Fragment | Refused:
        """Write a file as PDF objects numbered from `first`, its pages under the page tree `parent`: see `fusion`."""
        header, blobs = self._ask(
            {"op": "fragment", "media_type": media_type, "first": first, "parent": parent}, [part]
        )
        if header.get("outcome") == "refused":
            return _refused(header)
        try:
            return fragment_from(header, blobs, first)
        except MalformedAnswer:
            return Refused(code="analyse_impossible")

    def status(self) -> dict[str, object]:
        """Tell which protections hold, and how busy the process is. See `server.Server.status`."""
        header, _ = self._ask({"op": "status"}, [])
        return dict(header)

    def _produce(self, request: dict[str, object], blobs: Sequence[Buffer]) -> Produced | Refused:
        header, made = self._ask(request, blobs)
        if header.get("outcome") == "refused":
            return _refused(header)
        try:
            return produced_from(header, made)
        except MalformedAnswer:
            return Refused(code="analyse_impossible")

    def _ask(self, request: Mapping[str, object], blobs: Sequence[Buffer]) -> tuple[Mapping[str, object], list[bytes]]:
        sizes = [len(memoryview(blob).cast("B")) for blob in blobs]
        if sum(sizes) > REQUEST_MAX_BYTES:
            return {"outcome": "refused", "code": "trop_lourd"}, []
        deadline = time.monotonic() + self.patience
        try:
            return self._exchange({**request, "sizes": sizes}, blobs, deadline)
        except BlockingIOError as error:  # a unix socket does not make one wait at its door: it is full
            raise InspectionUnavailable("too many files come at once", is_busy=True) from error
        except (ConnectionRefusedError, FileNotFoundError) as error:
            raise InspectionUnavailable(f"inspection process: {error}", is_absent=True) from error
        except (OSError, ProtocolError) as error:
            raise InspectionUnavailable(f"inspection process: {error}") from error

    def _exchange(
        self, request: Mapping[str, object], blobs: Sequence[Buffer], deadline: float
    ) -> tuple[Mapping[str, object], list[bytes]]:
        with _anonymous(blobs) as fd, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_left(deadline))
            with address_of(self.socket_path) as address:
                connection.connect(address)
            protocol.send(connection, request, fd)
            reply, answer_fd = _receive(connection, deadline)
        try:
            return _opened(reply, answer_fd)
        finally:
            if answer_fd is not None:
                os.close(answer_fd)


def _opened(reply: dict[str, object], fd: int | None) -> tuple[Mapping[str, object], list[bytes]]:
    if reply.get("outcome") == "busy":
        raise InspectionUnavailable("too many files are waiting", is_busy=True)
    if reply.get("outcome") == "invalid":
        raise ValueError(f"the inspection process does not understand: {reply.get('reason')}")
    if reply.get("outcome") != "answered":
        return reply, []
    if fd is None:
        raise ProtocolError("answer without its file")
    try:
        return protocol.read_answer(fd)
    except ProtocolError:
        # The child wrote nonsense although it ended well: the file broke the reader, the process is fine.
        return {"outcome": "refused", "code": "analyse_impossible"}, []


def _receive(connection: socket.socket, deadline: float) -> tuple[dict[str, object], int | None]:
    received, fds = bytearray(), list[int]()
    try:
        while (reply := protocol.unpack(received)) is None:
            connection.settimeout(_left(deadline))
            if not protocol.receive_some(connection, received, fds):
                raise ProtocolError("closed before answering")
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return reply, fds[0] if fds else None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _refused(header: Mapping[str, object]) -> Refused:
    try:
        return refused_from(header)
    except MalformedAnswer:
        return Refused(code="analyse_impossible")


@contextmanager
def _anonymous(blobs: Sequence[Buffer]) -> Iterator[int]:
    fd = protocol.anonymous_file("a-inspecter")
    try:
        protocol.fill(fd, blobs)
        yield fd
    finally:
        os.close(fd)


@contextmanager
def address_of(path: str) -> Iterator[str]:
    """Give an address that fits in a socket name: the system takes about a hundred bytes, folders may be deeper."""
    if len(os.fsencode(path)) < 100:
        yield path
        return
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)
