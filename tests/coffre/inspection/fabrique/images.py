"""Photos and screenshots, as members have them and as nobody should."""

import io
import random
import struct
import zlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from tests.coffre.inspection.fabrique.flux import repeated

DONNEES = Path(__file__).parents[1] / "donnees"
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
    return png_of(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), repeated(row * 100, height // 100))


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
