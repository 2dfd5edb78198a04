"""What the next photo should do better, judged from one in which nothing could be read.

The thresholds were set on drawn photographs of each fault; a wrong guess only costs the guest a
piece of advice that does not help.
"""

import cv2
import numpy as np

from services.images.contract import Hint
from services.images.opening import Grey
from services.images.reading.boxes import overlap
from services.images.reading.cascade import Hunt
from services.images.reading.views import Quad, cut, moved

_SIDE = 240
_DARK = 95
_SMALL = 80
_WHITE = 200
_BLURRED = 0.12


def hint_of(hunt: Hunt) -> Hint:
    """The likeliest reason."""
    light = float(np.percentile(hunt.photo.small.grey, 95))
    box = _whole_code(hunt)
    if light < _DARK:
        return "dark"
    if box is None:
        return "none"
    if _is_cut_off(hunt, box):
        return "cut_off"
    view = cut(hunt.photo.original, box, _SIDE, 0.0)
    if _has_glare(view.grey, max(_WHITE, 0.95 * light)):
        return "glare"
    original = moved(box, np.linalg.inv(hunt.photo.original.back))
    if np.sqrt(abs(cv2.contourArea(original))) < _SMALL:
        return "small"
    return "blurred" if sharpness(view.grey) < _BLURRED else "creased"


def _whole_code(hunt: Hunt) -> Quad | None:
    """The largest of the boxes about the likeliest place."""
    likeness = hunt.texture.within
    about = [
        box
        for box in hunt.boxes
        if overlap(box, hunt.boxes[0]) and likeness(box) > 0.6 * likeness(hunt.boxes[0])
    ]
    return max(about, key=lambda box: abs(cv2.contourArea(box)), default=None)


def sharpness(code: Grey) -> float:
    """How steep the edges are for their height, in the direction where they are least so."""
    soft = cv2.GaussianBlur(code, (3, 3), 0).astype(np.float32)
    across = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8))
    down = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8))
    x, y, both = (float(product.mean()) for product in (across**2, down**2, across * down))
    least = (x + y) / 2 - float(np.hypot((x - y) / 2, both))
    return 2 * least / max(25.0, float(soft.var()))


def _is_cut_off(hunt: Hunt, box: Quad) -> bool:
    """Whether the box touches the picture's border."""
    whole = hunt.photo.whole
    height, width = whole.grey.shape
    corners = moved(box, np.linalg.inv(whole.back))
    near = 0.01 * max(width, height)
    low, high = corners.min(axis=0), corners.max(axis=0)
    return bool(low.min() < near or high[0] > width - near or high[1] > height - near)


def _has_glare(code: Grey, least: float) -> bool:
    """Whether there is a white place larger than codes have inside them."""
    size = _SIDE // 6
    white = (code >= least).astype(np.uint8)
    return bool(cv2.erode(white, np.ones((size, size), np.uint8)).any())
