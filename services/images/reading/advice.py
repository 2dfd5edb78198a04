"""What the next photo should do better, judged from one in which nothing could be read.

The thresholds were set on drawn photographs of each fault; a wrong guess only costs the guest a
piece of advice that does not help.
"""

import cv2
import numpy as np

from services.images.contract import Hint
from services.images.opening import Grey
from services.images.reading.cascade import Hunt
from services.images.reading.views import Quad, cut, moved

_SIDE = 240
_DARK = 95
_SMALL = 80
_WHITE = 240
_BLURRED = 0.12


def hint_of(hunt: Hunt) -> Hint:
    """The likeliest reason."""
    grey = hunt.photo.small.grey
    dark = float(np.percentile(grey, 95)) < _DARK
    box = next(iter(hunt.boxes), None)
    if box is None:
        return "dark" if dark else "none"
    view = cut(hunt.photo.original, box, _SIDE, 0.0)
    original = moved(box, np.linalg.inv(hunt.photo.original.back))
    if dark:
        return "dark"
    if _is_cut_off(hunt, box):
        return "cut_off"
    if np.sqrt(abs(cv2.contourArea(original))) < _SMALL:
        return "small"
    if _has_glare(view.grey):
        return "glare"
    return "blurred" if sharpness(view.grey) < _BLURRED else "creased"


def sharpness(code: Grey) -> float:
    """How steep the edges are for their height, whatever the light."""
    soft = cv2.GaussianBlur(code, (3, 3), 0).astype(np.float32)
    across = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8))
    down = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8))
    steep = float((across**2 + down**2).mean())
    return steep / max(25.0, float(soft.var()))


def _is_cut_off(hunt: Hunt, box: Quad) -> bool:
    """Whether the box touches the picture's border."""
    whole = hunt.photo.whole
    height, width = whole.grey.shape
    corners = moved(box, np.linalg.inv(whole.back))
    near = 0.01 * max(width, height)
    low, high = corners.min(axis=0), corners.max(axis=0)
    return bool(low.min() < near or high[0] > width - near or high[1] > height - near)


def _has_glare(code: Grey) -> bool:
    """Whether there is a white place larger than codes have inside them."""
    size = _SIDE // 9
    white = (code >= _WHITE).astype(np.uint8)
    return bool(cv2.erode(white, np.ones((size, size), np.uint8)).any())
