"""Where a code may lie: finder patterns, and the flat grids that two or three of them suggest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import cv2
import numpy as np
from numpy.typing import NDArray

from services.images.grid.light import Plane
from services.images.grid.symbol import VERSIONS, symbol

_PER_MODULE = 3
_SCALES = np.geomspace(2.7, 16, 9)
_SQUEEZED = ((1.0, 1.0), (1.25, 0.7), (0.7, 1.25))  # paper that turns away from the camera
_MOST_FINDERS = 9
_WORKING_SIDE = 380
_FLAT = 0.25
_ASTRAY = 6  # modules that an alignment pattern may lie from where it is supposed
_ALIGNMENTS = 3

Matrix = NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Finder:
    """A finder pattern's centre, its module in pixels, and how alike it is (at most 1)."""

    x: float
    y: float
    module: float
    score: float


@dataclass(frozen=True, slots=True)
class Guess:
    """A flat grid: `matrix` takes module coordinates (column, row, 1) to pixels."""

    version: int
    matrix: Matrix
    score: float

    @property
    def module(self) -> float:
        """Its side in pixels, about."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))


def find_finders(dark: Plane) -> tuple[list[Finder], list[Finder]]:
    """The likeliest finder patterns, dark ones on light and light ones on dark."""
    shrink = min(1.0, _WORKING_SIDE / max(dark.shape))
    found: list[tuple[float, Finder]] = []
    for module, squeezed in product(_SCALES, _SQUEEZED):
        factors = [shrink * _PER_MODULE / (module * each) for each in squeezed]
        width, height = (round(n * f) for n, f in zip(dark.shape[::-1], factors, strict=True))
        if min(width, height) < 9 * _PER_MODULE + 1:
            continue
        small = cv2.resize(dark, (width, height), interpolation=cv2.INTER_AREA)
        found += _peaks(_likeness(np.asarray(small, np.float32)), factors)
    found.sort(key=lambda pair: -abs(pair[0]))
    dark_ones = _spaced(finder for score, finder in found if score > 0)
    light_ones = _spaced(finder for score, finder in found if score < 0)
    return dark_ones, light_ones


def guesses(dark: Plane, finders: Sequence[Finder]) -> list[Guess]:
    """Flat grids through three finders, and through two where the third may be damaged."""
    found = [
        guess
        for apart, ends in [*_triples(finders), *_pairs(finders)]
        for guess in _sizes(dark, apart, ends)
    ]
    return sorted(found, key=lambda guess: -guess.score)


def plain_guesses(dark: Plane, finders: Sequence[Finder]) -> list[Guess]:
    """Every size of code that the plainest three finders may belong to.

    Where paper curls no flat grid scores well, yet the finders are there.
    """
    triples = list(_triples(finders[:7]))[:2]
    return [guess for apart, ends in triples for guess in _sizes(dark, apart, ends)]


def guesses_within(dark: Plane, quad: Sequence[Point]) -> list[Guess]:
    """Flat grids that fill a quadrilateral, every version in each of its four turns."""
    found: list[Guess] = []
    points = np.array(quad, np.float32)
    for turn in range(4):
        for version in VERSIONS:
            size = symbol(version).size
            square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
            turned = np.roll(points, turn, axis=0)
            matrix = np.asarray(cv2.getPerspectiveTransform(square, turned), np.float64)
            found.append(Guess(version, matrix, score(dark, version, matrix)))
    return sorted(found, key=lambda guess: -guess.score)


def score(dark: Plane, version: int, matrix: Matrix) -> float:
    """How well the fixed patterns lie on the picture: 1 at best, about 0 for any other place."""
    cells, signs = _fixed_cells(version)
    x, y, w = matrix @ cells
    at = np.stack([x / w, y / w]).astype(np.float32) - 0.5
    seen = cv2.remap(dark, at[0], at[1], cv2.INTER_LINEAR, borderValue=0)
    return float(np.clip(seen.ravel(), -1, 1) @ signs)


@cache
def _fixed_cells(version: int) -> tuple[Matrix, Plane]:
    known = symbol(version).known.astype(np.float32)
    rows, columns = np.nonzero(known)
    cells = np.stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
    signs = known[rows, columns]
    # The timing patterns weigh as much as one finder, for they alone tell the version; the
    # alignment patterns too, for they alone tell where the fourth corner is.
    timing = ((rows == 6) | (columns == 6)) & (rows > 7) ^ (columns > 7)
    inner = (rows > 8) & (columns > 8) & (rows < len(known) - 1) & (columns < len(known) - 1)
    weights = np.where(timing, 64 / max(1, timing.sum()), 1.0)
    weights = np.where(inner, 64 / max(1, inner.sum()), weights).astype(np.float32)
    return cells, signs * weights / weights.sum()


def realigned(dark: Plane, guess: Guess) -> list[Guess]:
    """The guess, and others that put the last alignment pattern where one may be seen."""
    if guess.version == 1:
        return [guess]
    centre = symbol(guess.version).size - 6.5
    reach = 2 * _ASTRAY + 5
    line = (np.arange(reach * 4) + 0.5) / 4 + centre - reach / 2
    u, v = np.meshgrid(line, line)
    x, y, w = np.tensordot(guess.matrix, np.stack([u, v, np.ones_like(u)]), 1)
    w = np.maximum(w, 1e-6)
    seen = cv2.remap(
        dark,
        (x / w - 0.5).astype(np.float32),
        (y / w - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
        borderValue=0,
    )
    pattern = np.kron(symbol(2).known[16:21, 16:21], np.ones((4, 4))).astype(np.float32)
    alike = np.asarray(cv2.matchTemplate(seen, pattern, cv2.TM_CCOEFF_NORMED), np.float32)
    found = [guess]
    for _ in range(_ALIGNMENTS):
        _, best, _, (column, row) = cv2.minMaxLoc(alike)
        if best < 0.35:
            break
        at = (centre + (column / 4 - _ASTRAY), centre + (row / 4 - _ASTRAY))
        matrix = _through(guess, centre, at)
        found.append(Guess(guess.version, matrix, score(dark, guess.version, matrix)))
        cv2.circle(alike, (column, row), 4, -1.0, -1)
    return found


def resized(dark: Plane, guess: Guess) -> list[Guess]:
    """The guess with the finders where they are, one version less and one more."""
    far = symbol(guess.version).size - 3.5
    x, y, w = guess.matrix @ np.array([[3.5, far, 3.5], [3.5, 3.5, far], [1, 1, 1]])
    ends = np.stack([x / w, y / w], axis=1)
    found = []
    for version in (guess.version - 1, guess.version + 1):
        if version in VERSIONS:
            matrix = _flat(ends, version)
            found.append(Guess(version, matrix, score(dark, version, matrix)))
    return found


def _through(guess: Guess, centre: float, at: Point) -> Matrix:
    """The guess with the three finders kept, and the alignment pattern where it says `at`."""
    far = symbol(guess.version).size - 3.5
    flat = np.array([[3.5, 3.5], [far, 3.5], [3.5, far], [centre, centre]])
    moved = flat.copy()
    moved[3] = at
    x, y, w = guess.matrix @ np.vstack([moved.T, np.ones(4)])
    pixels = np.stack([x / w, y / w], axis=1).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), pixels)
    return np.asarray(matrix, np.float64)


@cache
def _round_finder() -> Plane:
    """A finder pattern averaged over its turns: codes stand at any angle."""
    side = 9 * _PER_MODULE
    flat = np.full((9, 9), -1, np.float32)
    flat[1:8, 1:8] = symbol(1).known[:7, :7]
    big = cv2.resize(flat, None, fx=12, fy=12, interpolation=cv2.INTER_NEAREST)
    middle = (53.5, 53.5)
    turned = [
        cv2.warpAffine(
            big, cv2.getRotationMatrix2D(middle, angle, 1.0), (108, 108), borderValue=-1.0
        )
        for angle in range(0, 90, 10)
    ]
    mean = np.asarray(np.mean(turned, axis=0), np.float32)
    return np.asarray(cv2.resize(mean, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def _likeness(small: Plane) -> Plane:
    """How much a finder pattern's correlation is at each place, 0 where all is one tone."""
    side = 9 * _PER_MODULE
    alike = cv2.matchTemplate(small, _round_finder(), cv2.TM_CCOEFF_NORMED)
    mean, square = cv2.boxFilter(small, -1, (side, side)), cv2.sqrBoxFilter(small, -1, (side, side))
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    half = side // 2
    inner = spread[half : half + len(alike), half : half + alike.shape[1]]
    return np.where(inner > _FLAT, alike, 0).astype(np.float32)


