"""Each engine alone at its default settings, and the union of engines and preparations."""

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

try:  # The wheel needs the system's libzbar.
    from pyzbar import pyzbar
except ImportError:
    pyzbar = None

Grey = NDArray[np.uint8]
Reader = Callable[[Grey], list[str]]

_LONGEST = 2000
_QR = zxingcpp.barcode_formats_from_str("QRCode")


def zxing(grey: Grey) -> list[str]:
    """All the rest as it comes; looking for every kind of code would take twice as long."""
    return [result.text for result in zxingcpp.read_barcodes(grey, formats=_QR)]


def zbar(grey: Grey) -> list[str]:
    if pyzbar is None:
        return []
    found = pyzbar.decode(grey, symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [result.data.decode("utf-8", "replace") for result in found]


def opencv(grey: Grey) -> list[str]:
    return _opencv(cv2.QRCodeDetector(), grey)


def aruco(grey: Grey) -> list[str]:
    return _opencv(cv2.QRCodeDetectorAruco(), grey)


def _opencv(detector: Any, grey: Grey) -> list[str]:
    try:
        return [text for text in detector.detectAndDecodeMulti(grey)[1] if text]
    except (cv2.error, UnicodeDecodeError):  # It stumbles over degenerate finder patterns.
        return []


ALONE: dict[str, Reader] = {
    "zxing-cpp": zxing,
    "pyzbar": zbar,
    "opencv": opencv,
    "opencv aruco": aruco,
}


def _zxing_global(grey: Grey) -> list[str]:
    otsu = zxingcpp.Binarizer.GlobalHistogram
    found = zxingcpp.read_barcodes(grey, formats=_QR, binarizer=otsu)
    return [result.text for result in found]


def union(grey: Grey) -> Iterator[list[str]]:
    """What each engine finds in each preparation of the picture, one after another."""
    if max(grey.shape) > _LONGEST:
        yield _zxing_global(grey)
        scale = _LONGEST / max(grey.shape)
        grey = _grey(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    variants = list(_prepared(grey))
    # OpenCV can take seconds over a noisy picture, so it is asked last.
    for reader in (zxing, _zxing_global, zbar, aruco, opencv):
        for variant in variants:
            yield reader(variant)


def _prepared(grey: Grey) -> Iterator[Grey]:
    yield grey
    clahe = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8))
    yield _grey(clahe.apply(grey))
    yield _grey(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1])
    mean = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
    yield _grey(cv2.adaptiveThreshold(grey, 255, mean, cv2.THRESH_BINARY, 51, 8))
    soft = cv2.GaussianBlur(grey, (0, 0), 1.5)
    yield _grey(soft)
    yield _grey(cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 2.0), -1.5, 0))
    if max(grey.shape) <= _LONGEST:
        yield _grey(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    yield _grey(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    yield _grey(255 - grey)
    ground = cv2.GaussianBlur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), (0, 0), 15)
    yield _grey(cv2.divide(grey, ground, scale=235))


def _grey(picture: Any) -> Grey:
    return np.asarray(picture, np.uint8)
