"""What a child does between its birth and its answer. The readers are imported here, once, by the server."""

import contextlib
import ctypes
import gc
import io
import mmap
import os
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping, Sequence

import img2pdf  # noqa: F401 (loaded before the walls go up: nothing can be opened after)
import pi_heif
import pikepdf
from PIL import Image, JpegImagePlugin, PngImagePlugin  # noqa: F401 (the same)

from enclos.coffre.inspection import fusion, images, limits, noms, pages, pdf, protocol, sandbox, signatures
from enclos.coffre.inspection.refus import FileRefusal, NeedsMore
from enclos.coffre.inspection.types import HEIC, JPEG, PDF, PNG, READABLE_TYPES, Json, Part

# How a child ends, for `server` to know without reading what it wrote.
ANSWERED, BROKEN, NEEDS_MORE, OUT_OF_MEMORY = 0, 70, 71, 72

# What no child may reach, proven at start-up by having one try.
WALLS = ("fichiers", "reseau", "processus", "privileges")

type Answer = tuple[Mapping[str, object], Sequence[bytes]]


def prepare() -> None:
    """Set the readers' own bounds and use each of them once, so that children inherit everything already loaded."""
    warnings.simplefilter("ignore")
    sandbox.share_one_arena()
    Image.MAX_IMAGE_PIXELS = None  # bounded by our own walk through the headers, before Pillow opens anything
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    pdf.set_limits()
    for data, name in _samples():
        answer, blobs = _inspect(data, {"name": name, "turn": 1}, is_huge=False)
        part = (str(answer["parts"][0]["media_type"]), blobs[0])  # type: ignore[index]
        pages.render(part[1], part[0], page=1, width=100)
        pages.assemble([part])
        fusion.fragment(part[1], part[0], first=1, parent=1)
    with contextlib.suppress(FileRefusal):
        _inspect(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", {"name": "", "turn": 0}, is_huge=False)
    gc.collect()


def work(request: Mapping[str, object], data: bytes, target: mmap.mmap, *, is_huge: bool) -> int:
    """Do what is asked, write the answer, return the exit code."""
    try:
        answer, blobs = _done(request, data, is_huge=is_huge)
    except FileRefusal as refusal:
        answer, blobs = {"outcome": "refused", "code": refusal.code, "details": refusal.details}, []
    except NeedsMore:
        return NEEDS_MORE
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:
        answer, blobs = {"outcome": "refused", "code": "analyse_impossible", "details": {"cause": _where(error)}}, []
    protocol.write_answer(target, answer, blobs)
    return ANSWERED


def _done(request: Mapping[str, object], data: bytes, *, is_huge: bool) -> Answer:
    match request.get("op"):
        case "inspect":
            return _inspect(data, request, is_huge=is_huge)
        case "render":
            made = pages.render(
                data, _readable(request.get("media_type")), page=_int(request, "page"), width=_int(request, "width")
            )
            return {"outcome": "produced", "media_type": JPEG, "pages": 1}, [made]
        case "assemble":
            made, count = pages.assemble(_parts(request, data))
            return {"outcome": "produced", "media_type": PDF, "pages": count}, [made]
        case "fragment":
            made, offsets, numbers = fusion.fragment(
                data, _readable(request.get("media_type")), first=_int(request, "first"), parent=_int(request, "parent")
            )
            return {"outcome": "fragment", "offsets": offsets, "pages": numbers}, [made]
        case "trial":
            return _trial(str(request.get("kind")))
        case _:
            raise ValueError("unknown operation")


def _inspect(data: bytes, request: Mapping[str, object], *, is_huge: bool) -> Answer:
    if not data:
        raise FileRefusal("vide")
    media_type = signatures.media_type_of(data)
    if media_type is None:
        if signatures.hides_something(data):
            raise FileRefusal("contenu_cache")
        raise FileRefusal("type_inconnu", type=signatures.appearance_of(data))
    turn = _int(request, "turn") % 4
    parts: list[Part]
    embedded: list[bytes] = []
    bilan: dict[str, Json]
    if media_type == PDF:
        parts, conseils, bilan, embedded = pdf.inspect(data, turn=turn, is_huge=is_huge)
    else:
        read = {JPEG: images.inspect_jpeg, PNG: images.inspect_png, HEIC: images.inspect_heic}[media_type]
        part, conseils, bilan = read(data, turn=turn, is_huge=is_huge)
        parts = [part]
    nom, is_corrected = noms.clean(str(request.get("name", "")), media_type)
    conseils += ["extension_corrigee"] if is_corrected else []
    header = {
        "outcome": "inspected",
        "media_type": media_type,
        "nom": nom,
        "parts": [{"media_type": part.media_type, "pages": part.pages} for part in parts],
        "conseils": conseils,
        "bilan": bilan,
    }
    return header, [*(part.data for part in parts), *embedded]


def _parts(request: Mapping[str, object], data: bytes) -> list[tuple[str, bytes]]:
    sizes, types = request.get("sizes"), request.get("types")
    if not isinstance(sizes, list) or not isinstance(types, list):
        raise ValueError("sizes and types")
    parts, offset = [], 0
    for size, media_type in zip(sizes, types, strict=True):
        parts.append((_readable(media_type), data[offset : offset + size]))
        offset += size
    return parts


def _readable(media_type: object) -> str:
    if media_type not in READABLE_TYPES or not isinstance(media_type, str):
        raise ValueError("media type")
    return media_type


def _int(request: Mapping[str, object], name: str) -> int:
    value = request.get(name, 0)
    if not isinstance(value, int):
        raise ValueError(name)
    return value


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return f"{type(error).__name__} {os.path.basename(last.filename)}:{last.lineno}" if last else type(error).__name__


def _samples() -> list[tuple[bytes, str]]:
    picture = Image.linear_gradient("L").convert("RGB")
    jpeg, png, document, locked = (io.BytesIO() for _ in range(4))
    picture.save(jpeg, "JPEG")
    picture.save(png, "PNG")
    with pikepdf.new() as target:
        target.add_blank_page(page_size=(200, 200))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page = target.pages[0].obj
        page["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page["/Contents"] = target.make_stream(b"BT /F 20 Tf 20 20 Td (Bonjour) Tj ET")
        target.save(document)
        target.save(locked, encryption=pikepdf.Encryption(owner="x", user=""))
    return [
        (jpeg.getvalue(), "a.jpg"),
        (png.getvalue(), "a.png"),
        (document.getvalue(), "a.pdf"),
        (locked.getvalue(), "a.pdf"),
    ]


# ── trials ────────────────────────────────────────────────────────────────────────────────────────────────────


def proven_protections(*, namespaces: bool) -> dict[str, bool]:
    """Confine a child for real and have it try what it should not do; tell what failed, as it must.

    Besides `WALLS`, the keys tell what they are made of.
    """
    read_end, write_end = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            standing = sandbox.confine(
                sandbox.Limits(address_space=limits.MEMORY_BYTES, cpu=5, open_files=limits.OPEN_FILES), parent=parent
            )
            walls = [_cannot(_open_file), _cannot(_reach_network), _cannot(_start_process)]
            found = [*walls, standing["privileges"], standing["landlock"], standing["seccomp"]]
            os.write(write_end, bytes(found))
        finally:
            os._exit(0)
    os.close(write_end)
    answered = [bool(byte) for byte in os.read(read_end, 16)]
    os.close(read_end)
    os.waitpid(pid, 0)
    answered = answered if len(answered) == 6 else [False] * 6
    names = (*WALLS, "landlock", "seccomp")
    return {**dict(zip(names, answered, strict=True)), "namespaces": namespaces}


def _cannot(act: object) -> bool:
    assert callable(act)
    try:
        act()
    except OSError:
        return True
    return False


def _open_file() -> None:
    os.close(os.open(sys.executable, os.O_RDONLY))


def _reach_network() -> None:
    # Nobody listens on the discard port: reaching this machine at all answers ECONNREFUSED, which is a failed wall.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as wire:
        wire.settimeout(0.5)
        try:
            wire.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:
            return


def _start_process() -> None:
    if os.fork() == 0:
        os._exit(0)


def _trial(kind: str) -> Answer:
    """Misbehave on demand, for the tests of the server: obeyed only when it was started with `--with-trials`."""
    match kind:
        case "memory":
            bytearray(4_000_000_000)
        case "cpu":
            while True:
                pass
        case "sleep":
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()  # for ever
        case "crash":
            ctypes.string_at(0)
        case "nonsense":
            return {"outcome": "inspected", "parts": [{}], "media_type": "text/html"}, [b"x"]
        case "exit":
            os._exit(0)
        case "file":
            _open_file()
        case "network":
            _reach_network()
        case "process":
            _start_process()
        case "environment":
            return {"outcome": "environment", "names": sorted(os.environ)}, []
    return {"outcome": "survived"}, []
