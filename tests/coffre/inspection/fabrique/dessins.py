"""A page that uses every kind of drawing a PDF has."""

import pikepdf

from tests.coffre.inspection.fabrique.documents import text_document, written


def pdf_drawing() -> bytes:
    """A page that uses every kind of drawing a PDF has: patterns, shadings, masks, tints, glyphs, nested forms."""
    with text_document() as document:
        name, array, dictionary = pikepdf.Name, pikepdf.Array, pikepdf.Dictionary

        def stream(data: bytes, **keys: object) -> pikepdf.Object:
            made = document.make_stream(data)
            for key, value in keys.items():
                made["/" + key] = value
            return made

        fade = dictionary(FunctionType=2, Domain=array([0, 1]), C0=array([1, 0, 0]), C1=array([0, 0, 1]), N=1)
        axial = dictionary(
            ShadingType=2,
            ColorSpace=name.DeviceRGB,
            Coords=array([50, 0, 500, 0]),
            Function=fade,
            Extend=array([True, True]),
        )
        tile = stream(
            b"0 0.6 0 rg 0 0 6 6 re f", Type=name.Pattern, PatternType=1, PaintType=1, TilingType=1,
            BBox=array([0, 0, 12, 12]), XStep=12, YStep=12, Resources=dictionary(),
        )  # fmt: skip
        group = dictionary(S=name.Transparency, CS=name.DeviceGray)
        veil = stream(
            b"0.3 g 0 0 595 842 re f 1 g 100 100 200 200 re f", Type=name.XObject, Subtype=name.Form,
            BBox=array([0, 0, 595, 842]), Group=group,
        )  # fmt: skip
        tint = stream(
            b"{dup 0.5 mul exch dup 0.2 mul exch 0.9 mul 0}", FunctionType=4, Domain=array([0, 1]),
            Range=array([0, 1, 0, 1, 0, 1, 0, 1]),
        )  # fmt: skip
        glyph = stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f")
        squares = dictionary(
            Type=name.Font, Subtype=name.Type3, FontBBox=array([0, 0, 750, 750]), FontMatrix=array([0.001, 0, 0, 0.001, 0, 0]),
            CharProcs=dictionary(carre=glyph), Encoding=dictionary(Type=name.Encoding, Differences=array([97, name.carre])),
            FirstChar=97, LastChar=97, Widths=array([1000]), Resources=dictionary(),
        )  # fmt: skip
        half = stream(bytes(range(0, 256, 16)) * 16, Type=name.XObject, Subtype=name.Image, Width=16, Height=16,
                      ColorSpace=name.DeviceGray, BitsPerComponent=8)  # fmt: skip
        palette = array(
            [name.Indexed, name.DeviceRGB, 3, pikepdf.String(b"\xff\x00\x00\x00\xff\x00\x00\x00\xff\xff\xff\x00")]
        )
        indexed = stream(b"\x1b\xb1" * 4, Type=name.XObject, Subtype=name.Image, Width=4, Height=4, ColorSpace=palette,
                         BitsPerComponent=2, SMask=half)  # fmt: skip
        inner = stream(b"1 0 1 rg 0 0 40 40 re f", Type=name.XObject, Subtype=name.Form, BBox=array([0, 0, 40, 40]))
        outer = stream(
            b"q 1 0 0 1 10 10 cm /Dedans Do Q 0 g 2 w 0 0 60 60 re S", Type=name.XObject, Subtype=name.Form,
            BBox=array([0, 0, 60, 60]), Resources=dictionary(XObject=dictionary(Dedans=inner)),
        )  # fmt: skip
        page = document.pages[0].obj
        page["/Resources"] = dictionary(
            Font=dictionary(F=page["/Resources"]["/Font"]["/F"], A=squares),
            Shading=dictionary(S=axial),
            Pattern=dictionary(P=tile, Q=dictionary(PatternType=2, Shading=axial)),
            ExtGState=dictionary(
                G=dictionary(ca=0.5, BM=name.Multiply), AA=dictionary(SMask=dictionary(S=name.Luminosity, G=veil))
            ),
            ColorSpace=dictionary(T=array([name.Separation, name.Rouge, name.DeviceCMYK, tint])),
            XObject=dictionary(JS=outer, I=indexed),  # names a careless cleaner would take for actions
        )
        page["/Contents"] = document.make_stream(
            b"q 50 700 500 60 re W n /S sh Q /Pattern cs /P scn 50 600 200 80 re f /Q scn 300 600 200 80 re f "
            b"q /G gs 1 1 0 rg 150 560 200 160 re f Q /T cs 0.8 scn 50 500 80 60 re f "
            b"q 1 0 0 1 200 480 cm /JS Do Q q 90 0 0 90 300 470 cm /I Do Q "
            b"BT /A 30 Tf 60 420 Td (aa a) Tj ET BT /F 20 Tf 60 380 Td (Texte) Tj ET "
            b"q /AA gs 0 0 0.8 rg 50 50 400 300 re f Q"
        )
        return written(document)
