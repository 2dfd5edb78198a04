"""From a crop to a text: guess flat grids, bend the likely ones, decode what they show."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from services.images.grid.codewords import decode
from services.images.grid.finding import (
    Guess,
    Point,
    find_finders,
    guesses,
    guesses_within,
    realigned,
)
from services.images.grid.fitting import Sheet, fit
from services.images.grid.light import Plane, darkness
from services.images.grid.modules import plain, sharpened

_FITTED = 5
_SMALLEST = 40

Accept = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class GridRead:
    """A text, and the code's corners in the crop, clockwise from the code's own top left."""

    text: str
    corners: tuple[Point, ...]


def read_grid(
    grey: NDArray[np.uint8],
    *,
    accept: Accept,
    deadline: float,
    corners: Sequence[Point] | None = None,
) -> GridRead | None:
    """The text of the QR code in an upright crop, if there is one that `accept` holds for.

    `corners` is a supposed outline of the code in the crop's pixels, in any order around.
    No attempt begins after `deadline`, in seconds of perf_counter. Raises nothing for any
    picture of two dimensions.
    """
    if grey.ndim != 2 or min(grey.shape) < _SMALLEST:
        return None
    dark = darkness(grey, max(grey.shape) / 9)
    finders, inverted = find_finders(dark)
    if inverted:
        grey, dark = 255 - grey, -dark
    found = guesses(dark, finders)
    if corners is not None and len(corners) == 4:
        found += guesses_within(dark, corners)
        found.sort(key=lambda guess: -guess.score)
    found = [each for guess in _distinct(found) for each in realigned(dark, guess)]
    found.sort(key=lambda guess: -guess.score)
    return _first(grey, _distinct(found), accept, deadline)


def _first(
    grey: NDArray[np.uint8], found: Sequence[Guess], accept: Accept, deadline: float
) -> GridRead | None:
    for guess in found[:_FITTED]:
        if perf_counter() > deadline:
            return None
        module = float(np.sqrt(abs(np.linalg.det(guess.matrix[:2, :2]))))
        dark = darkness(grey, 5 * module)
        sheet = Sheet(guess.version, guess.matrix)
        fit(sheet, dark)
        for soft in _views(sheet, dark):
            text, turned = _either_way(soft, accept, deadline)
            if text is not None:
                corners = sheet.corners()
                return GridRead(text, tuple(corners[::-1] if turned else corners))
    return None


def _views(sheet: Sheet, dark: Plane) -> Iterator[Plane]:
    yield plain(sheet, dark)
    yield sharpened(sheet, dark)


def _either_way(soft: Plane, accept: Accept, deadline: float) -> tuple[str | None, bool]:
    """Mirrored codes are read along their other diagonal."""
    for turned in (False, True):
        text = decode(np.ascontiguousarray(soft.T) if turned else soft, accept, deadline)
        if text is not None:
            return text, turned
    return None, False


def _distinct(found: Sequence[Guess]) -> list[Guess]:
    """The best of those that differ by less than a module and a half."""
    kept: list[Guess] = []
    for guess in found:
        if not any(_alike(guess, other) for other in kept):
            kept.append(guess)
        if len(kept) == _FITTED:
            break
    return kept


def _alike(one: Guess, other: Guess) -> bool:
    if one.version != other.version:
        return False
    size = 17 + 4 * one.version
    ends = np.array([[0, size, size, 0], [0, 0, size, size], [1, 1, 1, 1]])
    a, b = one.matrix @ ends, other.matrix @ ends
    apart = np.hypot(*(a[:2] / a[2] - b[:2] / b[2])).max()
    return bool(apart < 1.5 * np.sqrt(abs(np.linalg.det(one.matrix[:2, :2]))))
