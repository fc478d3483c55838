"""Photos and screenshots: what members hold becomes a readable copy of less than 1 Mo."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from enclos.coffre.inspection.types import Part
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire


def opened(part: Part) -> Image.Image:
    image = Image.open(io.BytesIO(part.data))
    image.load()
    return image


def test_a_light_upright_photo_keeps_its_coded_picture_to_the_bit(laboratoire: Laboratoire) -> None:
    data = fabrique.jpeg_photo()
    (part,) = laboratoire.accepts(data, "photo.jpg").parts
    assert opened(part).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_photo_just_under_the_limit_is_kept(laboratoire: Laboratoire) -> None:
    data = fabrique.jpeg_weighing(999_000)
    found = laboratoire.accepts(data, "photo.jpg")
    assert found.bilan["fidelite_db"] is None
    assert found.conseils == ()


def test_metadata_and_position_leave_the_readable_copy(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo(gps=True), "photo.jpg")
    (part,) = found.parts
    assert b"Exif" not in part.data
    assert b"Appareil" not in part.data
    assert "position_retiree" in found.conseils


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_put_upright(laboratoire: Laboratoire, orientation: int) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo(600, 800, orientation=orientation, gps=True), "photo.jpg")
    image = opened(found.parts[0])
    assert fabrique.is_upright(image)
    assert image.size == (600, 800)
    assert image.getexif().get(0x0112) is None
    assert ("photo_redressee" in found.conseils) == (orientation != 1)


@pytest.mark.parametrize("turn", range(4))
def test_a_member_turns_a_photo_by_quarter_turns(laboratoire: Laboratoire, turn: int) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo(600, 800, orientation=8), "photo.jpg", turn=turn)
    image = opened(found.parts[0])
    back = image.rotate(90 * turn, expand=True)
    assert fabrique.is_upright(back)
    assert back.size == (600, 800)
    assert found.bilan["dimensions_avant"] == list(image.size)


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("make", [fabrique.png_page, fabrique.heic_photo], ids=["png", "heic"])
def test_other_pictures_turn_too(laboratoire: Laboratoire, make: Callable[[], bytes], turn: int) -> None:
    image = opened(laboratoire.accepts(make(), turn=turn).parts[0])
    assert fabrique.is_upright(image.rotate(90 * turn, expand=True))


def test_a_heavy_photo_is_reduced_and_says_by_how_much(laboratoire: Laboratoire) -> None:
    data = fabrique.jpeg_heavy()
    found = laboratoire.accepts(data, "IMG_2041.JPG")
    image = opened(found.parts[0])
    assert len(data) > 5_000_000
    assert {"photo_redressee", "reduite", "position_retiree"} <= set(found.conseils)
    assert max(image.size) >= 1754
    assert min(image.size) >= 1240
    assert found.bilan["octets_avant"] == len(data)
    assert found.bilan["octets_apres"] == len(found.parts[0].data)
    assert found.bilan["dimensions_avant"] == [3024, 4032]
    assert isinstance(found.bilan["fidelite_db"], float)
    assert found.bilan["fidelite_db"] > 35
    assert fabrique.is_upright(image)


def test_a_noisy_night_photo_still_fits(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo(3000, 4000, quality=92, noise=60), "photo.jpg")
    assert "reduite" in found.conseils


def test_a_long_screenshot_keeps_its_width(laboratoire: Laboratoire) -> None:
    """Reduced as if it were a sheet, a receipt of ten screens would lose its letters."""
    data = fabrique.jpeg_photo(1080, 9000, quality=92, noise=6)
    image = opened(laboratoire.accepts(data, "capture.jpg").parts[0])
    assert image.width == 1080


def test_cmyk_becomes_rgb(laboratoire: Laboratoire) -> None:
    image = opened(laboratoire.accepts(fabrique.jpeg_cmyk(), "scan.jpg").parts[0])
    assert image.mode == "RGB"
    assert fabrique.is_upright(image)


def test_a_progressive_photo_is_kept(laboratoire: Laboratoire) -> None:
    assert laboratoire.accepts(fabrique.jpeg_photo(progressive=True), "photo.jpg").bilan["fidelite_db"] is None


def test_a_grey_photo_is_kept(laboratoire: Laboratoire) -> None:
    data = fabrique.jpeg_photo(image=fabrique.sheet().convert("L"))
    assert opened(laboratoire.accepts(data).parts[0]).mode == "L"


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_light_screenshot_stays_a_png_to_the_bit(laboratoire: Laboratoire, mode: str) -> None:
    data = fabrique.png_page(mode=mode)
    (part,) = laboratoire.accepts(data, "capture.png").parts
    assert part.media_type == "image/png"
    assert opened(part).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_sixteen_bits_become_eight_and_keep_their_tones(laboratoire: Laboratoire) -> None:
    image = opened(laboratoire.accepts(fabrique.png_16bit(), "scan.png").parts[0])
    assert image.mode == "L"
    low, high = image.getextrema()
    assert low < 90  # type: ignore[operator]
    assert high > 200  # type: ignore[operator]


def test_transparency_is_laid_on_white(laboratoire: Laboratoire) -> None:
    image = opened(laboratoire.accepts(fabrique.png_transparent(), "logo.png").parts[0]).convert("L")
    assert image.getextrema() == (0, 255)
    assert image.getpixel((5, 5)) == 255


def test_an_animation_becomes_its_first_image(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.png_animated(), "anime.png")
    image = opened(found.parts[0])
    assert "premiere_image" in found.conseils
    assert getattr(image, "n_frames", 1) == 1
    assert fabrique.is_upright(image)


def test_a_heavy_png_becomes_a_jpeg(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.png_noise(), "capture.png")
    assert found.parts[0].media_type == "image/jpeg"
    assert "reduite" in found.conseils


@pytest.mark.parametrize("data", [fabrique.heic_photo(), fabrique.heic_sideways()], ids=["upright", "sideways"])
def test_a_heic_becomes_an_upright_jpeg_without_its_position(laboratoire: Laboratoire, data: bytes) -> None:
    found = laboratoire.accepts(data, "IMG_0001.HEIC")
    image = opened(found.parts[0])
    assert found.media_type == "image/heic"
    assert found.nom == "IMG_0001.HEIC"
    assert found.parts[0].media_type == "image/jpeg"
    assert fabrique.is_upright(image)
    assert image.size == (900, 1200)
    assert {"convertie_en_jpeg", "position_retiree"} <= set(found.conseils)
    assert not image.getexif()


@pytest.mark.parametrize(("width", "height"), [(10_000, 9_000), (15_000, 13_000)])
def test_between_40_and_200_megapixels_a_picture_is_read_reduced(
    laboratoire: Laboratoire, width: int, height: int
) -> None:
    image = opened(laboratoire.accepts(fabrique.png_blank(width, height), "plan.png").parts[0])
    assert max(image.size) < 3000
    assert min(image.size) >= 1240


def test_a_huge_transparent_picture_is_laid_on_white_by_strips(laboratoire: Laboratoire) -> None:
    picture = Image.new("RGBA", (7000, 9000), (0, 0, 0, 0))
    picture.paste(fabrique.RED, (0, 0, 1200, 500))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    image = opened(laboratoire.accepts(buffer.getvalue(), "plan.png").parts[0])
    assert fabrique.is_upright(image)
    assert image.convert("L").getpixel((image.width - 9, image.height - 9)) == 255
    assert abs(image.width / image.height - 7 / 9) < 0.01


def test_a_48_megapixel_photo_is_read_by_the_decoder_s_own_reduction(laboratoire: Laboratoire) -> None:
    photo = fabrique.sheet(1512, 2016).resize((6048, 8064))
    image = opened(laboratoire.accepts(fabrique.jpeg_photo(image=photo), "photo.jpg").parts[0])
    assert image.size == (1512, 2016)
    assert fabrique.is_upright(image)


def test_trailing_bytes_are_cut(laboratoire: Laboratoire) -> None:
    for data in (fabrique.jpeg_photo(), fabrique.png_page()):
        found = laboratoire.accepts(fabrique.with_trailing(data))
        assert b"<?php" not in found.parts[0].data
        assert "octets_en_trop" in found.conseils


def test_padding_after_the_end_is_not_worth_a_word(laboratoire: Laboratoire) -> None:
    assert laboratoire.accepts(fabrique.jpeg_photo() + b"\x00" * 500).conseils == ()


def test_the_same_file_gives_the_same_copy(laboratoire: Laboratoire) -> None:
    data = fabrique.jpeg_photo(orientation=6)
    assert laboratoire.accepts(data).parts == laboratoire.accepts(data).parts


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (1, 500), (9000, 12)])
def test_tiny_and_thin_pictures_are_read(laboratoire: Laboratoire, size: tuple[int, int]) -> None:
    for orientation in (1, 6):
        laboratoire.accepts(fabrique.jpeg_photo(image=Image.new("RGB", size, "grey"), orientation=orientation))
    buffer = io.BytesIO()
    Image.new("RGBA", size, (9, 9, 9, 90)).save(buffer, "PNG")
    laboratoire.accepts(buffer.getvalue(), turn=1)


def test_a_picture_longer_than_a_jpeg_can_be_is_reduced(laboratoire: Laboratoire) -> None:
    strip = Image.effect_noise((800, 30), 90).resize((80_000, 110), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    strip.save(buffer, "PNG")
    assert opened(laboratoire.accepts(buffer.getvalue()).parts[0]).width == 65_000


def test_a_document_hidden_in_a_comment_does_not_reach_the_copy(laboratoire: Laboratoire) -> None:
    buffer = io.BytesIO()
    fabrique.sheet(300, 400).save(buffer, "JPEG", comment=fabrique.pdf_text())
    found = laboratoire.accepts(buffer.getvalue(), "photo.pdf")
    assert found.media_type == "image/jpeg"
    assert b"%PDF-" not in found.parts[0].data
