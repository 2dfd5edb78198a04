"""A symbol's grid as a sheet over the picture, and what a look at it tells."""

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from services.images.grid.finding import Matrix
from services.images.grid.light import Plane
from services.images.grid.symbol import symbol

MARGIN = 2  # modules of the quiet zone around

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


@cache
def known(version: int) -> Plane:
    """The fixed colours; one ring of the quiet zone counts a little, print may be near."""
    known = np.pad(symbol(version).known.astype(np.float32), 1, constant_values=-0.5)
    return np.pad(known, MARGIN - 1)


@cache
def finder_windows(version: int) -> tuple[Window, ...]:
    """The finders with their light rims, as parts of the sheet."""
    near = slice(MARGIN - 1, MARGIN + 8)
    far = slice(near.start + symbol(version).size - 7, near.stop + symbol(version).size - 7)
    return (near, near), (near, far), (far, near)


@cache
def finders(version: int) -> NDArray[np.bool_]:
    inside = np.zeros(known(version).shape, np.bool_)
    for window in finder_windows(version):
        inside[window] = True
    return inside


class Look:
    """One look at the sheet as it lies: what speaks for which push.

    `sums` are, per module, the weighted sums gx², gx·gy, gy², gx·r, gy·r of the picture's slopes
    and its differences from the symbol as it is believed to be; `weight` is the trust in each.
    """

    def __init__(
        self, sheet: Sheet, dark: Plane, fine: int, fixed: float = 1.0, trust: float = 1.0
    ) -> None:
        seen = sheet.flatten(dark, fine)
        fixed_colours = known(sheet.version)
        middle = cv2.blur(seen, (3, 3))[fine // 2 :: fine, fine // 2 :: fine]
        data = np.clip(middle * 2, -1, 1)
        colour = np.where(fixed_colours != 0, np.sign(fixed_colours), data).astype(np.float32)
        weight = np.where(fixed_colours != 0, fixed * np.abs(fixed_colours), trust * data**2)
        weight = np.where(finders(sheet.version), 1.0, weight)
        rim = np.pad(np.ones_like(weight[1:-1, 1:-1]), 1)
        self.weight = (weight * rim).astype(np.float32)
        drawn = cv2.resize(colour, seen.shape[::-1], interpolation=cv2.INTER_NEAREST)
        believed = cv2.GaussianBlur(drawn, (0, 0), 0.35 * fine)
        soft = cv2.GaussianBlur(seen, (0, 0), 0.25 * fine)
        across = cv2.Scharr(soft, cv2.CV_32F, 1, 0) * (fine / 32)
        down = cv2.Scharr(soft, cv2.CV_32F, 0, 1) * (fine / 32)
        off = np.clip(believed - soft, -1, 1)
        sums = np.stack([across**2, across * down, down**2, across * off, down * off], axis=-1)
        each = cv2.resize(sums, fixed_colours.shape, interpolation=cv2.INTER_AREA)
        self.sums = np.asarray(each * self.weight[..., None], np.float32)
