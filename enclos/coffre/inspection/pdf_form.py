"""Draw on the pages themselves what a member typed in a form or noted on a document, so that it stays visible."""

import io
from collections.abc import Iterator

import pikepdf
import pypdfium2

from enclos.coffre.inspection.pdf_walk import Walk
from enclos.coffre.inspection.refus import FileRefusal

# Notes that readers draw by themselves when the file says only where they are.
_DRAWN_BY_READERS = {"/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Ink", "/Square", "/Circle"}


def flattened(source: pikepdf.Pdf, *, is_huge: bool) -> tuple[pikepdf.Pdf, list[str]]:
    """Return the document with its fields and notes drawn on its pages, and what to tell.

    What is unfolded to draw them is measured first. Raises `FileRefusal` and `NeedsMore`.
    """
    measuring = Walk(is_huge=is_huge, is_dry=True)
    annotations = list(_annotations(source))
    for annotation in annotations:
        _measure_appearance(annotation.get("/AP"), measuring, 0)
    if not annotations:
        return source, []
    form = source.Root.get("/AcroForm")
    is_form = any(_asks_for_an_answer(annotation) for annotation in annotations)
    try:
        if _lacks_drawings(form, annotations):
            for page in source.pages:
                measuring.page(page.obj)
            source = _drawn_by_pdfium(source)
        source.flatten_annotations("screen")
    except (pikepdf.PdfError, pypdfium2.PdfiumError, RuntimeError, ValueError, TypeError) as error:
        raise FileRefusal("pdf_illisible") from error
    return source, ["formulaire_aplati"] if is_form else []


def _annotations(source: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in source.pages:
        annotations = page.obj.get("/Annots")
        if isinstance(annotations, pikepdf.Array):
            yield from (annotation for annotation in annotations if isinstance(annotation, pikepdf.Dictionary))
        elif "/Annots" in page.obj:
            del page.obj["/Annots"]


def _lacks_drawings(form: object, annotations: list[pikepdf.Object]) -> bool:
    """Tell whether a reader would have to draw something: the file gives answers without their appearance."""
    if isinstance(form, pikepdf.Dictionary) and bool(form.get("/NeedAppearances")):
        return True
    return any(
        "/AP" not in annotation
        and (
            annotation.get("/Subtype") in _DRAWN_BY_READERS
            or (annotation.get("/Subtype") == "/Widget" and _has_answer(annotation))
        )
        for annotation in annotations
    )


def _asks_for_an_answer(annotation: pikepdf.Object) -> bool:
    """Tell a field of a form from other annotations, the place of a signature included."""
    parent = annotation.get("/Parent")
    kind = annotation.get("/FT") or (parent.get("/FT") if isinstance(parent, pikepdf.Dictionary) else None)
    return annotation.get("/Subtype") == "/Widget" and kind is not None and kind != "/Sig"


def _has_answer(widget: pikepdf.Object) -> bool:
    parent = widget.get("/Parent")
    return "/V" in widget or (isinstance(parent, pikepdf.Dictionary) and "/V" in parent)


def _drawn_by_pdfium(source: pikepdf.Pdf) -> pikepdf.Pdf:
    """Have pdfium draw the fields: unlike qpdf, it breaks long answers into lines and fills boxes one sign each."""
    written, drawn = io.BytesIO(), io.BytesIO()
    source.save(written)
    document = pypdfium2.PdfDocument(written.getvalue())
    try:
        document.init_forms()
        for index in range(len(document)):
            document[index].flatten()
        document.save(drawn)
    finally:
        document.close()
    return pikepdf.open(drawn)


def _measure_appearance(value: object, walk: Walk, depth: int) -> None:
    """Walk through /AP: a drawing, or one drawing per state, for each of /N /R /D."""
    if isinstance(value, pikepdf.Stream):
        walk.drawing(value)
    elif isinstance(value, pikepdf.Dictionary) and depth < 3:
        for held in value.values():
            _measure_appearance(held, walk, depth + 1)
