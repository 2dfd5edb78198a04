"""Ways to make a code plainer for the readers, each from grey pixels to grey pixels."""

from collections.abc import Callable

import cv2
import numpy as np

from services.images.opening import Grey
from services.images.reading.views import as_grey

Variant = Callable[[Grey], Grey]


def plain(grey: Grey) -> Grey:
    return grey


def evened(grey: Grey) -> Grey:
    """Local contrast evened out, then softened: for faded and unevenly lit paper."""
    even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(grey)
    return as_grey(cv2.GaussianBlur(even, (0, 0), 1.0))


def clahe(grey: Grey) -> Grey:
    return as_grey(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(6, 6)).apply(grey))


def lit(grey: Grey) -> Grey:
    """Divided by its background, so that shadows go."""
    size = max(grey.shape) // 10 | 1
    paper = cv2.GaussianBlur(
        cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)), (0, 0), size / 3
    )
    return as_grey(cv2.divide(grey, np.maximum(paper, 1), scale=255))


def sharp(grey: Grey) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), 2.5)
    return as_grey(cv2.addWeighted(grey, 2.5, soft, -1.5, 0))


def lit_sharp(grey: Grey) -> Grey:
    return sharp(lit(grey))


def lit_soft(grey: Grey) -> Grey:
    return as_grey(cv2.GaussianBlur(lit(grey), (0, 0), 1.5))


def soft(grey: Grey) -> Grey:
    return as_grey(cv2.GaussianBlur(grey, (0, 0), 3.0))


def upright_bars(grey: Grey) -> Grey:
    """Closes white lines across: dark spreads up and down."""
    return as_grey(cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((5, 1), np.uint8)))


def lying_bars(grey: Grey) -> Grey:
    return as_grey(cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((1, 5), np.uint8)))


def opened(grey: Grey) -> Grey:
    return as_grey(cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))


def median(grey: Grey) -> Grey:
    """Without the grain of a photo taken in the dark."""
    return as_grey(cv2.medianBlur(grey, 5))


def refocused(grey: Grey) -> Grey:
    """Blurred back and forth (van Cittert): for pictures out of focus or shaken."""
    seen = grey.astype(np.float32)
    guess = seen.copy()
    for _ in range(4):
        guess += 0.9 * (seen - cv2.GaussianBlur(guess, (0, 0), 3.5))
    return as_grey(np.clip(cv2.GaussianBlur(guess, (0, 0), 1.0), 0, 255))
