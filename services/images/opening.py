"""From the bytes a stranger sent to grey pixels, with limits before any pixel is decoded."""

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from services.images.contract import MAX_BYTES, MAX_PIXELS, Problem

Grey = NDArray[np.uint8]

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_DEEP_GREY = {"I", "I;16", "I;16B", "I;16L", "I;16N"}


class Unopenable(Exception):  # noqa: N818 - an answer about the picture
    """The bytes are not a picture we take; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Pixels:
    """Upright grey pixels; `scale` is their size relative to the original's, at most 1."""

    grey: Grey
    scale: float


def open_grey(data: bytes, longest: int | None) -> Pixels:
    """The first frame, turned upright by EXIF, on white, reduced to `longest` pixels if given.

    Raises Unopenable. A JPEG is reduced while it is decoded, which costs a fraction.
    """
    if len(data) > MAX_BYTES or _webp_is_too_large(data):
        raise Unopenable("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                return _pixels(image, longest)
    except (Unopenable, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Unopenable("too_large") from None
    except Exception:  # Pillow's decoders raise whatever a broken file makes them stumble on.
        raise Unopenable("not_an_image") from None


def _pixels(image: Image.Image, longest: int | None) -> Pixels:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Unopenable("too_large")
    if longest is not None:
        image.draft("L", (longest, longest))
    image.load()
    upright = _upright(image, _grey(image))
    if longest is not None and max(upright.size) > longest:
        upright.thumbnail((longest, longest), Image.Resampling.BOX)
    return Pixels(np.asarray(upright, dtype=np.uint8), max(upright.size) / max(width, height))


def _grey(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_GREY:
        return _shallow(image)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif "transparency" in image.info and image.mode in {"L", "RGB"}:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    grey = image if image.mode == "L" else image.convert("L")
    if image.mode in {"RGBA", "LA", "PA"}:
        paper = Image.new("L", image.size, 255)
        paper.paste(grey, mask=image.getchannel("A"))
        return paper
    return grey


def _shallow(image: Image.Image) -> Image.Image:
    """Sixteen bits a pixel to the upper eight."""
    return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))


def _upright(image: Image.Image, grey: Image.Image) -> Image.Image:
    try:
        grey.info["exif"] = image.getexif().tobytes()
        return ImageOps.exif_transpose(grey)
    except Exception:  # A picture with broken EXIF is still a picture.
        return grey


def _webp_is_too_large(data: bytes) -> bool:
    """Pillow's WebP decoder claims its canvas on opening, so its header is read here."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return False
    if data[12:16] == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif data[12:16] == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    return width * height > MAX_PIXELS
