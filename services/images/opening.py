"""From the bytes a stranger sent to upright pixels on white, within bounds of time and memory.

A JPEG is reduced while it is decoded, which costs a fraction; the other formats are decoded whole,
so their limit in pixels is lower.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.images.contract import Unopenable
from services.images.essence import Essence, essence

__all__ = ["FULL_PIXELS", "Grey", "Pixels", "Unopenable", "open_colour", "open_grey"]

Grey = NDArray[np.uint8]
Mode = Literal["L", "RGB"]
Strip = Callable[[int, int], Image.Image]
"""The rows from one number to before another."""

FULL_PIXELS = 24_000_000
"""A JPEG of more pixels is halved even where all of them are asked for."""

_DEEP_GREY = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
_ROWS = 256
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Pixels:
    """Upright grey pixels; `scale` is their size relative to the original's, at most 1.

    `all`: the same not reduced, where all had to be decoded anyway.
    """

    grey: Grey
    scale: float
    all: Grey | None = None


def open_grey(data: bytes, longest: int | None) -> Pixels:
    """The first frame, turned upright by EXIF, on white, reduced to `longest` pixels if given.

    Without `longest` all pixels are given, but of a JPEG over FULL_PIXELS a half or a quarter
    of each side. Raises Unopenable.
    """
    picture = essence(data)
    image = _safely(lambda: _pixels(picture, "L", longest))
    whole = None if picture.kind == "JPEG" else np.asarray(image, dtype=np.uint8)
    if longest is not None:
        image.thumbnail((longest, longest), Image.Resampling.BOX)
    scale = max(image.size) / max(picture.width, picture.height)
    return Pixels(np.asarray(image, dtype=np.uint8), scale, whole)


def open_colour(data: bytes, longest: int) -> Image.Image:
    """The same in RGB, its longer side at most `longest`. Raises Unopenable."""
    picture = essence(data)
    image = _safely(lambda: _pixels(picture, "RGB", longest))
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def _safely(decode: Callable[[], Image.Image]) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return decode()
    except MemoryError:
        raise
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        raise Unopenable("not_an_image") from None
    except Exception:  # Decoders raise whatever a broken file makes them stumble on.
        raise Unopenable("not_an_image") from None


def _pixels(picture: Essence, mode: Mode, longest: int | None) -> Image.Image:
    # Only grey is looked for codes in, and those suffer from being reduced twice.
    less = 1 if mode == "L" or longest is None else max(picture.width, picture.height) // longest
    if picture.kind == "JPEG":
        image = _jpeg(picture, mode, longest)
    elif picture.kind == "WEBP":
        image = _webp(picture, mode, max(1, less))
    else:
        image = _by_pillow(picture, mode, max(1, less))
    turn = _TURNS.get(picture.orientation)
    return image if turn is None else image.transpose(turn)


def _jpeg(picture: Essence, mode: Mode, longest: int | None) -> Image.Image:
    with Image.open(BytesIO(picture.data), formats=["JPEG"]) as image:
        width, height = image.size
        halved = _halved(width, height, longest)
        image.draft(mode, (max(1, width // halved), max(1, height // halved)))
        image.load()
        return image if image.mode == mode else _on_white(image.size, mode, 1, _part(image))


def _halved(width: int, height: int, longest: int | None) -> int:
    """By how much a JPEG is reduced while it is decoded: 1, 2, 4 or 8."""
    if longest is None:
        return next(n for n in (1, 2, 4, 8) if width * height <= FULL_PIXELS * n * n)
    return next((n for n in (8, 4, 2) if max(width, height) >= longest * n), 1)


def _by_pillow(picture: Essence, mode: Mode, less: int) -> Image.Image:
    with Image.open(BytesIO(picture.data), formats=[picture.kind]) as image:
        if image.size != (picture.width, picture.height):
            raise Unopenable("not_an_image")
        image.load()
        return _on_white(image.size, mode, less, _part(image))


def _part(image: Image.Image) -> Strip:
    return lambda top, end: image.crop((0, top, image.width, end))


def _webp(picture: Essence, mode: Mode, less: int) -> Image.Image:
    """By OpenCV: Pillow takes every WebP for an animation, at twice the memory."""
    decoded = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.shape[:2] != (picture.height, picture.width):
        raise Unopenable("not_an_image")
    order = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB

    def strip(top: int, end: int) -> Image.Image:
        return Image.fromarray(np.asarray(cv2.cvtColor(decoded[top:end], order), np.uint8))

    return _on_white((picture.width, picture.height), mode, less, strip)


def _on_white(size: tuple[int, int], mode: Mode, less: int, strip: Strip) -> Image.Image:
    """Strip by strip, so that only the decoded picture is in memory as a whole."""
    width, height = size
    rows = max(1, _ROWS // less) * less
    paper = Image.new(mode, (-(-width // less), -(-height // less)))
    for top in range(0, height, rows):
        flat = _flat(strip(top, min(height, top + rows)), mode)
        paper.paste(flat.reduce(less) if less > 1 else flat, (0, top // less))
    return paper


def _flat(image: Image.Image, mode: Mode) -> Image.Image:
    if image.mode in _DEEP_GREY:  # sixteen bits a pixel: the upper eight
        eight = (np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)
        return Image.fromarray(eight).convert(mode)
    if "transparency" in image.info and image.mode in {"L", "P", "RGB"}:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    elif image.mode == "P":
        image = image.convert("RGB")
    flat = image.convert(mode)
    if image.mode not in {"RGBA", "LA", "PA"}:
        return flat
    paper = Image.new(mode, image.size, "white")
    paper.paste(flat, mask=image.getchannel("A"))
    return paper
