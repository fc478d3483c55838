"""What an inspection answers. Plain data, checked when it comes back from the sandbox: a child may have been taken over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enclos.coffre.inspection import phrases
from enclos.coffre.inspection.limits import PART_MAX_BYTES

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
HEIC = "image/heic"

RECEIVED_TYPES = (PDF, JPEG, PNG, HEIC)
READABLE_TYPES = (PDF, JPEG, PNG)

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None


class MalformedAnswer(Exception):
    """The child answered something else than what it was made to answer."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A numbered piece of the readable copy, less than 1 000 000 bytes."""

    media_type: str
    pages: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A file that can be kept: what it truly is, its readable copy, and what to tell the member.

    `conseils` are codes of `phrases.CONSEILS`. `bilan` holds the measures before and after (see `lisibilite`).
    `a_analyser` are files that were embedded in this one: the antivirus must see each of them by itself.
    """

    media_type: str
    nom: str
    pages: int
    parts: tuple[Part, ...]
    conseils: tuple[str, ...] = ()
    bilan: Mapping[str, Json] = field(default_factory=dict)
    a_analyser: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that cannot be kept, and why. `code` is one of `phrases.REFUS`; `details` fill its sentence."""

    code: str
    details: Mapping[str, Json] = field(default_factory=dict)

    @property
    def phrase(self) -> str:
        """What happened and how to cure it, in French, for the member."""
        return phrases.refusal(self.code, self.details)


@dataclass(frozen=True, kw_only=True)
class Produced:
    """The bytes that `render` or `assemble` made, and their type."""

    media_type: str
    data: bytes = field(repr=False)
    pages: int = 1


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A document as numbered PDF objects: where each starts, and which are pages."""

    data: bytes = field(repr=False)
    offsets: tuple[int, ...]
    pages: tuple[int, ...]


def refused_from(header: Mapping[str, object]) -> Refused:
    """Build a `Refused` from an answer's header. Raises `MalformedAnswer`."""
    code, details = header.get("code"), header.get("details", {})
    if not isinstance(code, str) or code not in phrases.REFUS or not isinstance(details, dict):
        raise MalformedAnswer("refusal")
    return Refused(code=code, details={str(key): _plain(value) for key, value in details.items()})


def inspected_from(header: Mapping[str, object], blobs: Sequence[bytes]) -> Inspected:
    """Build an `Inspected` from an answer's header and its blobs: the parts, then what the antivirus must see.

    Raises `MalformedAnswer` on anything that an honest child cannot answer.
    """
    described, conseils, bilan = header.get("parts"), header.get("conseils"), header.get("bilan")
    media_type, nom = header.get("media_type"), header.get("nom")
    if not isinstance(described, list) or not described or len(described) > len(blobs):
        raise MalformedAnswer("parts")
    if media_type not in RECEIVED_TYPES or not isinstance(media_type, str) or not isinstance(nom, str):
        raise MalformedAnswer("media_type")
    if not isinstance(conseils, list) or not set(conseils) <= phrases.CONSEILS.keys() or not isinstance(bilan, dict):
        raise MalformedAnswer("conseils")
    parts = tuple(_part(item, data) for item, data in zip(described, blobs, strict=False))
    return Inspected(
        media_type=media_type,
        nom=nom,
        pages=sum(part.pages for part in parts),
        parts=parts,
        conseils=tuple(conseils),
        bilan={str(key): _plain(value) for key, value in bilan.items()},
        a_analyser=tuple(blobs[len(parts) :]),
    )


def produced_from(header: Mapping[str, object], blobs: Sequence[bytes]) -> Produced:
    """Build a `Produced` from an answer's header and its only blob. Raises `MalformedAnswer`."""
    media_type, pages = header.get("media_type"), header.get("pages")
    if not isinstance(media_type, str) or media_type not in READABLE_TYPES or type(pages) is not int or len(blobs) != 1:
        raise MalformedAnswer("produced")
    return Produced(media_type=media_type, pages=pages, data=blobs[0])


def fragment_from(header: Mapping[str, object], blobs: Sequence[bytes], first: int) -> Fragment:
    """Build a `Fragment` from an answer's header and its only blob. Raises `MalformedAnswer`."""
    offsets, pages = header.get("offsets"), header.get("pages")
    if len(blobs) != 1 or not isinstance(offsets, list) or not isinstance(pages, list) or not pages:
        raise MalformedAnswer("fragment")
    if not all(type(offset) is int and 0 <= offset < len(blobs[0]) for offset in offsets):
        raise MalformedAnswer("offsets")
    if not all(type(page) is int and first <= page < first + len(offsets) for page in pages):
        raise MalformedAnswer("pages")
    return Fragment(data=blobs[0], offsets=tuple(offsets), pages=tuple(pages))


def _part(item: object, data: bytes) -> Part:
    if not isinstance(item, dict):
        raise MalformedAnswer("part")
    media_type, pages = item.get("media_type"), item.get("pages")
    if not isinstance(media_type, str) or media_type not in READABLE_TYPES or type(pages) is not int or pages < 1:
        raise MalformedAnswer("part")
    if not 0 < len(data) < PART_MAX_BYTES:
        raise MalformedAnswer("part size")
    return Part(media_type=media_type, pages=pages, data=data)


def _plain(value: object) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            raise MalformedAnswer("value")
