"""Grey pixels to "how dark for its surroundings": what glare and shadows leave comparable."""

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_FLOOR = 0.15


def darkness(grey: NDArray[np.uint8], window: float) -> Plane:
    """About +1 where dark and -1 where light, 0 where the surroundings hold no contrast.

    `window` is the side in pixels of the surroundings; some five modules see both colours.
    """
    soft = cv2.GaussianBlur(grey, (0, 0), max(0.6, window / 16)).astype(np.float32)
    side = max(3, round(window)) | 1
    square = np.ones((side, side), np.uint8)
    high = cv2.blur(cv2.dilate(soft, square), (side, side))
    low = cv2.blur(cv2.erode(soft, square), (side, side))
    half = (high - low) / 2
    half = np.maximum(half, max(4.0, _FLOOR * float(np.percentile(half, 95))))
    even = ((high + low) / 2 - grey.astype(np.float32)) / half
    return np.asarray(np.clip(even, -1.4, 1.4), np.float32)
