"""Photos and screenshots: verified whole, put upright, freed of metadata, brought under 1 Mo and still legible."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import pi_heif
from PIL import Image

from enclos.coffre.inspection import jpeg_segments, lisibilite, png_chunks
from enclos.coffre.inspection.limits import HUGE_PIXELS, ORDINARY_PIXELS, PART_MAX_BYTES
from enclos.coffre.inspection.refus import FileRefusal, NeedsMore
from enclos.coffre.inspection.types import JPEG, PNG, Json, Part

# EXIF orientation → what puts the picture upright (CIPA DC-008, tag 0112).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_CLOCKWISE = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}

# (quality, in grey, at the least legible size): the first that fits and is faithful wins.
_LADDER = (
    (75, False, False),
    (60, False, False),
    (48, False, False),
    (65, True, False),
    (55, False, True),
    (50, True, True),
    (38, True, True),
)
# PNG is kept as PNG only when it was light: compressing a photo in PNG costs a second to end up heavier than JPEG.
_PNG_WORTH_TRYING = 1_500_000


@dataclass
class Copy:
    """The readable copy of one picture, being made."""

    data: bytes
    media_type: str
    size: tuple[int, int]
    decibels: float | None = None
    conseils: list[str] = field(default_factory=list)


def inspect_jpeg(data: bytes, *, turn: int, is_huge: bool) -> tuple[Part, list[str], dict[str, Json]]:
    """Inspect a JPEG. Raises `FileRefusal` and `NeedsMore`."""
    found = jpeg_segments.walk(data)
    check_pixels(found.width, found.height, is_huge=is_huge)
    if found.lacks_blocks:
        raise FileRefusal("tronque")
    conseils = ["octets_en_trop"] if found.has_trailing else []
    conseils += ["position_retiree"] if found.has_position else []
    before = _turned_size((found.width, found.height), found.orientation, 0)
    is_right = found.orientation == 1 and not turn and found.components in (1, 3)
    if is_right and len(found.clean) < PART_MAX_BYTES and found.width * found.height <= ORDINARY_PIXELS:
        # The coded data is kept as it is. Decoding it small still reads all of it, so this proves it whole.
        grey = _decoded(found.clean, "JPEG", lambda image: _draft(image, "L", lisibilite.WORKING_LONG))
        copy = Copy(found.clean, JPEG, (found.width, found.height))
    else:
        target = lisibilite.target_of(found.width, found.height)
        image = _decoded(found.clean, "JPEG", lambda image: image.draft(image.mode, target))
        image = plain(sized(image, target))
        image = _upright(image, found.orientation, turn)
        grey = image.convert("L")
        copy = shrink(image, grey)
        conseils += ["photo_redressee"] if found.orientation != 1 else []
    return _concluded(data, before if not turn % 2 else before[::-1], copy, grey, conseils)


def inspect_png(data: bytes, *, turn: int, is_huge: bool) -> tuple[Part, list[str], dict[str, Json]]:
    """Inspect a PNG. Raises `FileRefusal` and `NeedsMore`."""
    found = png_chunks.walk(data)
    check_pixels(found.width, found.height, is_huge=is_huge)
    conseils = ["octets_en_trop"] if found.has_trailing else []
    conseils += ["premiere_image"] if found.is_animated else []
    conseils += ["position_retiree"] if found.has_position else []
    before = (found.width, found.height)
    image = _decoded(found.clean, "PNG", None)
    is_plain = found.bits <= 8 and not found.has_alpha and not found.is_interlaced
    if is_plain and not turn and len(found.clean) < PART_MAX_BYTES and found.width * found.height <= ORDINARY_PIXELS:
        grey = image.convert("L")
        return _concluded(data, before, Copy(found.clean, PNG, before), grey, conseils)
    is_drawing = len(found.clean) < _PNG_WORTH_TRYING and found.width * found.height <= ORDINARY_PIXELS
    palette = image.mode in ("1", "P") and not found.has_alpha
    kept_as_is = image if palette else None
    image = plain(image if is_drawing else sized(image, lisibilite.target_of(*before)))
    turned = _upright(image, 1, turn)
    grey = turned.convert("L")
    copy = None
    if is_drawing:
        copy = _as_png(_upright(kept_as_is, 1, turn) if kept_as_is else turned)
    if copy is None:
        if is_drawing:
            turned = sized(turned, lisibilite.target_of(*turned.size))
            grey = turned.convert("L")
        copy = shrink(turned, grey)
    return _concluded(data, before if not turn % 2 else before[::-1], copy, grey, conseils)


def inspect_heic(data: bytes, *, turn: int, is_huge: bool) -> tuple[Part, list[str], dict[str, Json]]:
    """Inspect a HEIC or HEIF picture: its main image becomes a JPEG. Raises `FileRefusal` and `NeedsMore`."""
    try:
        container = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        main = container[container.primary_index]
        width, height = main.size
        check_pixels(width, height, is_huge=is_huge)
        conseils = ["convertie_en_jpeg"]
        conseils += ["premiere_image"] if len(container) > 1 else []
        raw_exif = main.info.get("exif")
        if isinstance(raw_exif, bytes) and jpeg_segments.exif(raw_exif.removeprefix(b"Exif\x00\x00"))[1]:
            conseils.append("position_retiree")
        # libheif has turned the picture upright by itself (`irot`, `imir`); EXIF repeats it and must not count twice.
        image = Image.frombytes(main.mode, main.size, main.data, "raw", main.mode, main.stride)
    except (OSError, EOFError, ValueError, SyntaxError, RuntimeError, IndexError) as error:
        text = str(error).lower()
        is_cut = isinstance(error, EOFError) or any(sign in text for sign in ("end of file", "truncat", "read full"))
        raise FileRefusal("tronque" if is_cut else "image_illisible") from error
    image = plain(sized(image, lisibilite.target_of(width, height)))
    image = _upright(image, 1, turn)
    grey = image.convert("L")
    before = (width, height) if not turn % 2 else (height, width)
    return _concluded(data, before, shrink(image, grey), grey, conseils)


def check_pixels(width: int, height: int, *, is_huge: bool) -> None:
    """Refuse or postpone a picture by what its header says. Raises `FileRefusal` and `NeedsMore`."""
    if width * height > HUGE_PIXELS:
        raise FileRefusal("trop_de_pixels", largeur=width, hauteur=height)
    if width * height > ORDINARY_PIXELS and not is_huge:
        raise NeedsMore


def shrink(image: Image.Image, grey: Image.Image, *, below: int = PART_MAX_BYTES) -> Copy:
    """Encode in JPEG under `below` bytes, losing as little as it takes and never below what is legible.

    Raises `FileRefusal` (`trop_lourd_apres_reduction`).
    """
    smaller: Image.Image | None = None
    for quality, in_grey, at_least_size in _LADDER:
        source = grey if in_grey else image
        if at_least_size:
            size = lisibilite.smallest_of(*image.size)
            if size == image.size:
                continue
            source = source.resize(size, Image.Resampling.BICUBIC)
            smaller = grey.resize(size, Image.Resampling.BICUBIC) if smaller is None else smaller
        encoded = _as_jpeg(source, quality)
        if len(encoded) >= below:
            continue
        reference = smaller if at_least_size and smaller is not None else grey
        decibels = _fidelity_of(encoded, reference)
        if decibels < lisibilite.MIN_FIDELITY_DB:
            continue
        conseils = ["passee_en_gris"] if in_grey and image.mode != "L" else []
        return Copy(encoded, JPEG, source.size, decibels, conseils)
    raise FileRefusal("trop_lourd_apres_reduction")


def _concluded(
    data: bytes, before: tuple[int, int], copy: Copy, grey: Image.Image, conseils: list[str]
) -> tuple[Part, list[str], dict[str, Json]]:
    codes, measures = lisibilite.advice(grey)
    bilan = lisibilite.report(
        bytes_before=len(data), bytes_after=len(copy.data), before=before, after=copy.size, decibels=copy.decibels
    )
    is_reduced = len(data) >= PART_MAX_BYTES > len(copy.data) and copy.decibels is not None
    reduced = ["reduite"] if is_reduced else []
    part = Part(media_type=copy.media_type, pages=1, data=copy.data)
    return part, [*codes, *conseils, *copy.conseils, *reduced], {**bilan, **measures}


def _decoded(data: bytes, kind: str, prepare: Callable[[Image.Image], object] | None) -> Image.Image:
    """Decode the whole picture with the decoder of its kind and no other. Raises `FileRefusal`."""
    try:
        image = Image.open(io.BytesIO(data), formats=(kind,))
        if prepare is not None:
            prepare(image)
        image.load()
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen types on broken data
        text = str(error).lower()
        raise FileRefusal("tronque" if "truncated" in text else "image_illisible") from error
    return image


def _draft(image: Image.Image, mode: str, long: int) -> None:
    """Ask libjpeg to decode directly at a power-of-two reduction, still at least `long` points long."""
    scale = max(image.size) / long
    if scale > 1:
        image.draft(mode, (int(image.width / scale), int(image.height / scale)))
    else:
        image.draft(mode, image.size)


def sized(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Reduce to the target when clearly above it; up to a sixth more is kept, resampling would only blur it."""
    if image.width <= target[0] * 1.17:
        return image
    if image.mode not in ("L", "RGB"):
        is_huge = image.width * image.height > ORDINARY_PIXELS
        image = _plain_by_strips(image, target) if is_huge else plain(image)
    return image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _plain_by_strips(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Make plain and reduce by a whole factor, some rows at a time: a second picture of this size would not fit."""
    factor = max(1, min(image.width // target[0], image.height // target[1]))
    rows = 64 * factor
    reduced: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = plain(image.crop((0, top, image.width, min(image.height, top + rows)))).reduce(factor)
        if reduced is None:
            reduced = Image.new(strip.mode, (strip.width, -(-image.height // factor)))
        reduced.paste(strip, (0, top // factor))
    assert reduced is not None
    return reduced


def plain(image: Image.Image) -> Image.Image:
    """Give an 8-bit grey or RGB picture on white: what every reader shows the same way."""
    if image.mode in ("L", "RGB"):
        return image if "transparency" not in image.info else _on_white(image.convert("RGBA"))
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):
        # 16 bits: keep the eight that matter, instead of Pillow's cut at 255.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "LA" or image.mode == "PA" or image.mode == "RGBA" or "transparency" in image.info:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _upright(image: Image.Image, orientation: int, turn: int) -> Image.Image:
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    return image.transpose(_CLOCKWISE[turn % 4]) if turn % 4 else image


def _turned_size(size: tuple[int, int], orientation: int, turn: int) -> tuple[int, int]:
    is_sideways = (orientation >= 5) != bool(turn % 2)
    return size[::-1] if is_sideways else size


def _as_jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _as_png(image: Image.Image) -> Copy | None:
    """Encode in PNG, in grey when it has no colour; None when it would not be light."""
    if image.mode == "RGB" and _is_colourless(image):
        image = image.getchannel("R")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    encoded = buffer.getvalue()
    return Copy(encoded, PNG, image.size) if len(encoded) < PART_MAX_BYTES else None


def _is_colourless(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _fidelity_of(encoded: bytes, grey: Image.Image) -> float:
    """Compare the copy with its source where the strokes of letters are: at half the copy's scale, in grey."""
    copy = Image.open(io.BytesIO(encoded), formats=("JPEG",))
    copy.draft("L", copy.size)
    return lisibilite.fidelity(grey.reduce(2), copy.convert("L").reduce(2))
