"""Codes out of photographs: an ordered cascade of readers that stops at the first success.

Pure and synchronous; it runs in a worker process (see `services.images.workers`), because the
libraries are large, native and fed with strangers' bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import zxingcpp

from services.images.contract import Code, Problem, Reading
from services.images.opening import Grey, Pixels, Unopenable, open_grey

try:  # The wheel needs the system's libzbar.
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None

_WHOLE = 2000
_SMALL = 900
_BUDGET = 1.5
_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,DataMatrix")

Found = list[Code]


def engines() -> dict[str, bool]:
    """Which readers can be used on this machine."""
    return {"zxing-cpp": True, "pyzbar": pyzbar is not None, "opencv": True}


def read_codes(data: bytes, *, seconds: float = _BUDGET) -> Reading:
    """Every code in the picture. Raises nothing for any bytes, short of MemoryError.

    No new attempt begins later than `seconds` after the picture was opened. Textures made to
    confuse the readers can prolong a single attempt, so the caller needs a limit of its own.
    """
    started = perf_counter()

    def answer(codes: Sequence[Code], problem: Problem | None) -> Reading:
        return Reading(tuple(codes), round((perf_counter() - started) * 1000, 1), problem)

    try:
        photo = _Photo(data)
        codes = _cascade(photo, perf_counter() + seconds)
    except Unopenable as error:
        return answer((), error.problem)
    return answer(codes, None if codes else "no_code")


def _cascade(photo: "_Photo", deadline: float) -> Found:
    """Quick attempts go on until a receipt's code is seen; slow ones only while nothing is.

    A counter often carries a payment code too, and it is the easier one to read.
    """
    found: dict[str, Code] = {}
    for attempt, quick in _ATTEMPTS:
        if any(_is_fiscal(text) for text in found) or (found and not quick):
            break
        if perf_counter() > deadline:
            break
        for code in attempt(photo):
            found.setdefault(code.text, code)
    return list(found.values())


def _is_fiscal(text: str) -> bool:
    lowered = text.lower()
    return "fn=" in lowered and "fp=" in lowered


@dataclass
class _Photo:
    """One picture in the shapes that the attempts ask for, each made once."""

    data: bytes
    whole: Pixels = field(init=False)

    def __post_init__(self) -> None:
        self.whole = open_grey(self.data, _WHOLE)

    @cached_property
    def original(self) -> Pixels | None:
        """All pixels, where the whole picture had to be reduced."""
        return open_grey(self.data, None) if self.whole.scale < 1 else None

    @cached_property
    def enlarged(self) -> Pixels | None:
        """Twice the size, where the picture is small."""
        grey = self.whole.grey
        if max(grey.shape) > _SMALL:
            return None
        double = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        return Pixels(_as_grey(double), self.whole.scale * 2)

    @cached_property
    def evened(self) -> Pixels:
        """Local contrast evened out, then softened: for faded and unevenly lit paper."""
        even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(self.whole.grey)
        return Pixels(_as_grey(cv2.GaussianBlur(even, (0, 0), 1.0)), self.whole.scale)


def _as_grey(picture: Any) -> Grey:
    return np.asarray(picture, dtype=np.uint8)


def _zxing(
    pixels: Pixels | None,
    way: str,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
) -> Iterator[Code]:
    if pixels is None:
        return
    for result in zxingcpp.read_barcodes(pixels.grey, formats=_FORMATS, binarizer=binarizer):
        at = result.position
        corners = [
            (corner.x, corner.y)
            for corner in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        ]
        yield _code(result.text, str(result.format), f"zxing-cpp/{way}", corners, pixels)


def _pyzbar(pixels: Pixels, way: str) -> Iterator[Code]:
    if pyzbar is None:
        return
    for result in pyzbar.decode(pixels.grey, symbols=[pyzbar.ZBarSymbol.QRCODE]):
        text = result.data.decode("utf-8", "replace")
        yield _code(text, "QR Code", f"pyzbar/{way}", result.polygon, pixels)


def _opencv(pixels: Pixels) -> Iterator[Code]:
    try:
        found, texts, corners, _ = cv2.QRCodeDetector().detectAndDecodeMulti(pixels.grey)
    except cv2.error:  # Some versions stumble over degenerate finder patterns.
        return
    for text, quad in zip(texts, corners, strict=True) if found else ():
        if text:
            yield _code(text, "QR Code", "opencv/whole", quad, pixels)


def _code(text: str, symbology: str, engine: str, corners: Any, pixels: Pixels) -> Code:
    scaled = tuple((round(x / pixels.scale), round(y / pixels.scale)) for x, y in corners)
    return Code(text, symbology, engine, scaled)


_Attempt = Callable[[_Photo], Iterator[Code]]

# (attempt, quick), in the order in which they pay off on real photographs.
_ATTEMPTS: tuple[tuple[_Attempt, bool], ...] = (
    (lambda photo: _zxing(photo.whole, "whole"), True),
    (lambda photo: _zxing(photo.whole, "global", zxingcpp.Binarizer.GlobalHistogram), True),
    (lambda photo: _zxing(photo.enlarged, "enlarged"), True),
    (lambda photo: _zxing(photo.evened, "evened"), True),
    (lambda photo: _zxing(photo.original, "original"), False),
    (lambda photo: _pyzbar(photo.whole, "whole"), False),
    (lambda photo: _pyzbar(photo.evened, "evened"), False),
    (lambda photo: _opencv(photo.whole), False),
)
