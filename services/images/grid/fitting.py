"""A grid that bends with the paper.

The symbol as it is believed to be (fixed patterns, and the data as far as it can be told) is
drawn flat and laid over the picture; where it does not lie, the picture's own slopes tell which
way to push (Lucas and Kanade, 1981). The push is a smooth field of Chebyshev polynomials whose
stiffness is relaxed step by step: first the sheet turns and tilts, then it bends, then it creases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from services.images.grid.finding import Matrix
from services.images.grid.light import Plane
from services.images.grid.symbol import symbol

MARGIN = 2  # modules of the quiet zone around
_DEGREES = 7
_ROUGHLY, _FINELY = 3, 5  # points a module

# Stiffness, and the weights of the fixed patterns besides the finders and of the data.
_ROUGH_STEPS = (
    (0.3, 0.3, 0.0),
    (0.3, 1.0, 0.0),
    (0.3, 1.0, 0.2),
    (0.3, 1.0, 0.6),
)
_ANCHORED = 5
_SEEN = 0.45
_SQUEEZES = (1.25, 1.0, 0.78, 0.6)
_FINE_STEPS = (
    (0.1, 1.0, 1.0),
    (0.03, 1.0, 1.0),
    (0.01, 1.0, 1.0),
    (0.003, 1.0, 1.0),
)
_SLIPS = 3
_CREASES = (3.0, 2.0, 1.5)


Window = tuple[slice, slice]


@dataclass
class Sheet:
    """A symbol's grid in the picture: a flat grid, and how far each module is pushed from it.

    `push` is in modules, (column, row) for each module with MARGIN around.
    """

    version: int
    matrix: Matrix
    push: Plane = field(init=False)

    def __post_init__(self) -> None:
        side = symbol(self.version).size + 2 * MARGIN
        self.push = np.zeros((side, side, 2), np.float32)

    def positions(self, fine: int) -> tuple[Plane, Plane]:
        """Where `fine` by `fine` points of each module lie in the picture."""
        side = len(self.push)
        push = cv2.resize(self.push, (side * fine, side * fine), interpolation=cv2.INTER_CUBIC)
        line = (np.arange(side * fine) + 0.5) / fine - MARGIN
        return self.pixels(line[None, :] + push[..., 0], line[:, None] + push[..., 1])

    def pixels(self, u: Plane | Matrix, v: Plane | Matrix) -> tuple[Plane, Plane]:
        """Where places of the flat grid lie in the picture, as cv2.remap counts."""
        m = self.matrix
        w = m[2, 0] * u + m[2, 1] * v + m[2, 2]
        w = np.where(np.abs(w) < 1e-6, 1e-6, w)
        x = (m[0, 0] * u + m[0, 1] * v + m[0, 2]) / w - 0.5
        y = (m[1, 0] * u + m[1, 1] * v + m[1, 2]) / w - 0.5
        limit = 30000.0
        return (
            np.clip(x, -limit, limit).astype(np.float32),
            np.clip(y, -limit, limit).astype(np.float32),
        )

    def flatten(self, picture: Plane, fine: int) -> Plane:
        """The picture with the paper ironed flat, `fine` points a module."""
        x, y = self.positions(fine)
        return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderValue=0), np.float32)

    def corners(self) -> list[tuple[float, float]]:
        """The symbol's corners in the picture, clockwise from its top left."""
        x, y = self.positions(2)
        near, far = 2 * MARGIN, -2 * MARGIN - 1
        places = ((near, near), (near, far), (far, far), (far, near))
        return [(float(x[place]), float(y[place])) for place in places]


def fit_roughly(sheet: Sheet, dark: Plane) -> float:
    """Bend the sheet so far that right and wrong guesses part; how well it lies, 2 at best."""
    windows = [w for w in _finder_windows(sheet.version) if _squeeze(sheet, dark, w)]
    seen = np.zeros(sheet.push.shape[:2], np.float32)
    for _ in range(_ANCHORED):
        look = _Look(sheet, dark, _ROUGHLY, 0.0, 0.0)
        for window in windows:
            _anchor(sheet, look, window)
            seen[window] = 1
    _spread(sheet, seen)
    for stiffness, *trust in _ROUGH_STEPS:
        _bend(sheet, _Look(sheet, dark, _ROUGHLY, *trust), stiffness)
    return plainness(sheet, dark)


def fit_finely(sheet: Sheet, dark: Plane) -> None:
    """Bend a sheet that lies roughly until it lies well, creases included."""
    for stiffness, *trust in _FINE_STEPS:
        _bend(sheet, _Look(sheet, dark, _FINELY, *trust), stiffness)
    for _ in range(_SLIPS):
        _slip(sheet, _Look(sheet, dark, _FINELY))
    for width in _CREASES:
        _crease(sheet, _Look(sheet, dark, _FINELY), width)


