"""A grid that bends with the paper.

The symbol as it is believed to be (fixed patterns, and the data as far as it can be told) is
drawn flat and laid over the picture; where it does not lie, the picture's own slopes tell which
way to push (Lucas and Kanade, 1981). The push is a smooth field of Chebyshev polynomials whose
stiffness is relaxed step by step: first the sheet turns and tilts, then it bends, then it creases.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from services.images.grid.anchoring import ROUGHLY, align, anchor, squeeze
from services.images.grid.finding import Matrix
from services.images.grid.light import Plane
from services.images.grid.sheet import MARGIN, Look, Sheet, finder_windows, known

_DEGREES = 7
_FINELY = 5  # points a module, at last

# Stiffness, and the weights of the fixed patterns besides the finders and of the data.
_ROUGH_STEPS = (
    (0.3, 0.3, 0.0),
    (0.3, 1.0, 0.0),
    (0.3, 1.0, 0.2),
    (0.3, 1.0, 0.6),
)
_ANCHORED = 5
_FINE_STEPS = (
    (0.1, 1.0, 1.0),
    (0.03, 1.0, 1.0),
    (0.01, 1.0, 1.0),
    (0.003, 1.0, 1.0),
)
_SLIPS = 3
_CREASES = (3.0, 2.0, 1.5)


def fit_roughly(sheet: Sheet, dark: Plane) -> float:
    """Bend the sheet so far that right and wrong guesses part; how well it lies, 2 at best."""
    windows = [w for w in finder_windows(sheet.version) if squeeze(sheet, dark, w)]
    seen = np.zeros(sheet.push.shape[:2], np.float32)
    for _ in range(_ANCHORED):
        look = Look(sheet, dark, ROUGHLY, 0.0, 0.0)
        for window in windows:
            anchor(sheet, look, window)
            seen[window] = 1
    _spread(sheet, seen)
    if align(sheet, dark, seen):
        _spread(sheet, seen)
    for stiffness, *trust in _ROUGH_STEPS:
        _bend(sheet, Look(sheet, dark, ROUGHLY, *trust), stiffness)
    return _plainness(sheet, dark)


def fit_finely(sheet: Sheet, dark: Plane) -> None:
    """Bend a sheet that lies roughly until it lies well, creases included."""
    for stiffness, *trust in _FINE_STEPS:
        _bend(sheet, Look(sheet, dark, _FINELY, *trust), stiffness)
    for _ in range(_SLIPS):
        _slip(sheet, Look(sheet, dark, _FINELY))
    for width in _CREASES:
        _crease(sheet, Look(sheet, dark, _FINELY), width)


def _plainness(sheet: Sheet, dark: Plane) -> float:
    """How black and white the modules' middles are, and how right the fixed patterns."""
    fixed = known(sheet.version)
    middle = sheet.flatten(dark, ROUGHLY)[1::ROUGHLY, 1::ROUGHLY]
    middle = np.clip(middle, -1, 1)
    right = float((middle * fixed).sum() / np.abs(fixed).sum())
    inner = middle[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return right + float(np.abs(inner).mean())


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


def _bend(sheet: Sheet, look: Look, stiffness: float) -> None:
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


def _slip(sheet: Sheet, look: Look) -> None:
    """Push whole rows and whole columns: where the paper slipped under the print head."""
    for axis, square, gain in ((0, 0, 3), (1, 2, 4)):
        # A push across is the same all down a column, one down all along a row.
        slopes, gains = (look.sums[..., k].sum(axis=axis) for k in (square, gain))
        pair = cv2.GaussianBlur(np.stack([slopes, gains]), (0, 0), sigmaX=0.8, sigmaY=0.01)
        step = pair[1] / (pair[0] + 0.1 * float(np.median(pair[0])) + 1e-6)
        step = np.clip(step, -0.3, 0.3).astype(np.float32)
        sheet.push[..., axis] += step[None, :] if axis == 0 else step[:, None]


def _crease(sheet: Sheet, look: Look, width: float) -> None:
    """A last push for each place by itself, as its surroundings of `width` modules say."""
    sums = cv2.GaussianBlur(look.sums, (0, 0), width)
    xx, xy, yy, x, y = np.moveaxis(sums, -1, 0)
    firm = 0.15 * float(np.median(xx + yy)) + 1e-6
    xx, yy = xx + firm, yy + firm
    area = xx * yy - xy**2
    step = np.stack([(yy * x - xy * y) / area, (xx * y - xy * x) / area], axis=-1)
    sheet.push += cv2.GaussianBlur(np.clip(step, -0.4, 0.4), (0, 0), width / 2)
