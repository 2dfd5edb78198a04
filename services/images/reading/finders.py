"""Where a code may be, seen by its three nested squares."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import cv2
import numpy as np

from services.images.opening import Grey
from services.images.reading.views import Quad

_MOST = 14


@dataclass(frozen=True, slots=True)
class Finder:
    """A nested square: its centre, side (seven modules) and the directions of its sides."""

    x: float
    y: float
    side: float

    def to(self, other: "Finder") -> tuple[float, float]:
        return other.x - self.x, other.y - self.y


def find_finders(grey: Grey) -> list[Finder]:
    """Nested squares of either polarity, at most a few of them, the plainest first."""
    window = max(15, round(max(grey.shape) / 18)) | 1
    soft = cv2.GaussianBlur(grey, (3, 3), 0)
    dark = cv2.adaptiveThreshold(
        soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 6
    )
    contours, tree = cv2.findContours(dark, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    if tree is None:
        return []
    found: list[tuple[float, Finder]] = []
    for outer, middle, inner in _nests(contours, tree[0]):
        finder = _finder(contours[outer], contours[middle], contours[inner])
        if finder is not None:
            found.append(finder)
    found.sort(key=lambda pair: -pair[0])
    return _apart([finder for _, finder in found])


def quads(finders: list[Finder]) -> list[Quad]:
    """Boxes of the codes that three finders each may belong to, likeliest first."""
    scored: list[tuple[float, Quad]] = []
    for triple in combinations(finders, 3):
        fits = [fit for order in permutations(triple) if (fit := _fit(*order)) is not None]
        if fits:
            scored.append(max(fits, key=lambda fit: fit[0]))
    scored.sort(key=lambda pair: -pair[0])
    return [quad for _, quad in scored[:3]]


def quads_of_two(finders: list[Finder]) -> list[Quad]:
    """Boxes of codes of which only two finders are seen."""
    return [quad for pair in combinations(finders[:5], 2) for quad in _from_two(*pair)]


def _nests(contours: Any, tree: Any) -> Iterator[tuple[int, int, int]]:
    areas = np.array([cv2.contourArea(contour) for contour in contours])
    parent = tree[:, 3]
    inner = np.flatnonzero((areas >= 4) & (parent >= 0))
    middle = parent[inner]
    outer = parent[middle]
    kept = outer >= 0
    inner, middle, outer = inner[kept], middle[kept], outer[kept]
    rings = areas[outer] / np.maximum(areas[middle], 1)
    cores = areas[middle] / np.maximum(areas[inner], 1)
    good = (rings > 1.2) & (rings < 4.5) & (cores > 1.4) & (cores < 7)
    for index in np.flatnonzero(good)[:200]:
        yield int(outer[index]), int(middle[index]), int(inner[index])


def _finder(outer: Any, middle: Any, inner: Any) -> tuple[float, Finder] | None:
    (x, y), (width, height), _ = cv2.minAreaRect(outer)
    (inner_x, inner_y), _, _ = cv2.minAreaRect(inner)
    long, short = max(width, height), min(width, height)
    if short < 5 or long / short > 2.4:
        return None
    full = cv2.contourArea(outer) / (width * height)
    off = float(np.hypot(x - inner_x, y - inner_y)) / short
    if full < 0.6 or off > 0.22:
        return None
    (_, (mid_width, mid_height), _) = cv2.minAreaRect(middle)
    # Blur moves both edges of the ring alike: halfway between them stays in its place.
    side = (np.sqrt(width * height) + np.sqrt(mid_width * mid_height)) / 2 * 7 / 6
    return full - off - (long / short - 1) / 4, Finder(inner_x, inner_y, float(side))


def _apart(finders: list[Finder]) -> list[Finder]:
    kept: list[Finder] = []
    for finder in finders:
        if all(np.hypot(*finder.to(other)) > other.side / 2 for other in kept):
            kept.append(finder)
    return kept[:_MOST]


def _fit(corner: Finder, right: Finder, below: Finder) -> tuple[float, Quad] | None:
    """How well three finders make a code whose top left is `corner`, and its box."""
    (ax, ay), (bx, by) = corner.to(right), corner.to(below)
    across, down = float(np.hypot(ax, ay)), float(np.hypot(bx, by))
    if ax * by - ay * bx <= 0 or min(across, down) == 0:
        return None
    sides = [corner.side, right.side, below.side]
    uneven = max(sides) / min(sides)
    legs = max(across, down) / min(across, down)
    slant = abs(ax * bx + ay * by) / (across * down)
    modules = (across + down) / 2 / (sum(sides) / 21)
    if uneven > 2 or legs > 1.9 or slant > 0.55 or not 12 < modules < 175:
        return None
    far = 3.5 / modules
    right_by, down_by = np.array([ax, ay]), np.array([bx, by])
    start = np.array([corner.x, corner.y])
    ends = [(-far, -far), (1 + far, -far), (1 + far, 1 + far), (-far, 1 + far)]
    quad = np.array([start + right_by * u + down_by * v for u, v in ends], np.float32)
    return -(uneven - 1) - (legs - 1) - slant, quad


def _from_two(one: Finder, two: Finder) -> Iterator[Quad]:
    """The third is damaged: the two may share a side (the code on either hand) or a diagonal."""
    if max(one.side, two.side) / min(one.side, two.side) > 1.6:
        return
    dx, dy = one.to(two)
    apart = float(np.hypot(dx, dy))
    if not 12 < apart / ((one.side + two.side) / 14) < 100:
        return
    middle = np.array([(one.x + two.x) / 2, (one.y + two.y) / 2])
    along, across = np.array([dx, dy]) / 2, np.array([-dy, dx]) / 2
    grow = 1 + (one.side + two.side) / 2 / apart
    for centre, u, v in (
        (middle + across, along, across),
        (middle - across, along, across),
        (middle, (along + across) / 2, (across - along) / 2),
    ):
        corners = [-u - v, u - v, u + v, v - u]
        yield np.array([centre + corner * grow for corner in corners], np.float32)
