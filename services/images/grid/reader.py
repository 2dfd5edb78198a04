"""From a crop to a text: guess flat grids, bend the likely ones, decode what they show."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray

from services.images.grid.codewords import decode, format_fit
from services.images.grid.finding import (
    Finder,
    Guess,
    Point,
    find_finders,
    guesses,
    guesses_within,
    plain_guesses,
    realigned,
    resized,
)
from services.images.grid.fitting import fit_finely, fit_roughly
from services.images.grid.light import Plane, darkness
from services.images.grid.modules import plain, sharpened
from services.images.grid.sheet import Sheet

_FITTED = 3
_REALIGNED = 5
_ROUGHLY_FITTED = 12
_WELL = 1.6
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
    No attempt begins after `deadline`, in seconds of process_time. Raises nothing for any
    picture of two dimensions.
    """
    if grey.ndim != 2 or min(grey.shape) < _SMALLEST:
        return None
    candidates, inverted = _candidates(darkness(grey, max(grey.shape) / 9), corners)
    if inverted:
        grey = 255 - grey
    for sheet, even in _sheets(grey, candidates, deadline):
        if process_time() > deadline:
            break
        fit_finely(sheet, even)
        for soft in _views(sheet, even):
            text, turned = _either_way(soft, accept, deadline)
            if text is not None:
                first, *others = sheet.corners()
                return GridRead(text, (first, *(others[::-1] if turned else others)))
    return None


def _views(sheet: Sheet, even: Plane) -> Iterator[Plane]:
    yield plain(sheet, even)
    yield sharpened(sheet, even)


def _sheets(
    grey: NDArray[np.uint8], candidates: Sequence[Guess], deadline: float
) -> Iterator[tuple[Sheet, Plane]]:
    """Roughly fitted sheets, each with the picture evened for its modules; likeliest first.

    One that lies well at once is not kept waiting for the others.
    """
    waiting: list[tuple[float, Sheet, Plane]] = []
    evens: dict[int, Plane] = {}
    for guess in candidates:
        if process_time() > deadline:
            return
        window = round(5 * guess.module) | 1
        even = evens.setdefault(window, darkness(grey, window))
        sheet = Sheet(guess.version, guess.matrix)
        lies = fit_roughly(sheet, even)
        if lies > _WELL:
            yield sheet, even
        else:
            waiting.append((lies, sheet, even))
    waiting.sort(key=lambda each: -each[0])
    for _, sheet, even in waiting[:_FITTED]:
        yield sheet, even


def _candidates(dark: Plane, corners: Sequence[Point] | None) -> tuple[list[Guess], bool]:
    """The grids to try, and whether they are for a light code on dark."""
    usual, other = (
        _guesses(plane, finders, corners)
        for plane, finders in zip((dark, -dark), find_finders(dark), strict=True)
    )
    inverted = _best_score(other) > _best_score(usual)
    found, plain = other if inverted else usual
    return _varied(-dark if inverted else dark, found, plain), inverted


def _guesses(
    dark: Plane, finders: Sequence[Finder], corners: Sequence[Point] | None
) -> tuple[list[Guess], list[Guess]]:
    found = guesses(dark, finders)
    if corners is not None and len(corners) == 4:
        found += guesses_within(dark, corners)
        found.sort(key=lambda guess: -guess.score)
    return found, plain_guesses(dark, finders)


def _best_score(pair: tuple[list[Guess], list[Guess]]) -> float:
    return max((guess.score for guess in pair[0][:1]), default=-1.0)


def _varied(dark: Plane, found: Sequence[Guess], plain: Sequence[Guess]) -> list[Guess]:
    """The best guesses, with other places for the fourth corner, and with other sizes."""
    best = _distinct(found, 4)
    moved = [each for guess in best for each in realigned(dark, guess)]
    moved.sort(key=lambda guess: -guess.score)
    others = [each for guess in best[:3] for each in resized(dark, guess)]
    return _distinct([*_distinct(moved, _REALIGNED), *plain, *others], _ROUGHLY_FITTED)


def _either_way(soft: Plane, accept: Accept, deadline: float) -> tuple[str | None, bool]:
    """Mirrored codes are read along their other diagonal; the format tells which it is."""
    ways = [(soft, False), (np.ascontiguousarray(soft.T), True)]
    ways.sort(key=lambda way: -format_fit(way[0]))
    text = decode(ways[0][0], accept, deadline)
    return text, ways[0][1]


def _distinct(found: Sequence[Guess], most: int) -> list[Guess]:
    """The best of those that differ by more than a module and a half."""
    kept: list[Guess] = []
    for guess in found:
        if not any(_alike(guess, other) for other in kept):
            kept.append(guess)
        if len(kept) == most:
            break
    return kept


def _alike(one: Guess, other: Guess) -> bool:
    if one.version != other.version:
        return False
    size = 17 + 4 * one.version
    ends = np.array([[0, size, size, 0], [0, 0, size, size], [1, 1, 1, 1]])
    a, b = one.matrix @ ends, other.matrix @ ends
    apart = np.hypot(*(a[:2] / a[2] - b[:2] / b[2])).max()
    return bool(apart < 1.5 * one.module)
