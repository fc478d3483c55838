"""The files that members send: made once for the run, each one different from the others by its last bytes."""

import os
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont


@cache
def photo(width: int, height: int, *, aim: int) -> bytes:
    """A photo of a page of text, of about `aim` bytes, as JPEG."""
    chance = Random(width)
    paper = Image.new("L", (width * 3 // 4, height * 3 // 4), 246)
    draw = ImageDraw.Draw(paper)
    size = height // 70
    font = ImageFont.load_default(size=size)
    for line in range(40):
        words = " ".join(
            chance.choice(("montant", "quittance", "exploitation", "parcelle", "annuel", "signature")) for _ in range(6)
        )
        draw.text((size * 3, size * 3 + int(line * size * 1.25)), words, fill=20, font=font)
    table = Image.effect_noise((width, height), 30).point(lambda value: value // 2 + 70)
    table.paste(paper.rotate(1.5, expand=True, fillcolor=90), (width // 10, height // 10))
    picture = table.filter(ImageFilter.GaussianBlur(0.5)).convert("RGB")
    low, high = 30, 97
    best = b""
    while low <= high:
        quality = (low + high) // 2
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        best = buffer.getvalue()
        if len(best) > aim:
            high = quality - 1
        else:
            low = quality + 1
    return best


@cache
def pdf(aim: int) -> bytes:
    """A scanned page as PDF, just under `aim` bytes: what a counter's scanner gives."""
    import img2pdf

    image = photo(1654, 2339, aim=aim - 20_000)
    content: bytes = img2pdf.convert(image)
    return content


def unlike(content: bytes) -> bytes:
    """The same, never the same bytes twice: a JPEG comment, or a line after the end of a PDF."""
    if content.startswith(b"\xff\xd8"):
        return content[:2] + b"\xff\xfe\x00\x22" + os.urandom(16).hex().encode() + content[2:]
    return content + b"% " + os.urandom(16).hex().encode() + b"\n"
