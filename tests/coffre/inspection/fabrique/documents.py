"""PDF documents as programs write them, and those that hold more than pages."""

import io
from functools import cache

import pikepdf
from PIL import Image

from tests.coffre.inspection.fabrique.images import jpeg_photo, sheet


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


def pdf_named_in_latin1() -> bytes:
    """A page whose font is called « Prénom » in Latin-1, as old software writes names."""
    data = pdf_text(text="Ancien")
    assert data.count(b"/F ") >= 1
    with pikepdf.open(io.BytesIO(data)) as document:
        page = document.pages[0].obj
        page["/Resources"]["/Font"]["/Prxnom"] = page["/Resources"]["/Font"]["/F"]
        page["/Contents"] = document.make_stream(b"BT /Prxnom 24 Tf 60 760 Td (Ancien) Tj ET")
        buffer = io.BytesIO()
        document.save(
            buffer, static_id=True, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )
    return buffer.getvalue().replace(b"/Prxnom", b"/Pr\xe9nom")


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
