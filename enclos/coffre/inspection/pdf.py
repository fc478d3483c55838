"""PDF: opened within bounds, freed of all but its pages, each page drawn once as a proof, cut in parts under 1 Mo."""

import io
import re
import warnings
from collections.abc import Iterator

import pikepdf
import pypdfium2
from pikepdf import settings as qpdf

from enclos.coffre.inspection import inflate, lisibilite, pdf_form, pdf_parts, signatures
from enclos.coffre.inspection.limits import (
    ATTACHMENTS,
    ATTACHMENTS_BYTES,
    PDF_FILTERS,
    PDF_INFLATED_BYTES,
    PDF_OBJECTS,
    PDF_PAGES,
)
from enclos.coffre.inspection.pdf_walk import Walk, filters_of
from enclos.coffre.inspection.refus import FileRefusal, NeedsMore
from enclos.coffre.inspection.types import Json, Part

_ACTIVE = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ResetForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie",
    "/Sound", "/Trans", "/GoTo3DView", "/RichMediaExecute", "/Hide", "/SetOCGState",
}  # fmt: skip
_ACTIVE_ANNOTATIONS = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
# An object with none of these keys neither acts nor holds a file: most of them, so this is looked at first.
_TELLING = {"/S", "/JS", "/AA", "/A", "/JavaScript", "/OpenAction", "/EF", "/FS", "/Names", "/FT", "/Rect"}
_TABLE = re.compile(rb"\bobj\b([^\x00]{0,2000}?)\bstream\r?\n")
_MANY_PAGES = 100  # above, the child gets more time
_PROOF_LONG = 160  # points: enough for pdfium to read everything a page draws


def set_limits() -> None:
    """Bound qpdf itself, for what it unfolds while opening a file (tables, streams of objects). Once per process."""
    qpdf.set_qpdf_limits(
        doc_max_warnings=200,
        parser_max_nesting=100,
        parser_max_container_size=1_000_000,
        max_stream_filters=PDF_FILTERS,
        flate_max_memory=PDF_INFLATED_BYTES,
        run_length_max_memory=PDF_INFLATED_BYTES,
        png_max_memory=PDF_INFLATED_BYTES,
        tiff_max_memory=PDF_INFLATED_BYTES,
        dct_max_memory=PDF_INFLATED_BYTES,
    )


def inspect(data: bytes, *, turn: int, is_huge: bool) -> tuple[list[Part], list[str], dict[str, Json], list[bytes]]:
    """Inspect a PDF. Raises `FileRefusal` and `NeedsMore`."""
    size_before = len(data)
    data, conseils = _trimmed(data)
    with warnings.catch_warnings(action="ignore"):
        source, advice = _opened(data)
        conseils += advice
        pages = _checked_pages(source, is_huge=is_huge)
        embedded, advice = _survey(source)
        conseils += advice
        parts, advice, measures = _copied(source, pages, turn=turn, is_huge=is_huge)
        conseils += advice
    blank = prove(parts)
    conseils += ["page_blanche"] if blank == pages else []
    bilan: dict[str, Json] = {
        "octets_avant": size_before,
        "octets_apres": sum(len(part.data) for part in parts),
        "pages": pages,
        **measures,
    }
    return parts, list(dict.fromkeys(conseils)), bilan, embedded


def _copied(
    source: pikepdf.Pdf, pages: int, *, turn: int, is_huge: bool
) -> tuple[list[Part], list[str], dict[str, Json]]:
    """Make the readable copy: the pages cleaned, or drawn when cleaning them would change what they show."""
    source, conseils = pdf_form.flattened(source, is_huge=is_huge)
    layered = _layered(source)
    walk = Walk(is_huge=is_huge)
    keys = [walk.page(page.obj) for page in source.pages]
    if layered is not None:
        parts, measures = pdf_parts.drawn(layered, pages, turn=turn)
        return parts, [*conseils, "pages_en_image"], measures
    _turn(source, turn)
    parts, advice, measures = pdf_parts.cut(source, walk, keys)
    return parts, conseils + advice, measures


