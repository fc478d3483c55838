"""What is where on a sheet, as poppler reads it: not the library that made it."""

import re
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path

POINTS = 72 / 25.4
WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')


@dataclass(frozen=True)
class Mot:
    """A word and its box in millimetres from the top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, left: float, top: float, right: float, bottom: float) -> bool:
        return self.right > left and self.left < right and self.bottom > top and self.top < bottom


def pages_of(pdf: bytes, folder: Path) -> list[list[Mot]]:
    """The words of each page."""
    path = folder / "lue.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True, text=True).stdout
    pages = told.split("<page ")[1:]
    return [
        [Mot(unescape(text), *(float(side) / POINTS for side in box)) for *box, text in WORD.findall(page)]
        for page in pages
    ]


def size_of(pdf: bytes, folder: Path) -> tuple[int, int]:
    path = folder / "mesuree.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True, text=True).stdout
    width, height = PAGE.search(told).groups()
    return round(float(width) / POINTS), round(float(height) / POINTS)


def words_of(pdf: bytes, folder: Path) -> str:
    return " ".join(mot.text for page in pages_of(pdf, folder) for mot in page)
