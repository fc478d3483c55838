"""What « legible » means here, in figures, measured on the file received and on its readable copy.

A copy is legible when it loses neither the resolution nor the drawing of the letters:

- **resolution**: a page photographed so that it fills the picture keeps at least 150 points per inch of an A4 sheet
  (1754 × 1240), the least at which 8-point print stays readable, or all the points of the source if it had fewer;
- **fidelity**: source and copy, in grey and at the same scale, differ by a peak signal-to-noise ratio of at least
  `MIN_FIDELITY_DB`; below, JPEG's blocks begin to eat thin strokes.

Blur and darkness come from the source: no encoding cures them, so they are told as advice and never refuse a file.
"""

import math

from PIL import Image, ImageChops, ImageFilter

from enclos.coffre.inspection.types import Json

A4_INCHES = (8.27, 11.69)
MIN_LONG = 1754
MIN_SHORT = 1240
JPEG_LONG = 65_000  # no JPEG is longer
TARGET_LONG = 2000  # what copies aim at: a fifth more than the least, for sheets that do not fill the picture

MIN_FIDELITY_DB = 32.0
# On a grey copy of 1000 points. A printed page has a variance of 3000, 120 with a blur of two points, 6 with four.
SHARP = 150.0
SHARP_STROKE = 60
# Mean luminance, and luminance of the brightest parts: a white sheet on a black table is not dark.
DARK = 40.0
DARK_HIGHLIGHT = 120
WORKING_LONG = 1000


def target_of(width: int, height: int) -> tuple[int, int]:
    """Return the size a copy should have: small, yet above the least on both sides; never larger than the source."""
    long, short = max(width, height), min(width, height)
    scale = min(1.0, max(TARGET_LONG / long, MIN_SHORT / short), JPEG_LONG / long)
    return max(1, round(width * scale)), max(1, round(height * scale))


def smallest_of(width: int, height: int) -> tuple[int, int]:
    """Return the least legible size of this picture."""
    long, short = max(width, height), min(width, height)
    scale = min(1.0, max(MIN_LONG / long, MIN_SHORT / short), JPEG_LONG / long)
    return max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))


def points_per_inch(width: int, height: int) -> int:
    """Estimate the resolution on the paper, supposing that an A4 sheet fills the picture."""
    long, short = max(width, height), min(width, height)
    return int(min(long / A4_INCHES[1], short / A4_INCHES[0]))


def working_copy(grey: Image.Image) -> Image.Image:
    """Reduce a grey picture to about `WORKING_LONG` points, the scale at which sharpness is comparable."""
    factor = max(grey.size) // WORKING_LONG
    return grey.reduce(factor) if factor > 1 else grey


def sharpness(working: Image.Image) -> tuple[float, int]:
    """Measure how much strokes stand out: (variance of the Laplacian, its strongest values).

    The variance judges a full page; on a page of one line, only the strongest thousandth tells sharp from blurred.
    """
    if min(working.size) < 8:
        return math.inf, 255
    edges = working.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))  # the filter leaves the border as it was
    mean, mean_of_squares = _moments(edges)
    histogram = edges.histogram()
    strengths = [histogram[128 + value] + histogram[128 - value] for value in range(1, 128)]
    rest = edges.width * edges.height // 1000
    for value in range(127, 0, -1):
        rest -= strengths[value - 1]
        if rest < 0:
            return mean_of_squares - mean * mean, value
    return mean_of_squares - mean * mean, 0


def brightness(working: Image.Image) -> tuple[float, int]:
    """Measure the light: (mean luminance, luminance that a twentieth of the points exceed), 0 black to 255 white."""
    histogram = working.histogram()
    rest = sum(histogram) // 20
    for value in range(255, -1, -1):
        rest -= histogram[value]
        if rest < 0:
            return _moments(working)[0], value
    return _moments(working)[0], 0


def is_blank(working: Image.Image) -> bool:
    """Tell a page on which nothing is drawn: nearly one single luminance."""
    low, high = working.getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    return high - low <= 8


def fidelity(source: Image.Image, copy: Image.Image) -> float:
    """Return the peak signal-to-noise ratio, in decibels, of two grey pictures of the same size."""
    _, mean_of_squares = _moments(ImageChops.difference(source, copy))
    return 99.0 if mean_of_squares < 1e-4 else round(10 * math.log10(255 * 255 / mean_of_squares), 1)


def is_legible(before: tuple[int, int], after: tuple[int, int], decibels: float | None) -> bool:
    """Apply the definition at the head of this module. `decibels` None: the picture is the same, to the bit."""
    least = smallest_of(*before)
    has_resolution = max(after) >= max(least) - 1 and min(after) >= min(least) - 1
    return has_resolution and (decibels is None or decibels >= MIN_FIDELITY_DB)


def report(
    *, bytes_before: int, bytes_after: int, before: tuple[int, int], after: tuple[int, int], decibels: float | None
) -> dict[str, Json]:
    """Put together what the member is shown before and after."""
    return {
        "octets_avant": bytes_before,
        "octets_apres": bytes_after,
        "dimensions_avant": list(before),
        "dimensions_apres": list(after),
        "ppp_avant": points_per_inch(*before),
        "ppp_apres": points_per_inch(*after),
        "fidelite_db": decibels,
        "is_legible": is_legible(before, after, decibels),
    }


def advice(grey: Image.Image) -> tuple[list[str], dict[str, Json]]:
    """Return what to tell about the picture itself (codes of `phrases.CONSEILS`) and the measures behind it."""
    working = working_copy(grey)
    (sharp, stroke), (bright, highlight) = sharpness(working), brightness(working)
    codes = []
    if bright < DARK and highlight < DARK_HIGHLIGHT:
        codes.append("sombre")
    elif is_blank(working):
        codes.append("page_blanche")
    elif sharp < SHARP and stroke < SHARP_STROKE:
        codes.append("flou")
    return codes, {"nettete": round(min(sharp, 99999.0), 1), "luminosite": round(bright, 1)}


def _moments(image: Image.Image) -> tuple[float, float]:
    """Mean and mean of squares, from the histogram: exact and faster than walking through the points."""
    histogram = image.histogram()
    count = sum(histogram) or 1
    return (
        sum(value * times for value, times in enumerate(histogram)) / count,
        sum(value * value * times for value, times in enumerate(histogram)) / count,
    )
