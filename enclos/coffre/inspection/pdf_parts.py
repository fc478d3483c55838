"""Cut a cleaned PDF in parts of less than 1 Mo, at page bounds; lighten the pages that are too heavy by themselves."""

import io

import pikepdf
import pypdfium2
from PIL import Image

from enclos.coffre.inspection import images, lisibilite
from enclos.coffre.inspection.limits import PART_MAX_BYTES
from enclos.coffre.inspection.pdf_walk import Key, Walk, filters_of
from enclos.coffre.inspection.refus import FileRefusal
from enclos.coffre.inspection.types import PDF, Json, Part

_HEAVY_IMAGE = 60_000  # bytes; lighter images are not worth losing anything
_ROOM = 40_000  # what a page weighs beside its images
_DRAWN_DPI = 200
_DRAWN_PIXELS = 12_000_000


def cut(source: pikepdf.Pdf, walk: Walk, keys: list[Key]) -> tuple[list[Part], list[str], dict[str, Json]]:
    """Make the parts. Returns them, what to tell, and the measures. Raises `FileRefusal`."""
    conseils: list[str] = []
    decibels: list[float] = []
    whole = saved(source, range(len(keys)))
    if len(whole) < PART_MAX_BYTES:
        return [_part(whole, len(keys))], [], {"fidelite_db": None, "is_legible": True}
    for index, key in enumerate(keys):
        if walk.weight_of([key]) < PART_MAX_BYTES - _ROOM:
            continue
        if len(saved(source, [index])) < PART_MAX_BYTES:
            continue
        measured, codes = _lighten(source, walk, index, key)
        conseils += codes
        decibels += measured
    parts = [_part(data, count) for data, count in _packed(source, walk, keys)]
    if len(parts) > 1:
        conseils.append("decoupe_en_parties")
    measures: dict[str, Json] = {"fidelite_db": min(decibels, default=None), "is_legible": True}
    return parts, conseils, measures


def drawn(data: bytes, pages: int, *, turn: int) -> tuple[list[Part], dict[str, Json]]:
    """Make parts of pages drawn as pictures, turned clockwise. Raises `FileRefusal`."""
    parts, decibels = [], []
    for index in range(pages):
        copy, size = _drawn_page(data, index)
        with pikepdf.new() as target:
            target.add_blank_page(page_size=size)
            page = target.pages[0].obj
            _draw_picture(target, page, copy, size)
            page["/Rotate"] = 90 * turn % 360
            parts.append(_part(_bytes_of(target), 1))
        decibels.append(copy.decibels or 99.0)
    return _merged(parts), {"fidelite_db": min(decibels), "is_legible": True}


def saved(source: pikepdf.Pdf, indexes: range | list[int]) -> bytes:
    """Write a new PDF that holds these pages of the source and nothing else."""
    with pikepdf.new() as target:
        for index in indexes:
            target.pages.append(source.pages[index])
        return _bytes_of(target)


