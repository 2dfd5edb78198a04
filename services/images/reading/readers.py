"""The decoders, each from a view of the picture to what it read there."""

import re
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import zxingcpp

from services.images.contract import Code
from services.images.reading.views import Quad, View, moved

try:  # The wheel needs the system's libzbar.
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None

cv2.setNumThreads(1)  # one picture has one core

LOCAL = zxingcpp.Binarizer.LocalAverage
GLOBAL = zxingcpp.Binarizer.GlobalHistogram

QR = zxingcpp.barcode_formats_from_str("QRCodeModel1,QRCodeModel2")
"""Without Micro QR, of which a few dots of glare are enough to see one."""
MATRIX = zxingcpp.barcode_formats_from_str("DataMatrix")
"""What marks goods. Looking for it takes several times as long as for QR codes."""
_TURNED = {"UP": 0, "RIGHT": 1, "DOWN": 2, "LEFT": 3}
_PLAUSIBLE = re.compile(r"[\t\n\r -~А-Яа-яЁё№«»–—]+")


def engines() -> dict[str, bool]:
    """Which readers can be used on this machine."""
    return {"zxing-cpp": True, "pyzbar": pyzbar is not None, "opencv": True}


def zxing(
    view: View, way: str, binarizer: Any = LOCAL, formats: Any = QR
) -> tuple[list[Code], list[Quad]]:
    """What was read, and where something was seen that could not be."""
    codes, unread = [], []
    for result in zxingcpp.read_barcodes(
        view.grey,
        formats=formats,
        binarizer=binarizer,
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=True,
    ):
        at = result.position
        corners = [
            (corner.x, corner.y)
            for corner in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        ]
        if result.valid:
            codes.append(code(result.text, str(result.format), f"zxing-cpp/{way}", corners, view))
        elif result.format == zxingcpp.BarcodeFormat.QRCode:
            unread.append(moved(corners, view.back))
    return codes, unread


def zbar(view: View, way: str) -> Iterator[Code]:
    """Only texts it cannot have guessed wrong: it takes Cyrillic for Japanese at times."""
    if pyzbar is None:
        return
    for result in pyzbar.decode(view.grey, symbols=[pyzbar.ZBarSymbol.QRCODE]):
        text = result.data.decode("utf-8", "replace")
        if _PLAUSIBLE.fullmatch(text) and len(result.polygon) == 4:
            corners = _clockwise(result.polygon, result.orientation)
            yield code(text, "QR Code", f"pyzbar/{way}", corners, view)


def _clockwise(polygon: Any, orientation: str | None) -> list[Any]:
    """From the picture's top left around, then begun where the code's own top left is."""
    middle = np.mean(polygon, axis=0)
    around = sorted(polygon, key=lambda at: np.arctan2(at[1] - middle[1], at[0] - middle[0]))
    turned = _TURNED.get(orientation or "UP", 0)
    return around[turned:] + around[:turned]


def code(text: str, symbology: str, engine: str, corners: Any, view: View) -> Code:
    """A code with corners given in the view's pixels."""
    places = tuple((round(float(x)), round(float(y))) for x, y in moved(corners, view.back))
    return Code(text, symbology, engine, places)