def _peaks(alike: Plane, factors: Sequence[float]) -> Iterator[tuple[float, Finder]]:
    strong = np.abs(alike)
    top = cv2.dilate(strong, np.ones((9, 9), np.uint8))
    rows, columns = np.nonzero((strong == top) & (strong > 0.4))
    half = 9 * _PER_MODULE / 2
    module = float(_PER_MODULE / np.sqrt(factors[0] * factors[1]))
    order = np.argsort(-strong[rows, columns])[:_MOST_FINDERS]
    for row, column in zip(rows[order], columns[order], strict=True):
        x, y = (column + half) / factors[0], (row + half) / factors[1]
        value = float(alike[row, column])
        yield value, Finder(float(x), float(y), module, abs(value))


def _spaced(finders: Iterable[Finder]) -> list[Finder]:
    kept: list[Finder] = []
    for finder in finders:
        if all(_apart(finder, other) for other in kept):
            kept.append(finder)
        if len(kept) == _MOST_FINDERS:
            break
    return kept


def _apart(one: Finder, other: Finder) -> bool:
    return float(np.hypot(one.x - other.x, one.y - other.y)) > 4 * max(one.module, other.module)


def _triples(finders: Sequence[Finder]) -> Iterator[tuple[float, Matrix]]:
    """How many modules apart, and the three centres from the corner clockwise; plain ones first."""
    triples = combinations(finders, 3)
    for triple in sorted(triples, key=lambda triple: -sum(finder.score for finder in triple)):
        sides = [_between(triple[k - 2], triple[k - 1]) for k in range(3)]
        corner = int(np.argmax(sides))
        modules = [finder.module for finder in triple]
        if max(modules) > 2.2 * min(modules):
            continue
        at, right, below = triple[corner], triple[corner - 2], triple[corner - 1]
        ends = np.array([[f.x, f.y] for f in (at, right, below)])
        (ax, ay), (bx, by) = ends[1] - ends[0], ends[2] - ends[0]
        if ax * by - ay * bx < 0:
            ends = ends[[0, 2, 1]]
        legs = sorted(np.hypot([ax, bx], [ay, by]))
        if legs[1] > 1.8 * legs[0] or abs(ax * bx + ay * by) > 0.55 * legs[0] * legs[1]:
            continue
        yield float(np.mean(legs) / np.mean(modules)), ends