def _bytes_of(target: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    target.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return buffer.getvalue()


def _part(data: bytes, pages: int) -> Part:
    if len(data) >= PART_MAX_BYTES:
        raise FileRefusal("trop_lourd_apres_reduction")
    return Part(media_type=PDF, pages=pages, data=data)


def _packed(source: pikepdf.Pdf, walk: Walk, keys: list[Key]) -> list[tuple[bytes, int]]:
    """Group following pages as tightly as their estimated weight allows, then check with the true one."""
    groups: list[list[int]] = [[]]
    for index in range(len(keys)):
        group = [*groups[-1], index]
        if groups[-1] and walk.weight_of([keys[member] for member in group]) >= PART_MAX_BYTES:
            groups.append([index])
        else:
            groups[-1] = group
    written: list[tuple[bytes, int]] = []
    pending = groups[::-1]
    while pending:
        group = pending.pop()
        data = saved(source, group)
        if len(data) < PART_MAX_BYTES or len(group) == 1:
            written.append((data, len(group)))
        else:
            half = len(group) // 2
            pending += [group[half:], group[:half]]
    return written


def _lighten(source: pikepdf.Pdf, walk: Walk, index: int, key: Key) -> tuple[list[float], list[str]]:
    """Bring one page under the limit: its images first, which keeps its text; else the whole page as a picture."""
    heavy = [
        (image_key, image)
        for image_key, image in walk.images_of(key)
        if len(image.get_raw_stream_buffer()) >= _HEAVY_IMAGE
    ]
    total = sum(len(image.get_raw_stream_buffer()) for _, image in heavy)
    spare = max(0, walk.weight_of([key]) - total)
    decibels, codes = [], {"reduite"}
    for image_key, image in heavy:
        weight = len(image.get_raw_stream_buffer())
        share = int(max(0, PART_MAX_BYTES - _ROOM - spare) * weight / total)
        copy = _lightened(image, share)
        if copy is not None:
            _replace(image, copy)
            walk.nodes[image_key].weight = len(copy.data) + 200
            decibels.append(copy.decibels or 99.0)
            codes.update(copy.conseils)
    alone = saved(source, [index])
    if len(alone) < PART_MAX_BYTES:
        return decibels, sorted(codes)
    copy, size = _drawn_page(alone, 0)
    page = source.pages[index].obj
    for name in list(page.keys()):
        if name not in ("/Type", "/Parent"):
            del page[name]
    _draw_picture(source, page, copy, size)
    walk.nodes[key].children.clear()
    walk.nodes[key].weight = len(copy.data) + 1000
    return [copy.decibels or 99.0], sorted({*copy.conseils, "reduite", "pages_en_image"})


def _lightened(image: pikepdf.Object, below: int) -> images.Copy | None:
    """Encode an image again; None when it would not gain, or when its points mean more than a colour."""
    if bool(image.get("/ImageMask")) or image.get("/BitsPerComponent") == 1 or "/Decode" in image:
        return None
    if isinstance(image.get("/Mask"), pikepdf.Array) or "/SMaskInData" in image or "/Matte" in image:
        return None
    mask = image.get("/SMask")
    if isinstance(mask, pikepdf.Stream) and "/Matte" in mask:
        return None
    picture = _picture_of(image)
    if picture is None:
        return None
    grey = picture.convert("L")
    try:
        copy = images.shrink(picture, grey, below=min(below, len(image.get_raw_stream_buffer())))
    except FileRefusal:
        return None
    return copy


def _picture_of(image: pikepdf.Object) -> Image.Image | None:
    """Decode an image, directly at its reduced size when it is a JPEG. None for colours that need the page."""
    target = lisibilite.target_of(int(image["/Width"]), int(image["/Height"]))
    try:
        if filters_of(image) == ["/DCTDecode"]:
            picture: Image.Image = Image.open(io.BytesIO(image.read_raw_bytes()), formats=("JPEG",))
            if picture.mode not in ("L", "RGB") or _is_indexed(image):
                return None
            picture.draft(picture.mode, target)
            picture.load()
        else:
            assert isinstance(image, pikepdf.Stream)
            picture = pikepdf.PdfImage(image).as_pil_image()
            if picture.mode not in ("L", "RGB", "P"):
                return None
    except MemoryError:
        raise
    except Exception:
        return None
    return images.plain(images.sized(picture, target))


def _is_indexed(image: pikepdf.Object) -> bool:
    space = image.get("/ColorSpace")
    return isinstance(space, pikepdf.Array) and len(space) > 0 and space[0] in ("/Indexed", "/Separation", "/DeviceN")


def _replace(image: pikepdf.Object, copy: images.Copy) -> None:
    is_grey = Image.open(io.BytesIO(copy.data), formats=("JPEG",)).mode == "L"
    image.write(copy.data, filter=pikepdf.Name.DCTDecode)
    image["/Width"], image["/Height"] = copy.size
    image["/ColorSpace"] = pikepdf.Name.DeviceGray if is_grey else pikepdf.Name.DeviceRGB
    image["/BitsPerComponent"] = 8
    if "/Intent" in image:
        del image["/Intent"]


def _drawn_page(data: bytes, index: int) -> tuple[images.Copy, tuple[float, float]]:
    """Draw a page at 200 dots per inch and encode it. Returns the picture and the page's size in points."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise FileRefusal("pdf_illisible") from error
    try:
        page = document[index]
        width, height = page.get_size()
        scale = min(_DRAWN_DPI / 72, (_DRAWN_PIXELS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise FileRefusal("pdf_page_illisible", page=index + 1) from error
    finally:
        document.close()
    return images.shrink(picture, picture.convert("L"), below=PART_MAX_BYTES - _ROOM), (width, height)


def _draw_picture(target: pikepdf.Pdf, page: pikepdf.Object, copy: images.Copy, size: tuple[float, float]) -> None:
    """Make the page show this JPEG over all its surface."""
    is_grey = Image.open(io.BytesIO(copy.data), formats=("JPEG",)).mode == "L"
    picture = target.make_stream(copy.data)
    picture.write(copy.data, filter=pikepdf.Name.DCTDecode)
    for name, value in (
        ("/Type", pikepdf.Name.XObject),
        ("/Subtype", pikepdf.Name.Image),
        ("/Width", copy.size[0]),
        ("/Height", copy.size[1]),
        ("/BitsPerComponent", 8),
        ("/ColorSpace", pikepdf.Name.DeviceGray if is_grey else pikepdf.Name.DeviceRGB),
    ):
        picture[name] = value
    page["/MediaBox"] = pikepdf.Array([0, 0, round(size[0], 2), round(size[1], 2)])
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=picture))
    page["/Contents"] = target.make_stream(f"q {size[0]:.2f} 0 0 {size[1]:.2f} 0 0 cm /Page Do Q".encode())


def _merged(parts: list[Part]) -> list[Part]:
    """Put following parts together while they stay under the limit."""
    merged: list[Part] = []
    group: list[Part] = []
    for part in [*parts, None]:
        fits = part is not None and sum(len(member.data) for member in [*group, part]) < PART_MAX_BYTES
        if not fits and group:
            merged.append(group[0] if len(group) == 1 else _joined(group))
            group = []
        if part is not None:
            group.append(part)
    return merged


def _joined(group: list[Part]) -> Part:
    with pikepdf.new() as target:
        for part in group:
            with pikepdf.open(io.BytesIO(part.data)) as source:
                target.pages.extend(source.pages)
        return _part(_bytes_of(target), sum(part.pages for part in group))