def prove(parts: list[Part]) -> int:
    """Draw every page of the readable copy, small. Return how many are blank.

    Raises `FileRefusal` (`pdf_page_illisible`) naming the first page that cannot be drawn.
    """
    number, blank = 0, 0
    for part in parts:
        document = pypdfium2.PdfDocument(part.data)
        try:
            if len(document) != part.pages:
                raise FileRefusal("pdf_page_illisible", page=number + len(document) + 1)
            for index in range(part.pages):
                number += 1
                try:
                    page = document[index]
                    scale = _PROOF_LONG / max(1.0, *page.get_size())
                    picture = page.render(scale=min(scale, 1.0)).to_pil().convert("L")
                except (pypdfium2.PdfiumError, ValueError) as error:
                    raise FileRefusal("pdf_page_illisible", page=number) from error
                blank += lisibilite.is_blank(picture)
                page.close()
        finally:
            document.close()
    return blank


def _trimmed(data: bytes) -> tuple[bytes, list[str]]:
    """Drop what stands before `%PDF-` and after the last `%%EOF`. Raises `FileRefusal` when the end is missing."""
    data = data[signatures.lead_of_pdf(data) or 0 :]
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise FileRefusal("tronque")
    tail = data[end + 5 :]
    if b"endobj" in tail or b"endstream" in tail or b" obj" in tail[:4096]:
        raise FileRefusal("tronque")  # a new revision was being written
    if not tail.strip(b"\r\n\t \x00\x0c\x1a"):
        return data, []
    return data[: end + 5] + b"\n", ["octets_en_trop"]


def _opened(data: bytes) -> tuple[pikepdf.Pdf, list[str]]:
    """Open with the empty password, repairing only what is whole. Raises `FileRefusal`."""
    conseils: list[str] = []
    errors = qpdf.qpdf_limit_errors()
    _refuse_swollen_tables(data)
    try:
        try:
            source = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
        except pikepdf.PasswordError:
            raise
        except pikepdf.PdfError:
            if qpdf.qpdf_limit_errors() > errors:
                raise
            _refuse_cut_linearized(data)
            source = pikepdf.open(io.BytesIO(data), attempt_recovery=True)
            conseils.append("repare")
    except pikepdf.PasswordError:
        raise FileRefusal("pdf_mot_de_passe") from None
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise FileRefusal("trop_gonfle" if qpdf.qpdf_limit_errors() > errors else "pdf_illisible") from error
    if source.is_encrypted:
        conseils.append("protection_retiree")
    return source, conseils


def _refuse_swollen_tables(data: bytes) -> None:
    """Measure the streams that opening alone unfolds: cross-reference tables and objects packed together."""
    left = PDF_INFLATED_BYTES
    for found in _TABLE.finditer(data):
        if b"/ObjStm" not in found[1] and b"/XRef" not in found[1]:
            continue
        filters = ["/FlateDecode"] * min(PDF_FILTERS, max(1, found[1].count(b"/Fl")))
        end = data.find(b"endstream", found.end())
        try:
            left -= inflate.unfolded_length(data[found.end() : end if end > 0 else None], filters, left)
        except inflate.TooMuch:
            raise FileRefusal("trop_gonfle") from None
        except inflate.Broken:
            continue  # encrypted, or coded otherwise: qpdf's own bounds and the child's memory remain


def _refuse_cut_linearized(data: bytes) -> None:
    """A file made for the web has an `%%EOF` near its start too: its first object says how long it should be."""
    head = data[:1024]
    if b"/Linearized" not in head:
        return
    _, _, after = head.partition(b"/L ")
    declared = after.split(b"/")[0].split(b">")[0].strip()
    if declared.isdigit() and int(declared) > len(data):
        raise FileRefusal("tronque")


def _checked_pages(source: pikepdf.Pdf, *, is_huge: bool) -> int:
    """Count the pages and refuse what is not a document of pages. Raises `FileRefusal` and `NeedsMore`."""
    root = source.Root
    if "/Collection" in root:
        raise FileRefusal("pdf_porte_documents")
    try:
        pages = len(source.pages)
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise FileRefusal("pdf_illisible") from error
    if not pages:
        raise FileRefusal("pdf_illisible")
    if pages > PDF_PAGES:
        raise FileRefusal("trop_de_pages", pages=pages, maximum=PDF_PAGES)
    if pages > _MANY_PAGES and not is_huge:
        raise NeedsMore
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        fields = form.get("/Fields")
        is_empty = not isinstance(fields, pikepdf.Array) or not len(fields)
        if bool(root.get("/NeedsRendering")) or is_empty:
            raise FileRefusal("pdf_formulaire_xfa")
    return pages


