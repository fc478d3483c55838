"""A document as a run of numbered PDF objects, so that several make one PDF written as it leaves, one document in memory at a time.

The portal keeps the numbers (`coffre.assemblage`); here each object is copied once, its references renumbered, and what acts by itself left
behind. Nothing of it is parsed by the portal.
"""

import io
from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import pikepdf

from enclos.coffre.inspection.pages import sheet
from enclos.coffre.inspection.types import PDF

_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
# What a page needs to be read and printed; the rest (tags, threads, actions, private data) belongs to the document it comes from.
_KEPT = ("/Type", "/Contents", "/Group", "/UserUnit", "/Annots", *_INHERITED)
_ANNOTATIONS = {"/Link", "/Stamp", "/FreeText", "/Widget", "/Highlight", "/Square", "/Circle", "/Line", "/Ink"}
_DEAD = (
    "/A",
    "/AA",
    "/Parent",
    "/Popup",
    "/Dest",
    "/P",
    "/StructParent",
    "/StructParents",
    "/PieceInfo",
    "/Metadata",
    "/OC",
)
# What leads from a page to the whole document it comes from.
_ELSEWHERE = {"/Page", "/Pages", "/Catalog", "/StructElem", "/StructTreeRoot", "/Bead"}
_LETTER = pikepdf.Array([0, 0, 612, 792])


class Numbers:
    """Which number each object of a source gets in the PDF being made, in the order in which they are met."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.known: dict[tuple[int, int], int] = {}
        self.waiting: deque[tuple[int, pikepdf.Object]] = deque()
        self.count = 0

    def new(self) -> int:
        self.count += 1
        return self.first + self.count - 1

    def of(self, value: pikepdf.Object) -> int:
        if value.objgen not in self.known:
            self.known[value.objgen] = self.new()
            self.waiting.append((self.known[value.objgen], value))
        return self.known[value.objgen]


def fragment(data: bytes, media_type: str, *, first: int, parent: int) -> tuple[bytes, list[int], list[int]]:
    """Write the pages of a readable file as objects numbered from `first`, under the page tree `parent`.

    Return the bytes, where each object starts in them (the number of the n-th is `first` + n), and the numbers of the pages, in order.
    """
    content = data if media_type == PDF else sheet(data)
    out, pages = io.BytesIO(), list[int]()
    offsets: dict[int, int] = {}
    with pikepdf.open(io.BytesIO(content)) as source:
        numbers = Numbers(first)
        for page in source.pages:
            number = numbers.new()
            pages.append(number)
            offsets[number] = out.tell()
            out.write(b"%d 0 obj\n<< /Parent %d 0 R" % (number, parent))
            for key, value in _page_of(page.obj).items():
                out.write(b" " + key.encode() + b" " + _written(value, numbers))
            out.write(b" >>\nendobj\n")
            while numbers.waiting:
                found, value = numbers.waiting.popleft()
                offsets[found] = out.tell()
                out.write(b"%d 0 obj\n" % found + _object(value, numbers) + b"\nendobj\n")
    return out.getvalue(), [offsets[first + index] for index in range(numbers.count)], pages


def _page_of(page: pikepdf.Object) -> dict[str, pikepdf.Object]:
    """What is kept of a page, with what it inherits; its annotations without what they do."""
    kept = {}
    for name in _KEPT:
        value, node, depth = page.get(name), page, 0
        while (
            value is None and name in _INHERITED and depth < 50 and isinstance(node.get("/Parent"), pikepdf.Dictionary)
        ):
            node, depth = node.Parent, depth + 1
            value = node.get(name)
        if value is not None:
            kept[name] = value
    kept.setdefault("/MediaBox", _LETTER)
    kept.setdefault("/Resources", pikepdf.Dictionary())
    if isinstance(annotations := kept.get("/Annots"), pikepdf.Array):
        kept["/Annots"] = pikepdf.Array([one for one in annotations if _is_still(one)])
    return kept


def _is_still(annotation: object) -> bool:
    """Take from an annotation what it does, but to lead to a site; False for one that shows nothing by itself."""
    if not isinstance(annotation, pikepdf.Dictionary) or str(annotation.get("/Subtype")) not in _ANNOTATIONS:
        return False
    action = annotation.get("/A")
    leads = isinstance(action, pikepdf.Dictionary) and action.get("/S") == "/URI" and "/Next" not in action
    for name in _DEAD:
        if name in annotation and not (name == "/A" and leads):
            del annotation[name]
    return True


def _object(value: pikepdf.Object, numbers: Numbers) -> bytes:
    if isinstance(value, pikepdf.Stream):
        raw = value.read_raw_bytes()
        entries = _entries(
            value, numbers, but=("/Length", "/Metadata", "/PieceInfo", "/F", "/FFilter", "/FDecodeParms")
        )
        return b"<< /Length %d%s >>\nstream\n" % (len(raw), entries) + raw + b"\nendstream"
    return _written(value, numbers, is_top=True)


def _entries(value: pikepdf.Object, numbers: Numbers, *, but: Sequence[str] = ()) -> bytes:
    return b"".join(
        b" " + pikepdf.Name(key).unparse() + b" " + _written(one, numbers)
        for key, one in value.items()
        if key not in but
    )


def _written(value: object, numbers: Numbers, *, is_top: bool = False) -> bytes:
    """A value as a PDF writes it, references renumbered."""
    match value:
        case None:
            return b"null"
        case bool():
            return b"true" if value else b"false"
        case int() | Decimal():
            return format(value, "f" if isinstance(value, Decimal) else "d").encode()
        case float():
            return format(value, "f").encode()
        case str():
            return pikepdf.String(value).unparse()
    assert isinstance(value, pikepdf.Object)
    if isinstance(value, pikepdf.Dictionary) and str(value.get("/Type")) in _ELSEWHERE:
        return b"null"
    if value.is_indirect and not is_top:
        return b"%d 0 R" % numbers.of(value)
    if isinstance(value, pikepdf.Dictionary):
        return b"<<" + _entries(value, numbers) + b" >>"
    if isinstance(value, pikepdf.Array):
        return b"[" + b" ".join(_written(one, numbers) for one in value) + b"]"
    return value.unparse()
