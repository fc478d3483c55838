"""Show what is already kept: one page as an image, several readable parts as one PDF. Input is our own clean copies."""

import io
from collections.abc import Sequence

import img2pdf
import pikepdf
import pypdfium2
from PIL import Image

from enclos.coffre.inspection.limits import RENDER_PIXELS
from enclos.coffre.inspection.refus import FileRefusal
from enclos.coffre.inspection.types import JPEG, PDF, PNG

_QUALITY = 82
_A4_MM = (210, 297)


def render(data: bytes, media_type: str, *, page: int, width: int) -> bytes:
    """Return the JPEG image of a page (from 1), `width` pixels wide and never more than 4 megapixels.

    A picture smaller than `width` is not enlarged. Raises `FileRefusal` (`page_absente`, `analyse_impossible`).
    """
    width = max(16, min(width, 4000))
    picture = _pdf_page(data, page, width) if media_type == PDF else _picture(data, media_type, page, width)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def assemble(parts: Sequence[tuple[str, bytes]]) -> tuple[bytes, int]:
    """Return one PDF of all parts in order, and its number of pages. Pictures are put on A4 pages as they are."""
    with pikepdf.new() as target:
        for media_type, data in parts:
            content = data if media_type == PDF else sheet(data)
            with pikepdf.open(io.BytesIO(content)) as source:
                target.pages.extend(source.pages)
        buffer = io.BytesIO()
        target.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        return buffer.getvalue(), len(target.pages)


def _pdf_page(data: bytes, page: int, width: int) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        if not 1 <= page <= len(document):
            raise FileRefusal("page_absente")
        sheet = document[page - 1]
        wide, high = sheet.get_size()
        # pdfium rounds up: a hair less gives the width asked, not one more.
        scale = min((width - 0.01) / max(1.0, wide), (RENDER_PIXELS / max(1.0, wide * high)) ** 0.5)
        drawn: Image.Image = sheet.render(scale=scale).to_pil()
        return drawn.convert("RGB")
    finally:
        document.close()


def _picture(data: bytes, media_type: str, page: int, width: int) -> Image.Image:
    if page != 1:
        raise FileRefusal("page_absente")
    image = Image.open(io.BytesIO(data), formats=({JPEG: "JPEG", PNG: "PNG"}[media_type],))
    scale = min(1.0, width / image.width, (RENDER_PIXELS / (image.width * image.height)) ** 0.5)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image.draft(image.mode, size)
    picture = image.convert("RGB") if image.mode not in ("L", "RGB") else image
    return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def sheet(data: bytes) -> bytes:
    """Put a picture on an A4 page of its own orientation, its coded data untouched."""
    layout = img2pdf.get_layout_fun(
        pagesize=tuple(img2pdf.mm_to_pt(side) for side in _A4_MM), auto_orient=True, fit=img2pdf.FitMode.into
    )
    content = img2pdf.convert([data], layout_fun=layout, engine=img2pdf.Engine.pikepdf, nodate=True)
    assert isinstance(content, bytes)
    return content