def _survey(source: pikepdf.Pdf) -> tuple[list[bytes], list[str]]:
    """Look at every object, linked or not, for embedded files and active content. Raises `FileRefusal`."""
    size = source.trailer.get("/Size", 0)
    if not isinstance(size, int) or size > PDF_OBJECTS:
        raise FileRefusal("trop_complexe")
    files: dict[tuple[int, int], pikepdf.Object] = {}
    is_active = is_signed = False
    for value in source.objects:
        if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
            continue
        if isinstance(value, pikepdf.Stream) and value.get("/Type") == "/EmbeddedFile":
            files[value.objgen] = value
        keys = value.keys()
        if keys.isdisjoint(_TELLING):
            continue
        for stream in _embedded_in(value):
            files[stream.objgen] = stream
        is_active = is_active or _is_active(value)
        is_signed = is_signed or (value.get("/FT") == "/Sig" and "/V" in keys)
    conseils = ["elements_actifs_retires"] if is_active else []
    conseils += ["pieces_jointes_retirees"] if files else []
    conseils += ["signature_electronique"] if is_signed else []
    return _unfolded(list(files.values())), conseils


def _embedded_in(value: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Give the files that a file specification holds, at the top of an object or directly inside it."""
    specifications = [value, value.get("/FS")]
    names = value.get("/Names")
    specifications += list(names) if isinstance(names, pikepdf.Array) else []
    for specification in specifications:
        held = specification.get("/EF") if isinstance(specification, pikepdf.Dictionary) else None
        if isinstance(held, pikepdf.Dictionary):
            yield from (stream for stream in held.values() if isinstance(stream, pikepdf.Stream))


def _is_active(value: pikepdf.Object) -> bool:
    """Tell an object that acts by itself or runs something; plain links and jumps inside the document do not count."""
    if value.get("/S") in _ACTIVE or "/JS" in value or "/AA" in value or "/JavaScript" in value:
        return True
    if value.get("/Subtype") in _ACTIVE_ANNOTATIONS and "/Rect" in value:
        return True
    return any(
        isinstance(action, pikepdf.Dictionary) and (action.get("/S") in _ACTIVE or "/JS" in action)
        for action in (value.get("/OpenAction"), value.get("/A"))
    )


def _unfolded(streams: list[pikepdf.Object]) -> list[bytes]:
    """Unfold embedded files for the antivirus, within bounds. Raises `FileRefusal`."""
    if len(streams) > ATTACHMENTS:
        raise FileRefusal("trop_complexe")
    contents, left = [], ATTACHMENTS_BYTES
    for stream in streams:
        raw, filters = stream.read_raw_bytes(), filters_of(stream)
        try:
            content = raw if "/LZWDecode" in filters else inflate.unfold(raw, filters, left)
        except inflate.TooMuch:
            raise FileRefusal("trop_gonfle") from None
        except inflate.Broken:
            content = raw
        left -= len(content)
        if left < 0:
            raise FileRefusal("trop_gonfle")
        contents.append(content)
    return contents


def _layered(source: pikepdf.Pdf) -> bytes | None:
    """Return the document before cleaning when some of its layers are hidden; None when it has none.

    Without its layers a page would show what its author hid; drawn, it shows what its reader sees.
    """
    layers = source.Root.get("/OCProperties")
    shown = layers.get("/D") if isinstance(layers, pikepdf.Dictionary) else None
    if not isinstance(shown, pikepdf.Dictionary):
        return None
    off = shown.get("/OFF")
    if shown.get("/BaseState") != "/OFF" and not (isinstance(off, pikepdf.Array) and len(off)):
        return None
    buffer = io.BytesIO()
    source.save(buffer)
    return buffer.getvalue()


def _turn(source: pikepdf.Pdf, turn: int) -> None:
    for page in source.pages:
        angle = page.obj.get("/Rotate", 0)
        angle = int(angle) if isinstance(angle, int) else 0
        page.obj["/Rotate"] = (angle // 90 * 90 + 90 * turn) % 360
