"""What « legible » means, and the advice on what no encoding cures."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from enclos.coffre.inspection import lisibilite
from tests.coffre.inspection import fabrique
from tests.coffre.inspection.conftest import Laboratoire


def coded(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def decibels(quality: int) -> float:
    grey = fabrique.sheet().convert("L")
    return lisibilite.fidelity(grey.reduce(2), coded(grey, quality).reduce(2))


def test_an_a4_target_keeps_more_than_150_points_per_inch() -> None:
    assert lisibilite.target_of(3024, 4032) == (1500, 2000)
    assert lisibilite.points_per_inch(1240, 1754) >= 149
    assert lisibilite.points_per_inch(*lisibilite.target_of(3024, 4032)) >= 150


def test_a_narrow_picture_keeps_its_narrow_side() -> None:
    assert lisibilite.target_of(1080, 12_000) == (1080, 12_000)
    assert min(lisibilite.target_of(2592, 4608)) == 1240


def test_a_small_picture_is_never_enlarged() -> None:
    assert lisibilite.target_of(300, 400) == (300, 400)
    assert lisibilite.is_legible((300, 400), (300, 400), None)


def test_losing_points_below_150_per_inch_is_not_legible() -> None:
    assert not lisibilite.is_legible((3024, 4032), (750, 1000), 45.0)
    assert lisibilite.is_legible((3024, 4032), (1500, 2000), 45.0)


def test_blocks_that_eat_strokes_are_not_legible() -> None:
    assert decibels(75) > 40
    assert decibels(40) > lisibilite.MIN_FIDELITY_DB
    assert decibels(5) < lisibilite.MIN_FIDELITY_DB


@pytest.mark.parametrize("radius", [12, 24])
def test_a_blurred_photo_is_accepted_with_advice(laboratoire: Laboratoire, radius: int) -> None:
    blurred = fabrique.sheet().filter(ImageFilter.GaussianBlur(radius))
    assert "flou" in laboratoire.accepts(fabrique.jpeg_photo(image=blurred)).conseils


def test_a_dark_photo_is_accepted_with_advice(laboratoire: Laboratoire) -> None:
    dark = fabrique.sheet().point(lambda value: value // 8)
    assert "sombre" in laboratoire.accepts(fabrique.jpeg_photo(image=dark)).conseils


def test_a_page_of_one_line_is_not_blurred_for_being_nearly_white(laboratoire: Laboratoire) -> None:
    page = Image.new("RGB", (1512, 2016), (240, 240, 235))
    ImageDraw.Draw(page).text((100, 100), "Je soussignée", font=ImageFont.load_default(size=40), fill=(30, 30, 30))
    assert laboratoire.accepts(fabrique.jpeg_photo(image=page)).conseils == ()
    blurred = page.filter(ImageFilter.GaussianBlur(8))
    assert laboratoire.accepts(fabrique.jpeg_photo(image=blurred)).conseils == ("flou",)


def test_a_white_sheet_on_a_black_table_is_not_dark(laboratoire: Laboratoire) -> None:
    table = Image.new("RGB", (1512, 2016), (5, 5, 5))
    table.paste(fabrique.sheet(600, 800), (400, 600))
    assert laboratoire.accepts(fabrique.jpeg_photo(image=table)).conseils == ()


def test_a_pocket_is_dark_not_an_empty_page(laboratoire: Laboratoire) -> None:
    black = Image.new("RGB", (800, 1000), (3, 3, 3))
    assert laboratoire.accepts(fabrique.jpeg_photo(image=black)).conseils == ("sombre",)


def test_a_good_photo_gets_no_advice(laboratoire: Laboratoire) -> None:
    found = laboratoire.accepts(fabrique.jpeg_photo())
    assert found.conseils == ()
    assert isinstance(found.bilan["nettete"], float)


def test_an_empty_page_is_said(laboratoire: Laboratoire) -> None:
    white = Image.new("RGB", (800, 1000), "white")
    assert "page_blanche" in laboratoire.accepts(fabrique.jpeg_photo(image=white)).conseils
    assert "page_blanche" in laboratoire.accepts(fabrique.raw_pdf(b"", [])).conseils