def _pairs(finders: Sequence[Finder]) -> Iterator[tuple[float, Matrix]]:
    for one, two in combinations(finders[:4], 2):
        if not 0.6 < one.module / two.module < 1.7:
            continue
        a, b = np.array([one.x, one.y]), np.array([two.x, two.y])
        along = b - a
        across = np.array([-along[1], along[0]])
        apart = _between(one, two) / ((one.module + two.module) / 2)
        yield apart, np.array([a, b, a + across])
        yield apart, np.array([b, b + across, a])
        yield apart, np.array([b, a, b - across])
        yield apart, np.array([a, a - across, b])
        middle = (a + b) / 2
        for corner in (middle - across / 2, middle + across / 2):
            ends = np.array([corner, a, b])
            (ax, ay), (bx, by) = ends[1] - ends[0], ends[2] - ends[0]
            yield apart / np.sqrt(2), ends if ax * by > ay * bx else ends[[0, 2, 1]]


def _between(one: Finder, other: Finder) -> float:
    return float(np.hypot(one.x - other.x, one.y - other.y))


def _sizes(dark: Plane, apart: float, ends: Matrix) -> Iterator[Guess]:
    """Grids through three centres that are `apart` modules from each other, more or less."""
    middle = (apart + 7 - 17) / 4
    for version in VERSIONS:
        if abs(version - middle) <= max(1.0, 0.25 * middle):
            matrix = _flat(ends, version)
            yield Guess(version, matrix, score(dark, version, matrix))


def _flat(ends: Matrix, version: int) -> Matrix:
    """The grid in which the three finders' centres lie at `ends`, seen from straight above."""
    far = symbol(version).size - 7
    right, down = (ends[1] - ends[0]) / far, (ends[2] - ends[0]) / far
    start = ends[0] - 3.5 * (right + down)
    return np.array([[right[0], down[0], start[0]], [right[1], down[1], start[1]], [0, 0, 1]])
