"""A grid that bends with the paper.

The symbol as it is believed to be (fixed patterns, and the data as far as it can be told) is
drawn flat and laid over the picture; where it does not lie, the picture's own slopes tell which
way to push (Lucas and Kanade, 1981). The push is a smooth field of Chebyshev polynomials whose
stiffness is relaxed step by step: first the sheet turns and tilts, then it bends, then it creases.
"""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from services.images.grid.finding import Matrix
from services.images.grid.light import Plane
from services.images.grid.symbol import symbol

FINE = 5  # points a module while fitting
MARGIN = 2  # modules of the quiet zone around
_DEGREES = 7

# (stiffness, weight of the data) of each step.
_STEPS = (
    (30.0, 0.0),
    (30.0, 0.0),
    (3.0, 0.0),
    (3.0, 0.05),
    (1.0, 0.2),
    (0.3, 0.5),
    (0.3, 1.0),
    (0.1, 1.0),
    (0.03, 1.0),
    (0.01, 1.0),
    (0.01, 1.0),
    (0.003, 1.0),
)


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
        u, v = line[None, :] + push[..., 0], line[:, None] + push[..., 1]
        m = self.matrix
        w = m[2, 0] * u + m[2, 1] * v + m[2, 2]
        w = np.where(np.abs(w) < 1e-6, 1e-6, w)
        x = (m[0, 0] * u + m[0, 1] * v + m[0, 2]) / w - 0.5
        y = (m[1, 0] * u + m[1, 1] * v + m[1, 2]) / w - 0.5
        limit = 30000.0  # of cv2.remap
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


def fit(sheet: Sheet, dark: Plane) -> float:
    """Bend the sheet until it lies on the picture; how well it does, 1 at best."""
    known = _known(sheet.version)
    for stiffness, trust in _STEPS:
        seen = sheet.flatten(dark, FINE)
        believed, weight = _belief(seen, known, trust)
        _bend(sheet, seen, believed, weight, stiffness)
    for width in (3.0, 2.0, 1.5):
        seen = sheet.flatten(dark, FINE)
        believed, weight = _belief(seen, known, 1.0)
        _crease(sheet, seen, believed, weight, width)
    return plainness(sheet, dark)


def plainness(sheet: Sheet, dark: Plane) -> float:
    """How black and white the modules' middles are, and how right the fixed patterns."""
    known = _known(sheet.version)
    middle = sheet.flatten(dark, FINE)[FINE // 2 :: FINE, FINE // 2 :: FINE]
    middle = np.clip(middle, -1, 1)
    right = float((middle * known).sum() / np.abs(known).sum())
    inner = middle[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return right + float(np.abs(inner).mean())


@cache
def _known(version: int) -> Plane:
    """The fixed colours; one ring of the quiet zone counts a little, print may be near."""
    known = np.pad(symbol(version).known.astype(np.float32), 1, constant_values=-0.5)
    return np.pad(known, MARGIN - 1)


def _belief(seen: Plane, known: Plane, trust: float) -> tuple[Plane, Plane]:
    """The symbol drawn as it is thought to be, and how far each module is to be trusted."""
    middle = cv2.blur(seen, (3, 3))[FINE // 2 :: FINE, FINE // 2 :: FINE]
    data = np.clip(middle * 2, -1, 1)
    colour = np.where(known != 0, np.sign(known), data).astype(np.float32)
    weight = np.where(known != 0, np.abs(known), trust * data**2).astype(np.float32)
    rim = np.ones_like(weight)
    rim[1:-1, 1:-1] = 0
    weight[rim > 0] = 0
    side = len(known) * FINE
    drawn = cv2.resize(colour, (side, side), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.35 * FINE), np.float32), weight


def _equations(seen: Plane, believed: Plane, weight: Plane) -> Plane:
    """Per module the weighted sums (gx², gx·gy, gy², gx·r, gy·r) of slopes and differences."""
    soft = cv2.GaussianBlur(seen, (0, 0), 0.25 * FINE)
    across = cv2.Scharr(soft, cv2.CV_32F, 1, 0) * (FINE / 32)
    down = cv2.Scharr(soft, cv2.CV_32F, 0, 1) * (FINE / 32)
    off = np.clip(believed - soft, -1, 1)
    sums = np.stack([across**2, across * down, down**2, across * off, down * off], axis=-1)
    size = weight.shape[::-1]
    return np.asarray(cv2.resize(sums, size, interpolation=cv2.INTER_AREA) * weight[..., None])


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


def _bend(sheet: Sheet, seen: Plane, believed: Plane, weight: Plane, stiffness: float) -> None:
    sums = np.moveaxis(_equations(seen, believed, weight).astype(np.float64), -1, 0)
    xx, xy, yy = (_products(each) for each in sums[:3])
    # What is solved for is the whole field, not its change, so that it stays as smooth.
    whole = sheet.push.astype(np.float64)
    x = sums[3] + sums[0] * whole[..., 0] + sums[1] * whole[..., 1]
    y = sums[4] + sums[1] * whole[..., 0] + sums[2] * whole[..., 1]
    lines = _lines(len(whole))
    right = [(lines.T @ each @ lines)[_ROWS, _COLUMNS] for each in (x, y)]
    left = np.block([[xx, xy], [xy, yy]])
    stiff = stiffness * _BENDS * float(weight.sum()) / 100 + 1e-3
    left[np.diag_indices(len(left))] += np.tile(stiff, 2)
    answer = np.linalg.solve(left, np.concatenate(right)).reshape(2, -1)
    for axis, parts in enumerate(answer):
        mix = np.zeros((2 * _DEGREES + 1,) * 2)
        mix[_ROWS, _COLUMNS] = parts
        step = np.clip(lines @ mix @ lines.T - whole[..., axis], -1, 1)
        sheet.push[..., axis] += step.astype(np.float32)


def _crease(sheet: Sheet, seen: Plane, believed: Plane, weight: Plane, width: float) -> None:
    """A last push for each place by itself, as its surroundings of `width` modules say."""
    sums = cv2.GaussianBlur(_equations(seen, believed, weight), (0, 0), width)
    xx, xy, yy, x, y = np.moveaxis(sums, -1, 0)
    firm = 0.15 * float(np.median(xx + yy)) + 1e-6
    xx, yy = xx + firm, yy + firm
    area = xx * yy - xy**2
    step = np.stack([(yy * x - xy * y) / area, (xx * y - xy * x) / area], axis=-1)
    sheet.push += cv2.GaussianBlur(np.clip(step, -0.4, 0.4), (0, 0), width / 2)
