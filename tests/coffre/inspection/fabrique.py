"""Files made for tests: ordinary ones as members have them, and each kind of bad one. Every function returns bytes.

They use the same libraries as the portal, from the writing side, and plain bytes where a library would refuse to write
what an attacker writes.
"""

import io
import random
import struct
import zlib
from functools import cache
from pathlib import Path

import pikepdf
from PIL import Image, ImageChops, ImageDraw, ImageFont

DONNEES = Path(__file__).parent / "donnees"
RED = (200, 30, 30)
WORDS = [
    "attestation",
    "employeur",
    "salaire",
    "net",
    "imposable",
    "période",
    "cotisation",
    "dossier",
    "numéro",
    "prestation",
    "logement",
    "décision",
]


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def sheet(width: int = 1512, height: int = 2016, *, noise: int = 0, seed: int = 1) -> Image.Image:
    """A printed sheet, lit from the top, with a red mark in its top left corner. Do not draw on it: it is shared."""
    draw_words = random.Random(seed)
    image = Image.new("RGB", (width, height), (244, 242, 236))
    drawing, font = ImageDraw.Draw(image), ImageFont.load_default(size=max(8, height // 90))
    for line in range(height // 20, height - height // 20, max(10, height // 60)):
        drawing.text((width // 16, line), " ".join(draw_words.choices(WORDS, k=9)), font=font, fill=(30, 30, 40))
    light = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_180).resize((width, height))
    light = light.point(lambda value: 150 + value * 105 // 255)
    image = ImageChops.multiply(image, Image.merge("RGB", (light, light, light)))
    if noise:
        grain = Image.effect_noise(image.size, noise)
        image = ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128)
    image.paste(RED, (0, 0, width // 6, height // 20))
    return image


def is_upright(image: Image.Image) -> bool:
    """Tell whether the red mark of `sheet` is in the top left corner."""
    red, green, _ = image.convert("RGB").getpixel((image.width // 20, image.height // 60))  # type: ignore[misc]
    return bool(red > 140 and green < 90)


def jpeg_photo(
    width: int = 1512,
    height: int = 2016,
    *,
    orientation: int = 1,
    gps: bool = False,
    quality: int = 78,
    noise: int = 4,
    progressive: bool = False,
    image: Image.Image | None = None,
) -> bytes:
    """A photo of a sheet. With an `orientation`, the pixels are stored turned, as a phone does, and EXIF says it."""
    stored = image or sheet(width, height, noise=noise)
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = stored.transpose(undo) if undo is not None else stored
    exif = Image.Exif()
    if orientation != 1 or gps:
        exif[0x0112] = orientation
        exif[0x010F] = "Appareil de Jeanne"
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 37.0, 12.0), 3: "E", 4: (3.0, 3.0, 30.0)})
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=quality, progressive=progressive, exif=exif)
    return buffer.getvalue()


@cache
def jpeg_heavy() -> bytes:
    """A 12-megapixel photo of about 5 MB, as phones take them, lying on its side."""
    return jpeg_photo(3024, 4032, orientation=6, gps=True, quality=90, noise=12)


@cache
def jpeg_weighing(size: int) -> bytes:
    """A photo just below `size` bytes, upright: what the leaflet's limit lets through untouched."""
    for quality in range(96, 20, -2):
        data = jpeg_photo(quality=quality, noise=9)
        if len(data) < size:
            return data
    raise AssertionError("no quality is low enough")


def jpeg_cmyk() -> bytes:
    buffer = io.BytesIO()
    sheet().convert("CMYK").save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def jpeg_declaring(width: int, height: int) -> bytes:
    """A small JPEG whose header claims other dimensions."""
    data = bytearray(jpeg_photo(200, 300))
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, height, width)
    return bytes(data)


def png_page(width: int = 1240, height: int = 1754, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    sheet(width, height).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def png_16bit() -> bytes:
    values = sheet(600, 800).convert("L").point(lambda value: value * 257, "I")
    buffer = io.BytesIO()
    values.convert("I;16").save(buffer, "PNG")
    return buffer.getvalue()


def png_transparent() -> bytes:
    """Black strokes on nothing: black on black when transparency is dropped instead of laid on white."""
    image = Image.new("RGBA", (800, 1000), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((50, 50), "Bonjour", font=ImageFont.load_default(size=80), fill=(0, 0, 0, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def png_animated() -> bytes:
    first, second = sheet(400, 500), sheet(400, 500, seed=2)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=[second], duration=100)
    return buffer.getvalue()


def png_noise(width: int = 1300, height: int = 1700) -> bytes:
    """A PNG of several megabytes that no lossless compression reduces."""
    buffer = io.BytesIO()
    image = Image.effect_noise((width, height), 60)
    Image.merge("RGB", (image, image, image)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@cache
def png_blank(width: int = 30_000, height: int = 30_000) -> bytes:
    """A valid white PNG of any size, in grey, in hundreds of rows: 30 000 × 30 000 weighs less than 1 MB."""
    row = b"\x00" + b"\xff" * width
    return png_of(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), _repeated(row * 100, height // 100))


def png_of(header: bytes, coded: bytes) -> bytes:
    """A PNG from its header and its compressed rows, whatever they say."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", coded), (b"IEND", b""))
    )


def heic_photo() -> bytes:
    """A photo in HEIC, upright, with a position. Made once by an encoder that the portal does not ship."""
    return (DONNEES / "photo.heic").read_bytes()


def heic_sideways() -> bytes:
    """The same as phones store it: pixels lying on their side, turned by the container and by EXIF."""
    return (DONNEES / "photo_couchee.heic").read_bytes()


def gif() -> bytes:
    buffer = io.BytesIO()
    sheet(200, 300).save(buffer, "GIF")
    return buffer.getvalue()


def webp() -> bytes:
    buffer = io.BytesIO()
    sheet(200, 300).save(buffer, "WEBP")
    return buffer.getvalue()


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────


def pdf_text(pages: int = 1, *, text: str = "Bonjour") -> bytes:
    """A PDF whose pages say `text` and their number, as a word processor writes them."""
    with text_document(pages, text=text) as document:
        return written(document)


def text_document(pages: int = 1, *, text: str = "Bonjour") -> pikepdf.Pdf:
    """The same, to go on with."""
    document = pikepdf.new()
    font = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(1, pages + 1):
        document.add_blank_page(page_size=(595, 842))
        page = document.pages[-1].obj
        page["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page["/Contents"] = document.make_stream(
            f"BT /F 24 Tf 60 760 Td ({text} page {number}) Tj ET".encode("latin-1")
        )
    return document


def pdf_of_images(pictures: list[bytes], *, page_size: tuple[int, int] = (595, 842)) -> bytes:
    """A PDF of JPEG pictures, one a page, as a scanner writes it."""
    with pikepdf.new() as document:
        for picture in pictures:
            image = Image.open(io.BytesIO(picture))
            document.add_blank_page(page_size=page_size)
            stream = document.make_stream(picture)
            stream.write(picture, filter=pikepdf.Name.DCTDecode)
            for name, value in (
                ("/Type", pikepdf.Name.XObject),
                ("/Subtype", pikepdf.Name.Image),
                ("/Width", image.width),
                ("/Height", image.height),
                ("/BitsPerComponent", 8),
                ("/ColorSpace", pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB),
            ):
                stream[name] = value
            page = document.pages[-1].obj
            page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=stream))
            page["/Contents"] = document.make_stream(f"q {page_size[0]} 0 0 {page_size[1]} 0 0 cm /I Do Q".encode())
        return written(document)


@cache
def pdf_scan(pages: int, *, width: int = 1240, height: int = 1754, noise: int = 12, quality: int = 85) -> bytes:
    """A scanned document; ten pages weigh about 6 MB."""
    return pdf_of_images(
        [jpeg_photo(image=sheet(width, height, noise=noise, seed=page), quality=quality) for page in range(pages)]
    )


def pdf_with_javascript() -> bytes:
    with text_document() as document:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('coucou')"))
        document.Root["/OpenAction"] = script
        document.Root["/Names"] = pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script]))
        )
        page = document.pages[0].obj
        page["/AA"] = pikepdf.Dictionary(O=script)
        link = {"/Type": pikepdf.Name.Annot, "/Subtype": pikepdf.Name.Link, "/Rect": pikepdf.Array([0, 0, 99, 99])}
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))
        page["/Annots"] = pikepdf.Array([pikepdf.Dictionary({**link, "/A": launch})])
        page["/PieceInfo"] = pikepdf.Dictionary(Secret=pikepdf.String("cache"))
        return written(document)


def pdf_with_attachment(content: bytes = b"Le contenu joint.", name: str = "joint.txt") -> bytes:
    with text_document() as document:
        document.attachments[name] = content
        return written(document, compress=True)


def pdf_with_metadata() -> bytes:
    with text_document() as document:
        document.docinfo["/Author"] = "Jeanne Delattre"
        with document.open_metadata() as metadata:
            metadata["dc:creator"] = ["Jeanne Delattre"]
        return written(document)


def pdf_locked(*, user: str = "secret", owner: str = "patron") -> bytes:
    """A PDF that asks for a password; with an empty `user`, one that only forbids copying and printing."""
    buffer = io.BytesIO()
    permissions = pikepdf.Permissions(extract=False, print_lowres=False, print_highres=False, modify_other=False)
    with text_document() as document:
        document.save(buffer, encryption=pikepdf.Encryption(user=user, owner=owner, allow=permissions))
    return buffer.getvalue()


def pdf_form(
    answer: str = "Jeanne Delattre", *, with_appearance: bool = False, flags: int = 0, length: int = 0
) -> bytes:
    """A filled form: the answer is in the field, and drawn only if `with_appearance`.

    `flags` are those of text fields (ISO 32000-1, table 228): 4096 several lines, 1 << 24 one box a sign.
    """
    with text_document(text="Nom") as document:
        font = document.pages[0].obj["/Resources"]["/Font"]["/F"]
        font["/Encoding"] = pikepdf.Name.WinAnsiEncoding
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T=pikepdf.String("nom"),
            V=pikepdf.String(answer),
            DA=pikepdf.String("/F 14 Tf 0 g"),
            Rect=pikepdf.Array([60, 500, 400, 640]),
            F=4,
            Ff=flags,
        )
        if length:
            field["/MaxLen"] = length
        if with_appearance:
            drawn = document.make_stream(f"/Tx BMC BT /F 14 Tf 2 10 Td ({answer}) Tj ET EMC".encode("latin-1"))
            drawn["/Type"], drawn["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
            drawn["/BBox"] = pikepdf.Array([0, 0, 340, 140])
            drawn["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            field["/AP"] = pikepdf.Dictionary(N=drawn)
        held = document.make_indirect(field)
        document.pages[0].obj["/Annots"] = pikepdf.Array([held])
        document.Root["/AcroForm"] = pikepdf.Dictionary(
            Fields=pikepdf.Array([held]),
            DR=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
            DA=pikepdf.String("/F 14 Tf 0 g"),
        )
        return written(document)


def pdf_xfa() -> bytes:
    """A form that only one reader displays: its page says « Please wait »."""
    with text_document(text="Please wait...") as document:
        template = document.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>")
        document.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=template)
        document.Root["/NeedsRendering"] = True
        return written(document)


def pdf_portfolio() -> bytes:
    with text_document(text="Ouvrez dans Acrobat") as document:
        document.attachments["a.txt"] = b"a"
        document.Root["/Collection"] = pikepdf.Dictionary(Type=pikepdf.Name.Collection, View=pikepdf.Name.D)
        return written(document)


def pdf_layered() -> bytes:
    """A page with a hidden layer that says BROUILLON."""
    with text_document(text="Visible") as document:
        layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("brouillon")))
        document.Root["/OCProperties"] = pikepdf.Dictionary(
            OCGs=pikepdf.Array([layer]), D=pikepdf.Dictionary(OFF=pikepdf.Array([layer]))
        )
        page = document.pages[0].obj
        page["/Resources"]["/Properties"] = pikepdf.Dictionary(L=layer)
        shown = page["/Contents"].read_bytes()
        page["/Contents"] = document.make_stream(shown + b" /OC /L BDC 0 0 595 400 re f EMC")
        return written(document)


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


def raw_pdf(content: bytes, filters: list[str]) -> bytes:
    """A PDF of one page, written by hand around a content stream already coded with `filters`."""
    names = " ".join(filters).encode()
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d/Filter[%b]>>stream\n%b\nendstream" % (len(content), names, content),
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def written(document: pikepdf.Pdf, *, compress: bool = True) -> bytes:
    """The bytes of a document, the same every time."""
    buffer = io.BytesIO()
    document.save(buffer, compress_streams=compress, static_id=True)
    return buffer.getvalue()


# ── damage and disguise ───────────────────────────────────────────────────────────────────────────────────────


def truncated(data: bytes, kept: float = 0.6) -> bytes:
    """The beginning of a file whose copy stopped."""
    return data[: int(len(data) * kept)]


def with_trailing(data: bytes, extra: bytes = b"<?php echo 'coucou'; ?>" * 100) -> bytes:
    """A file with something else after its end."""
    return data + extra


def polyglots() -> dict[str, bytes]:
    """Files that two programs would read as two different things."""
    return {
        "gif then pdf": b"GIF89a" + b"\x00" * 20 + pdf_text(),
        "html then pdf": b"<html><script>alert(1)</script>" + pdf_text(),
        "zip then pdf": b"PK\x03\x04" + b"\x00" * 30 + pdf_text(),
        "text then jpeg": b"Bonjour\n" + jpeg_photo(100, 150),
        "script then png": b"#!/bin/sh\n" + png_page(100, 150),
    }


@cache
def _nested(size: int, layers: int) -> bytes:
    data = _repeated(b" " * 1_000_000, size // 1_000_000)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def _repeated(piece: bytes, times: int) -> bytes:
    """Compress `piece` once and repeat its coded form: the same stream as `piece * times`, without the wait."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    coded = engine.compress(piece) + engine.flush(zlib.Z_FULL_FLUSH)
    total = 1
    for _ in range(times):
        total = zlib.adler32(piece, total)
    return b"\x78\xda" + coded * times + b"\x03\x00" + struct.pack(">I", total)
