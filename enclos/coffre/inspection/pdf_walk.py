"""Walk through what the pages of a PDF draw: keep what the schema allows, measure all that unfolds, count objects."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from PIL import Image

from enclos.coffre.inspection import inflate
from enclos.coffre.inspection.limits import (
    HUGE_PIXELS,
    ORDINARY_PIXELS,
    PDF_FILTERS,
    PDF_INFLATED_BYTES,
    PDF_REACHABLE_OBJECTS,
)
from enclos.coffre.inspection.pdf_schema import LEAF, SCHEMA
from enclos.coffre.inspection.refus import FileRefusal, NeedsMore

type Key = tuple[int, int]

_COMPONENTS = {"/DeviceGray": 1, "/CalGray": 1, "/G": 1, "/Indexed": 1, "/Separation": 1, "/DeviceRGB": 3, "/CalRGB": 3}
_MAX_DEPTH = 60
_LONG_ARRAY = 64  # beyond, a leaf array is a table of numbers (widths, lookup): not walked through


@dataclass
class Node:
    """An indirect object that pages draw: what it weighs in a file, and what it leads to."""

    weight: int
    children: set[Key] = field(default_factory=set)


@dataclass
class Walk:
    """One document's walk. `nodes` tells afterwards which objects each page needs."""

    is_huge: bool
    is_dry: bool = False  # measure only, take nothing out
    nodes: dict[Key, Node] = field(default_factory=dict)
    images: dict[Key, pikepdf.Object] = field(default_factory=dict)
    unfolded: int = 0
    count: int = 0

    def page(self, page: pikepdf.Object) -> Key:
        """Clean one page and all it draws, in place. Raises `FileRefusal` and `NeedsMore`."""
        key = page.objgen
        self.nodes[key] = Node(weight=200)
        self._dictionary(page, "page", self.nodes[key], 0, keep=("/Parent",))
        return key

    def drawing(self, drawing: pikepdf.Object) -> None:
        """Clean one drawing that is not on a page yet: the appearance of a form's field."""
        self._visit(drawing, "drawing", Node(weight=0), 0)

    def needed_by(self, pages: list[Key]) -> set[Key]:
        """Return every object that these pages lead to."""
        found: set[Key] = set()
        pending = list(pages)
        while pending:
            key = pending.pop()
            if key not in found and key in self.nodes:
                found.add(key)
                pending.extend(self.nodes[key].children)
        return found

    def weight_of(self, pages: list[Key]) -> int:
        """Estimate the bytes of a PDF made of these pages only; slightly too much rather than too little."""
        return 1500 + sum(self.nodes[key].weight for key in self.needed_by(pages))

    def images_of(self, page: Key) -> Iterator[tuple[Key, pikepdf.Object]]:
        """Give the images that this page draws."""
        needed = self.needed_by([page])
        return ((key, image) for key, image in self.images.items() if key in needed)

    def _visit(self, value: object, kind: str, owner: Node, depth: int) -> None:
        if not isinstance(value, pikepdf.Object):
            return
        if depth > _MAX_DEPTH:
            raise FileRefusal("trop_complexe")
        if value.is_indirect:
            key = value.objgen
            owner.children.add(key)
            if key in self.nodes:
                return
            self._counted()
            owner = self.nodes[key] = Node(weight=80)
        if isinstance(value, pikepdf.Stream):
            self._stream(value, kind, owner, depth)
        elif isinstance(value, pikepdf.Dictionary):
            self._dictionary(value, kind, owner, depth)
        elif isinstance(value, pikepdf.Array):
            owner.weight += 4 * len(value)
            for item in value:
                self._visit(item, kind, owner, depth + 1)

    def _dictionary(
        self, value: pikepdf.Object, kind: str, owner: Node, depth: int, keep: tuple[str, ...] = ()
    ) -> None:
        allowed = SCHEMA[kind]
        every = allowed.get("*")
        for name, held in list(value.items()):
            child = every or allowed.get(name)
            if name in keep or held is None:  # null is the same as absent
                continue
            owner.weight += 20
            if child is None or (child == LEAF and not _is_leaf(held)):
                if not self.is_dry:
                    del value[name]
            elif child == LEAF:
                owner.weight += 4 * len(held) if isinstance(held, pikepdf.Array) else 0
            elif child == "drawing" and isinstance(held, pikepdf.Stream) and held.get("/Subtype") == "/PS":
                if not self.is_dry:
                    del value[name]  # a program for the printer, dead since PDF 1.3
            else:
                self._visit(held, child, owner, depth + 1)

    def _stream(self, value: pikepdf.Object, kind: str, owner: Node, depth: int) -> None:
        filters = filters_of(value)
        if "/F" in value:
            raise FileRefusal("pdf_illisible")  # its data are in another file
        if kind == "drawing" and value.get("/Subtype") == "/Image":
            self._image(value, filters)
            self.images[value.objgen] = value
        else:
            self._plain_stream(value, filters, is_drawn=kind in ("content", "drawing"))
        owner.weight += len(value.get_raw_stream_buffer())
        self._dictionary(value, kind, owner, depth)

    def _plain_stream(self, value: pikepdf.Object, filters: list[str], *, is_drawn: bool) -> None:
        left = PDF_INFLATED_BYTES - self.unfolded
        try:
            self.unfolded += inflate.unfolded_length(value.read_raw_bytes(), filters, left)
        except inflate.TooMuch:
            raise FileRefusal("trop_gonfle") from None
        except inflate.Broken:
            if is_drawn:
                raise FileRefusal("pdf_illisible") from None

    def _image(self, value: pikepdf.Object, filters: list[str]) -> None:
        width, height = _number(value, "/Width"), _number(value, "/Height")
        self._check_pixels(width, height)
        bits = min(16, max(1, _number(value, "/BitsPerComponent") or 8))
        row = (width * _components(value.get("/ColorSpace")) * bits + 7) // 8 + 1
        raw = value.read_raw_bytes()
        limit = row * height + len(raw) + 65536
        try:
            if filters and filters[-1] in ("/DCTDecode", "/DCT"):
                self._check_jpeg(inflate.unfold(raw, filters, limit))
            else:
                inflate.unfolded_length(raw, filters, limit)
        except inflate.TooMuch:
            raise FileRefusal("trop_gonfle") from None
        except inflate.Broken:
            raise FileRefusal("pdf_illisible") from None

    def _check_jpeg(self, data: bytes) -> None:
        """Decode a JPEG small, which reads it all; its true size may differ from what the PDF declares."""
        try:
            image = Image.open(io.BytesIO(data), formats=("JPEG",))
            self._check_pixels(image.width, image.height)
            image.draft("L", (image.width // 8, image.height // 8))
            image.load()
        except (FileRefusal, NeedsMore, MemoryError):
            raise
        except Exception as error:  # Pillow's decoders raise a dozen types on broken data
            if "truncated" in str(error):
                raise FileRefusal("pdf_illisible") from error
            # A JPEG that only PDF readers know how to colour: the page's rendering is the proof.

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > HUGE_PIXELS:
            raise FileRefusal("trop_de_pixels", largeur=width, hauteur=height)
        if width * height > ORDINARY_PIXELS and not self.is_huge:
            raise NeedsMore

    def _counted(self) -> None:
        self.count += 1
        if self.count > PDF_REACHABLE_OBJECTS:
            raise FileRefusal("trop_complexe")


def filters_of(stream: pikepdf.Object) -> list[str]:
    """Return the names of a stream's filters, in the order they are undone. Raises `FileRefusal` on a mad list."""
    filters = stream.get("/Filter")
    if filters is None:
        return []
    names = [_text(name) for name in filters] if isinstance(filters, pikepdf.Array) else [_text(filters)]
    if len(names) > PDF_FILTERS:
        raise FileRefusal("trop_gonfle")
    return names


def _is_leaf(value: object) -> bool:
    if isinstance(value, pikepdf.Array):
        return len(value) > _LONG_ARRAY or not any(
            isinstance(item, pikepdf.Dictionary | pikepdf.Stream) for item in value
        )
    return not isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def _text(name: object) -> str:
    """Read a name; one in an encoding older than UTF-8 is none of those that mean something here."""
    try:
        return str(name)
    except UnicodeDecodeError:
        return ""


def _number(value: pikepdf.Object, name: str) -> int:
    try:
        return max(0, int(value.get(name, 0)))
    except (TypeError, ValueError):
        return 0


def _components(space: object) -> int:
    """Return how many values a point has in this colour space; four, the most usual maximum, when not known."""
    if isinstance(space, pikepdf.Name):
        return _COMPONENTS.get(_text(space), 4)
    if isinstance(space, pikepdf.Array) and len(space):
        name = _text(space[0])
        if name == "/ICCBased" and len(space) > 1 and isinstance(space[1], pikepdf.Stream):
            return min(4, max(1, _number(space[1], "/N")))
        if name == "/DeviceN" and len(space) > 1 and isinstance(space[1], pikepdf.Array):
            return min(32, max(1, len(space[1])))
        return _COMPONENTS.get(name, 4)
    return 4
