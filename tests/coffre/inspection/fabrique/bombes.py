"""PDF that unfold to far more than they weigh."""

import struct
import zlib
from functools import cache

import pikepdf

from tests.coffre.inspection.fabrique.documents import raw_pdf, text_document, written
from tests.coffre.inspection.fabrique.flux import repeated


@cache
def pdf_bomb(unfolded: int = 300_000_000, *, layers: int = 2) -> bytes:
    """A PDF of about 1 kB whose page unfolds to `unfolded` bytes of spaces through nested filters."""
    return raw_pdf(_nested(unfolded, layers), ["/FlateDecode"] * layers)


@cache
def pdf_image_bomb() -> bytes:
    """A page whose image declares 10 × 10 points and unfolds to 300 MB."""
    data = _nested(300_000_000, 1)
    with text_document() as document:
        image = document.make_stream(b"")
        image.write(data, filter=pikepdf.Name.FlateDecode)
        for name, value in (
            ("/Subtype", pikepdf.Name.Image),
            ("/Width", 10),
            ("/Height", 10),
            ("/BitsPerComponent", 8),
        ):
            image[name] = value
        image["/Type"], image["/ColorSpace"] = pikepdf.Name.XObject, pikepdf.Name.DeviceRGB
        page = document.pages[0].obj
        page["/Resources"]["/XObject"] = pikepdf.Dictionary(I=image)
        page["/Contents"] = document.make_stream(b"/I Do")
        return written(document)


@cache
def pdf_object_stream_bomb(unfolded: int = 300_000_000) -> bytes:
    """A PDF whose own objects are in a stream that unfolds to 300 MB: opening it is enough."""
    packed = _nested(unfolded, 1)
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n"
        % (len(packed), packed),
    ]
    out, offsets = bytearray(b"%PDF-1.5\n"), []
    for body in objects:
        offsets.append(len(out))
        out += body
    table = len(out)
    rows = b"".join(
        struct.pack(">BIH", kind, first, second)
        for kind, first, second in (
            (0, 0, 65535),
            (1, offsets[0], 0),
            (2, 4, 0),
            (0, 0, 0),
            (1, offsets[1], 0),
            (1, table, 0),
        )
    )
    out += b"5 0 obj<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n%b\nendstream endobj\n" % (
        len(rows),
        rows,
    )
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


@cache
def pdf_attachment_bomb() -> bytes:
    with text_document() as document:
        held = document.make_stream(b"")
        held.write(_nested(300_000_000, 2), filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 2))
        held["/Type"] = pikepdf.Name.EmbeddedFile
        names = pikepdf.Array([pikepdf.String("a"), pikepdf.Dictionary(EF=pikepdf.Dictionary(F=held))])
        document.Root["/Names"] = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=names))
        return written(document)


@cache
def pdf_many_objects(count: int = 30_000) -> bytes:
    """A page that leads to more objects than any paper needs."""
    with text_document() as document:
        forms = {}
        for index in range(count):
            form = document.make_stream(b"")
            form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
            form["/BBox"] = pikepdf.Array([0, 0, 1, 1])
            forms[f"/X{index}"] = form
        document.pages[0].obj["/Resources"]["/XObject"] = pikepdf.Dictionary(forms)
        return written(document)


@cache
def _nested(size: int, layers: int) -> bytes:
    data = repeated(b" " * 1_000_000, size // 1_000_000)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data