def plainness(sheet: Sheet, dark: Plane) -> float:
    """How black and white the modules' middles are, and how right the fixed patterns."""
    known = _known(sheet.version)
    middle = sheet.flatten(dark, _ROUGHLY)[1::_ROUGHLY, 1::_ROUGHLY]
    middle = np.clip(middle, -1, 1)
    right = float((middle * known).sum() / np.abs(known).sum())
    inner = middle[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return right + float(np.abs(inner).mean())


@cache
def _known(version: int) -> Plane:
    """The fixed colours; one ring of the quiet zone counts a little, print may be near."""
    known = np.pad(symbol(version).known.astype(np.float32), 1, constant_values=-0.5)
    return np.pad(known, MARGIN - 1)


@cache
def _finder_windows(version: int) -> tuple[Window, ...]:
    """The finders with their light rims, as parts of the sheet."""
    near = slice(MARGIN - 1, MARGIN + 8)
    far = slice(near.start + symbol(version).size - 7, near.stop + symbol(version).size - 7)
    return (near, near), (near, far), (far, near)


@cache
def _finders(version: int) -> NDArray[np.bool_]:
    inside = np.zeros(_known(version).shape, np.bool_)
    for window in _finder_windows(version):
        inside[window] = True
    return inside


class _Look:
    """One look at the sheet as it lies: what speaks for which push.

    `sums` are, per module, the weighted sums gx², gx·gy, gy², gx·r, gy·r of the picture's slopes
    and its differences from the symbol as it is believed to be; `weight` is the trust in each.
    """

    def __init__(
        self, sheet: Sheet, dark: Plane, fine: int, fixed: float = 1.0, trust: float = 1.0
    ) -> None:
        seen = sheet.flatten(dark, fine)
        known = _known(sheet.version)
        middle = cv2.blur(seen, (3, 3))[fine // 2 :: fine, fine // 2 :: fine]
        data = np.clip(middle * 2, -1, 1)
        colour = np.where(known != 0, np.sign(known), data).astype(np.float32)
        weight = np.where(known != 0, fixed * np.abs(known), trust * data**2)
        weight = np.where(_finders(sheet.version), 1.0, weight)
        rim = np.pad(np.ones_like(weight[1:-1, 1:-1]), 1)
        self.weight = (weight * rim).astype(np.float32)
        drawn = cv2.resize(colour, seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
        believed = cv2.GaussianBlur(drawn, (0, 0), 0.35 * fine)
        soft = cv2.GaussianBlur(seen, (0, 0), 0.25 * fine)
        across = cv2.Scharr(soft, cv2.CV_32F, 1, 0) * (fine / 32)
        down = cv2.Scharr(soft, cv2.CV_32F, 0, 1) * (fine / 32)
        off = np.clip(believed - soft, -1, 1)
        sums = np.stack([across**2, across * down, down**2, across * off, down * off], axis=-1)
        each = cv2.resize(sums, known.shape, interpolation=cv2.INTER_AREA)
        self.sums = np.asarray(each * self.weight[..., None], np.float32)


@cache
def _lines(side: int) -> Matrix:
    """Chebyshev polynomials at each module of a row, up to twice _DEGREES."""
    lines = np.polynomial.chebyshev.chebvander(np.linspace(-1, 1, side), 2 * _DEGREES)
    return np.asarray(lines, np.float64)


_ROWS, _COLUMNS = np.array([(i, j) for i in range(_DEGREES + 1) for j in range(_DEGREES + 1 - i)]).T
_BENDS = np.where(_ROWS + _COLUMNS < 2, 0.0, (_ROWS**2.0 + _COLUMNS**2) ** 2)


def _products(weight: Matrix) -> Matrix:
    """Weighted sums of the products of any two fields, by T_i T_j = (T_i+j + T_|i-j|) / 2."""
    lines = _lines(len(weight))
    sums = lines.T @ weight @ lines
    rows = [np.add.outer(_ROWS, _ROWS), np.abs(np.subtract.outer(_ROWS, _ROWS))]
    columns = [np.add.outer(_COLUMNS, _COLUMNS), np.abs(np.subtract.outer(_COLUMNS, _COLUMNS))]
    total = sum(sums[row, column] for row in rows for column in columns)
    return np.asarray(total / 4, np.float64)


def _bend(sheet: Sheet, look: _Look, stiffness: float) -> None:
    sums = np.moveaxis(look.sums.astype(np.float64), -1, 0)
    # What is solved for is the whole field, not its change, so that it stays as smooth.
    whole = sheet.push.astype(np.float64)
    x = sums[3] + sums[0] * whole[..., 0] + sums[1] * whole[..., 1]
    y = sums[4] + sums[1] * whole[..., 0] + sums[2] * whole[..., 1]
    field = _smooth((sums[0], sums[1], sums[2], x, y), stiffness * float(look.weight.sum()))
    sheet.push += np.clip(field - sheet.push, -1, 1)


def _spread(sheet: Sheet, weight: Plane) -> None:
    """Let the whole sheet follow the push where there is weight."""
    even = weight.astype(np.float64)
    x, y = even * sheet.push[..., 0], even * sheet.push[..., 1]
    sheet.push = _smooth((even, np.zeros_like(even), even, x, y), 0.02 * float(weight.sum()))


def _smooth(sums: Sequence[Matrix], stiffness: float) -> Plane:
    """The smooth field that best fulfils each module's equations xx·u + xy·v = x, and so on."""
    xx, xy, yy = (_products(each) for each in sums[:3])
    lines = _lines(len(sums[0]))
    right = [(lines.T @ each @ lines)[_ROWS, _COLUMNS] for each in sums[3:]]
    left = np.block([[xx, xy], [xy, yy]])
    left[np.diag_indices(len(left))] += np.tile(stiffness * _BENDS / 100 + 1e-3, 2)
    answer = np.linalg.solve(left, np.concatenate(right)).reshape(2, -1)
    field = np.zeros((*sums[0].shape, 2), np.float32)
    for axis, parts in enumerate(answer):
        mix = np.zeros((2 * _DEGREES + 1,) * 2)
        mix[_ROWS, _COLUMNS] = parts
        field[..., axis] = lines @ mix @ lines.T
    return field


def _squeeze(sheet: Sheet, dark: Plane, window: Window) -> bool:
    """Find how much smaller or larger a finder is than the flat grid has it, if it is seen."""
    colours = _known(sheet.version)[window]
    off_v, off_u = np.mgrid[-4:5, -4:5].astype(np.float32)
    v0, u0 = (float(part.start) + 4.5 - MARGIN for part in window)
    best = _SEEN * float(np.abs(colours).sum())
    push = None
    for wide, tall in product(_SQUEEZES, _SQUEEZES):
        x, y = sheet.pixels(u0 + wide * off_u, v0 + tall * off_v)
        seen = cv2.remap(dark, x, y, cv2.INTER_LINEAR, borderValue=0)
        score = float((np.clip(seen, -1, 1) * colours).sum()) - 2 * abs(wide - tall)
        if score > best:
            best = score
            push = np.stack([(wide - 1) * off_u, (tall - 1) * off_v], axis=-1)
    if push is not None:
        sheet.push[window] = push
    return push is not None


def _anchor(sheet: Sheet, look: _Look, window: Window) -> None:
    """Move, turn and stretch one finder by itself."""
    sums = look.sums[window].reshape(-1, 5).astype(np.float64)
    v, u = np.mgrid[-1:1:9j, -1:1:9j]
    parts = np.stack([np.ones(81), u.ravel(), v.ravel()], axis=1)
    xx, xy, yy = (parts.T @ (sums[:, k, None] * parts) for k in range(3))
    left = np.block([[xx, xy], [xy, yy]]) + 0.05 * np.eye(6)
    answer = np.linalg.solve(left, np.concatenate([parts.T @ sums[:, 3], parts.T @ sums[:, 4]]))
    step = np.clip(parts @ answer.reshape(2, 3).T, -0.8, 0.8)
    sheet.push[window] += step.reshape(9, 9, 2).astype(np.float32)


def _slip(sheet: Sheet, look: _Look) -> None:
    """Push whole rows and whole columns: where the paper slipped under the print head."""
    for axis, square, gain in ((0, 0, 3), (1, 2, 4)):
        # A push across is the same all down a column, one down all along a row.
        slopes, gains = (look.sums[..., k].sum(axis=axis) for k in (square, gain))
        pair = cv2.GaussianBlur(np.stack([slopes, gains]), (0, 0), sigmaX=0.8, sigmaY=0.01)
        step = pair[1] / (pair[0] + 0.1 * float(np.median(pair[0])) + 1e-6)
        step = np.clip(step, -0.3, 0.3).astype(np.float32)
        sheet.push[..., axis] += step[None, :] if axis == 0 else step[:, None]


def _crease(sheet: Sheet, look: _Look, width: float) -> None:
    """A last push for each place by itself, as its surroundings of `width` modules say."""
    sums = cv2.GaussianBlur(look.sums, (0, 0), width)
    xx, xy, yy, x, y = np.moveaxis(sums, -1, 0)
    firm = 0.15 * float(np.median(xx + yy)) + 1e-6
    xx, yy = xx + firm, yy + firm
    area = xx * yy - xy**2
    step = np.stack([(yy * x - xy * y) / area, (xx * y - xy * x) / area], axis=-1)
    sheet.push += cv2.GaussianBlur(np.clip(step, -0.4, 0.4), (0, 0), width / 2)
