"""What agents look at: one page as an image, several parts as one document."""

import io

import pypdfium2
import pytest
from PIL import Image

from enclos.coffre.inspection.types import JPEG, PDF, PNG, Produced, Refused
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire


def shown(answer: Produced | Refused) -> Image.Image:
    assert isinstance(answer, Produced), answer
    image = Image.open(io.BytesIO(answer.data))
    image.load()
    assert image.format == "JPEG"
    return image


@pytest.mark.parametrize("width", [120, 900, 1240])
def test_a_photo_is_shown_at_the_width_asked(laboratoire: Laboratoire, width: int) -> None:
    image = shown(laboratoire.render(fabrique.jpeg_photo(), JPEG, width=width))
    assert image.width == width
    assert fabrique.is_upright(image)


def test_a_photo_is_not_enlarged(laboratoire: Laboratoire) -> None:
    assert shown(laboratoire.render(fabrique.jpeg_photo(300, 400), JPEG, width=2000)).size == (300, 400)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_screenshot_is_shown(laboratoire: Laboratoire, mode: str) -> None:
    assert shown(laboratoire.render(fabrique.png_page(mode=mode), PNG, width=600)).width == 600


def test_a_page_of_a_document_is_shown(laboratoire: Laboratoire) -> None:
    image = shown(laboratoire.render(fabrique.pdf_text(3), PDF, page=3, width=800))
    assert image.width == 800
    assert image.convert("L").getextrema()[0] < 100  # type: ignore[operator]


def test_no_image_is_above_4_megapixels(laboratoire: Laboratoire) -> None:
    for data, media_type in ((fabrique.pdf_text(), PDF), (fabrique.png_page(3000, 4000), PNG)):
        image = shown(laboratoire.render(data, media_type, width=4000))
        assert image.width * image.height <= 4_010_000


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_does_not_exist_is_said(laboratoire: Laboratoire, page: int) -> None:
    for data, media_type in ((fabrique.pdf_text(), PDF), (fabrique.jpeg_photo(200, 300), JPEG)):
        assert laboratoire.render(data, media_type, page=page) == Refused(code="page_absente")


def test_parts_become_one_document_in_order(laboratoire: Laboratoire) -> None:
    photo = fabrique.jpeg_photo()
    answer = laboratoire.assemble([(JPEG, photo), (PDF, fabrique.pdf_text(2)), (PNG, fabrique.png_page())])
    assert isinstance(answer, Produced)
    assert answer.pages == 4
    document = pypdfium2.PdfDocument(answer.data)
    assert len(document) == 4
    assert "Bonjour page 1" in document[1].get_textpage().get_text_bounded()
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842)
    assert photo[600:2000] in answer.data  # not coded again


def test_a_landscape_photo_gets_a_landscape_page(laboratoire: Laboratoire) -> None:
    landscape = fabrique.jpeg_photo(image=fabrique.sheet(800, 600))
    answer = laboratoire.assemble([(JPEG, landscape)])
    assert isinstance(answer, Produced)
    width, height = pypdfium2.PdfDocument(answer.data)[0].get_size()
    assert width > height


def test_what_was_inspected_can_be_shown_and_assembled(laboratoire: Laboratoire) -> None:
    samples = [
        fabrique.jpeg_cmyk(),
        fabrique.png_16bit(),
        fabrique.png_transparent(),
        fabrique.heic_photo(),
        fabrique.pdf_form(),
        fabrique.pdf_layered(),
        fabrique.pdf_with_javascript(),
    ]
    parts = [part for data in samples for part in laboratoire.accepts(data).parts]
    for part in parts:
        assert shown(laboratoire.render(part.data, part.media_type, width=200)).width == 200
    answer = laboratoire.assemble([(part.media_type, part.data) for part in parts])
    assert isinstance(answer, Produced)
    assert answer.pages == len(samples)


def test_bytes_that_are_no_part_are_refused_without_harm(laboratoire: Laboratoire) -> None:
    assert isinstance(laboratoire.render(b"pas une image", JPEG), Refused)
    assert isinstance(laboratoire.assemble([(PDF, b"pas un document")]), Refused)
