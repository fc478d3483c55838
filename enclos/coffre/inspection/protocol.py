"""How the portal and the inspection process speak: a small JSON header, and the bytes in a shared memory file.

A message is four bytes of length, the JSON header, and at most one file descriptor sent along. Bytes are never copied
through the socket: the client fills an anonymous file and passes it; the child maps it; the answer comes back the
same way. The server itself never reads a single byte of a member's file.

An answer's file starts with eight bytes (length of its JSON), the JSON (`{"outcome": …, "sizes": […]}`), the blobs.
"""

import array
import json
import mmap
import os
import socket
import struct
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from enclos.coffre.inspection.limits import HEADER_MAX_BYTES

_LENGTH = struct.Struct("!I")
_ANSWER = struct.Struct("!Q")

type Buffer = bytes | bytearray | memoryview


class ProtocolError(Exception):
    """The other side does not speak this protocol."""


def anonymous_file(name: str) -> int:
    """Open a file that has no name and lives in memory where the system can (Linux), else on the disk."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name, os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as unnamed:
        return os.dup(unnamed.fileno())


def fill(fd: int, blobs: Iterable[Buffer]) -> None:
    """Write the blobs one after the other."""
    for blob in blobs:
        rest = memoryview(blob).cast("B")
        while rest:
            rest = rest[os.write(fd, rest) :]


def pack(header: Mapping[str, object]) -> bytes:
    """Make the message that carries `header`."""
    body = json.dumps(header, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def unpack(received: bytes | bytearray) -> dict[str, object] | None:
    """Return the header once it is whole, None while it is not. Raises `ProtocolError`."""
    if len(received) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(received)
    if length > HEADER_MAX_BYTES:
        raise ProtocolError("header too long")
    if len(received) < _LENGTH.size + length:
        return None
    return _object(bytes(received[_LENGTH.size : _LENGTH.size + length]))


def send(connection: socket.socket, header: Mapping[str, object], fd: int | None = None) -> None:
    """Send one message, and one file descriptor with its first byte."""
    message = pack(header)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd is not None else []
    sent = connection.sendmsg([message], ancillary)
    if sent < len(message):
        connection.sendall(message[sent:])


def receive_some(connection: socket.socket, received: bytearray, fds: list[int]) -> bool:
    """Add what has arrived to `received` and `fds`; False when the other side has closed."""
    chunk, ancillary, _flags, _address = connection.recvmsg(
        HEADER_MAX_BYTES, socket.CMSG_SPACE(4 * array.array("i").itemsize)
    )
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
            fds.extend(numbers)
    received += chunk
    return bool(chunk)


def write_answer(target: mmap.mmap, header: Mapping[str, object], blobs: Sequence[Buffer]) -> None:
    """Write a child's answer into its mapped file. Raises `ValueError` when it cannot hold."""
    body = json.dumps({**header, "sizes": [len(blob) for blob in blobs]}, separators=(",", ":")).encode()
    target.seek(0)
    for piece in (_ANSWER.pack(len(body)), body, *blobs):
        target.write(piece)


def read_answer(fd: int) -> tuple[dict[str, object], list[bytes]]:
    """Read a child's answer: its header and blobs. Raises `ProtocolError` when its lengths do not add up."""
    length = os.fstat(fd).st_size
    (body_length,) = _ANSWER.unpack(_exactly(fd, _ANSWER.size, 0))
    if body_length > length - _ANSWER.size:
        raise ProtocolError("header length")
    header = _object(_exactly(fd, body_length, _ANSWER.size))
    sizes, offset, blobs = header.get("sizes"), _ANSWER.size + body_length, []
    if not isinstance(sizes, list) or not all(type(size) is int and size >= 0 for size in sizes):
        raise ProtocolError("sizes")
    if offset + sum(sizes) > length:
        raise ProtocolError("sizes do not add up")
    for size in sizes:
        blobs.append(_exactly(fd, size, offset))
        offset += size
    return header, blobs


def _exactly(fd: int, size: int, offset: int) -> bytes:
    data = os.pread(fd, size, offset) if size else b""
    if len(data) != size:
        raise ProtocolError("short answer")
    return data


def _object(body: bytes) -> dict[str, object]:
    try:
        header = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("not JSON") from error
    if not isinstance(header, dict):
        raise ProtocolError("not an object")
    return header
