"""Where a code may be, seen by its texture, and what is known about boxes."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.images.opening import Grey
from services.images.reading.views import Quad, View, moved, resized

Plane = NDArray[np.float32]

_LIKE = 0.3
SIDES = tuple(round(20 * 1.3**step) for step in range(10))


class Texture:
    """How much each place looks like the inside of a code, on a small picture.

    A code is half dark and full of edges both ways, near and far. Text is full of edges too, but
    a fifth of it is dark and its lines lie apart.
    """

    def __init__(self, view: View, longest: int, sides: Sequence[int] = SIDES) -> None:
        self._sides = sides
        self._view = resized(view, min(1.0, longest / max(view.grey.shape)))
        self._there = np.linalg.inv(self._view.back)
        self._map = _strength(self._view.grey)
        self._table = cv2.integral(self._map)

    @property
    def everywhere(self) -> float:
        """Which part of the picture looks like the inside of a code."""
        return float((self._map > _LIKE).mean())

    def boxes(self, most: int) -> list[Quad]:
        """Squares of any size that differ most from what is around them."""
        found: list[tuple[float, Quad]] = []
        for side in self._sides:
            if side >= min(self._map.shape) - 2:
                break
            found += self._squares(side)
        found.sort(key=lambda pair: -pair[0])
        kept: list[Quad] = []
        for _, square in found:
            if len(kept) == most:
                break
            if all(_share(square, other) < 0.4 for other in kept):
                kept.append(square)
        return [moved(self._fitted(square), self._view.back) for square in kept]

    def within(self, quad: Quad) -> float:
        """How much the inside of a box looks like a code's."""
        mask = np.zeros(self._map.shape, np.uint8)
        corners = moved(quad, self._there).round().astype(np.int32)
        cv2.fillConvexPoly(mask, corners, 1)
        area = abs(cv2.contourArea(corners)) + 1
        return float(self._map[mask > 0].sum() / area)

    def _squares(self, side: int) -> list[tuple[float, Quad]]:
        """The best squares of one size: even inside, and little of it around."""
        height, width = self._map.shape
        step = max(2, side // 8)
        rows, columns = np.arange(0, height - side, step), np.arange(0, width - side, step)
        half, reach = side // 2, side * 7 // 20
        quarters = np.stack(
            [self._sums(rows + y, columns + x, half) for y in (0, half) for x in (0, half)]
        ) / (half * half)
        core = self._sums(rows, columns, side)
        wide = self._sums(rows - reach, columns - reach, side + 2 * reach)
        ring = (wide - core) / ((side + 2 * reach) ** 2 - side * side)
        score = (quarters.mean(axis=0) + quarters.min(axis=0)) / 2 - 1.2 * ring
        found = []
        for _ in range(3):
            row, column = np.unravel_index(int(score.argmax()), score.shape)
            if score[row, column] < 0.02:
                break
            low = np.array([columns[column], rows[row]], np.float32)
            corners = ((0, 0), (side, 0), (side, side), (0, side))
            square = np.array([low + corner for corner in corners], np.float32)
            found.append((float(score[row, column]), square))
            score[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = 0
        return found

    def _sums(self, rows: Any, columns: Any, side: int) -> Any:
        """Sums over squares that begin at every row and column given."""
        height, width = self._map.shape
        top, bottom = (np.clip(at, 0, height) for at in (rows, rows + side))
        left, right = (np.clip(at, 0, width) for at in (columns, columns + side))
        table = self._table
        return (
            table[np.ix_(bottom, right)]
            - table[np.ix_(top, right)]
            - table[np.ix_(bottom, left)]
            + table[np.ix_(top, left)]
        )

    def _fitted(self, square: Quad) -> Quad:
        """The square turned and drawn in as the code inside lies, where that can be seen."""
        low, high = square.min(axis=0), square.max(axis=0)
        reach = 0.15 * (high - low)
        left, top = np.maximum(0, low - reach).astype(int)
        right, bottom = (high + reach).astype(int)
        piece = self._map[top:bottom, left:right]
        if piece.size == 0:
            return square
        mask = (piece > 0.45 * np.percentile(piece, 75)).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if not contours:
            return square
        box = cv2.minAreaRect(max(contours, key=cv2.contourArea))
        fitted = np.asarray(cv2.boxPoints(box), np.float32) + np.array([left, top], np.float32)
        return fitted if is_square(fitted) and _share(fitted, square) > 0.5 else square


def _strength(grey: Grey) -> Plane:
    light = np.log(cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32) + 6)
    size = (9, 9)
    across = cv2.blur(np.minimum(np.abs(cv2.Sobel(light, cv2.CV_32F, 1, 0)), 2.0), size)
    down = cv2.blur(np.minimum(np.abs(cv2.Sobel(light, cv2.CV_32F, 0, 1)), 2.0), size)
    dark = cv2.blur((light < cv2.blur(light, (31, 31))).astype(np.float32), (15, 15))
    balance = np.clip(1.15 - 2.6 * np.abs(dark - 0.5), 0, 1)
    return np.asarray(np.minimum(across, down) * balance, np.float32)


def is_square(quad: Quad) -> bool:
    """Whether it is convex, of some size, and not much longer one way than the other."""
    if not np.isfinite(quad).all() or np.abs(quad).max() > 1e5:
        return False
    if not cv2.isContourConvex(quad.astype(np.int32)):
        return False
    sides = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1)
    return bool(sides.min() > 8 and sides.max() / sides.min() < 3.5)


def distinct(quads: Sequence[Quad]) -> list[Quad]:
    """Without those that cover nearly the same place as one before."""
    kept: list[Quad] = []
    for quad in quads:
        if all(_share(quad, other) < 0.7 for other in kept):
            kept.append(quad)
    return kept


def overlap(one: Quad, other: Quad) -> bool:
    """Whether a third of the smaller box lies in the other."""
    least = min(abs(cv2.contourArea(one)), abs(cv2.contourArea(other)))
    return _shared(one, other) > 0.3 * max(1.0, least)


def _share(one: Quad, other: Quad) -> float:
    """What both boxes cover, of what either covers."""
    shared = _shared(one, other)
    return shared / max(1.0, abs(cv2.contourArea(one)) + abs(cv2.contourArea(other)) - shared)


def _shared(one: Any, other: Any) -> float:
    area, _ = cv2.intersectConvexConvex(cv2.convexHull(one), cv2.convexHull(other))
    return float(area)
