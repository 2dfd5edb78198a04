"""A picture in the shapes that the attempts ask for, each knowing where it lies in the original."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.images.opening import Grey, Pixels, open_grey

Matrix = NDArray[np.floating[Any]]
Quad = NDArray[np.float32]
"""Four corners, clockwise from the code's own top left one, as x and y."""

_WHOLE = 1800
_SMALL = 900
_LOOKING = 900


@dataclass(frozen=True, slots=True)
class View:
    """Grey pixels; `back` takes their positions to the upright original's."""

    grey: Grey
    back: Matrix

    def with_grey(self, grey: Any) -> "View":
        """The same place, worked on."""
        return View(as_grey(grey), self.back)


@dataclass
class Photo:
    """One picture; whatever is asked of it is made once."""

    data: bytes
    whole: View = field(init=False)
    reduced: bool = field(init=False)
    _all: Grey | None = field(init=False)

    def __post_init__(self) -> None:
        pixels = open_grey(self.data, _WHOLE)
        self.whole = _view(pixels)
        self.reduced = pixels.scale < 1
        self._all = pixels.all

    @cached_property
    def original(self) -> View:
        """As many pixels as there are, for cutting."""
        if not self.reduced:
            return self.whole
        known = self._all
        return _view(open_grey(self.data, None) if known is None else Pixels(known, 1.0))

    @cached_property
    def enlarged(self) -> View | None:
        """Twice the size, where the picture is small."""
        return resized(self.whole, 2.0) if max(self.whole.grey.shape) <= _SMALL else None

    @cached_property
    def half(self) -> View | None:
        """Half the size, where the picture is large: most codes can be read there already."""
        return resized(self.whole, 0.5) if max(self.whole.grey.shape) > _SMALL else None

    @cached_property
    def small(self) -> View:
        """Small enough to look for boxes at little cost."""
        return resized(self.whole, min(1.0, _LOOKING / max(self.whole.grey.shape)))


def resized(view: View, scale: float) -> View:
    """The same picture, `scale` times as large."""
    if scale == 1.0:
        return view
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    height, width = view.grey.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = cv2.resize(view.grey, size, interpolation=way)
    shrink = np.diag([width / size[0], height / size[1], 1.0])
    return View(as_grey(grey), view.back @ shrink)


def cut(view: View, quad: Quad, side: int, margin: float) -> View:
    """What is inside `quad` (in the original's pixels) as a square, with `margin` around it.

    `margin` is a share of the square's side. Nothing is looked at outside the box, so it is cheap
    however large the picture is; what lies beyond its border is continued from it.
    """
    local = moved(quad, np.linalg.inv(view.back))
    left, top = np.floor(local.min(axis=0)).astype(int)
    right, bottom = np.ceil(local.max(axis=0)).astype(int)
    reach = int(margin * 2 * max(right - left, bottom - top)) + 4
    left, top = max(0, left - reach), max(0, top - reach)
    piece = view.grey[top : bottom + reach, left : right + reach]
    if piece.size == 0:
        return View(np.full((side, side), 255, np.uint8), view.back)
    local = local - np.array([left, top], np.float32)
    edge = float(np.sqrt(max(1.0, cv2.contourArea(local))))
    inner = side / (1 + 2 * margin)
    shrink = min(1.0, 1.5 * inner / edge)
    if shrink < 1:  # Warping takes single pixels: without this it would skip most of them.
        piece = as_grey(cv2.resize(piece, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))
        local = local * shrink
    low, high = margin * inner, (1 + margin) * inner
    square = np.array([[low, low], [high, low], [high, high], [low, high]], np.float32)
    warp = cv2.getPerspectiveTransform(local.astype(np.float32), square)
    grey = cv2.warpPerspective(
        piece, warp, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    place = np.array([[1 / shrink, 0, left], [0, 1 / shrink, top], [0, 0, 1]])
    return View(as_grey(grey), view.back @ place @ np.linalg.inv(warp))


def moved(points: Any, by: Matrix) -> Quad:
    """Points through a 3 × 3 transformation."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    lifted = np.column_stack([flat, np.ones(len(flat))]) @ by.T
    depth = np.where(np.abs(lifted[:, 2:]) < 1e-9, 1e-9, lifted[:, 2:])
    return np.asarray(lifted[:, :2] / depth, np.float32)


def as_grey(picture: Any) -> Grey:
    return np.asarray(picture, dtype=np.uint8)


def _view(pixels: Pixels) -> View:
    return View(pixels.grey, np.diag([1 / pixels.scale, 1 / pixels.scale, 1.0]))
