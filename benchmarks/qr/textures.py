"""Pictures without a code that readers may take for one, or waste their time on."""

from random import Random

import cv2
import numpy as np

from benchmarks.qr import damage
from benchmarks.qr.paper import Plane, cloud

_FINDER = np.pad(np.pad(np.ones((3, 3), np.float32), 1), 1, constant_values=1)


def texture(rng: Random, noise: np.random.Generator, level: int) -> Plane:
    """Bricks, a checkered cloth, static, or tiled finder patterns; worse with the level."""
    kind = rng.choice(("bricks", "checks", "static", "finders", "modules"))
    plane = {
        "bricks": _bricks,
        "checks": _checks,
        "static": _static,
        "finders": _finders,
        "modules": _modules,
    }[kind](rng, noise)
    rows, columns = plane.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), rng.uniform(0, 90), 1.5)
    turned = cv2.warpAffine(plane, turn, (columns, rows), borderMode=cv2.BORDER_REFLECT)
    photo = damage.uneven_light(turned, noise, 0.3)
    photo = damage.defocus(photo, 0.5 * level)
    return damage.sensor(photo, noise, 4.0 * level)


def _bricks(rng: Random, noise: np.random.Generator) -> Plane:
    high = rng.randint(24, 60)
    picture = np.full((1280, 960), 0.75, np.float32)
    for row, top in enumerate(range(0, 1280, high)):
        for left in range(-high * 2 * (row % 2) // 2, 960, high * 2):
            shade = float(noise.uniform(0.25, 0.5))
            corner = (left + high * 2 - 5, top + high - 5)
            cv2.rectangle(picture, (left, top), corner, shade, -1)
    return picture


def _checks(rng: Random, noise: np.random.Generator) -> Plane:
    size = rng.randint(4, 24)
    y, x = np.mgrid[:1280, :960] // size
    checks: Plane = 0.2 + 0.7 * ((x + y) % 2).astype(np.float32)
    return checks * (0.9 + 0.1 * cloud(noise, (1280, 960), 99))


def _static(rng: Random, noise: np.random.Generator) -> Plane:
    size = rng.randint(1, 6)
    small = noise.random((1280 // size + 1, 960 // size + 1)).astype(np.float32)
    large: Plane = np.kron(small, np.ones((size, size), np.float32))
    return large[:1280, :960]


def _finders(rng: Random, noise: np.random.Generator) -> Plane:
    size, gap = rng.randint(2, 6), rng.randint(1, 4)
    cell = np.kron(np.pad(_FINDER, (0, gap)), np.ones((size, size), np.float32))
    many = np.tile(cell, (1280 // len(cell) + 1, 960 // len(cell) + 1))[:1280, :960]
    return 0.9 - 0.8 * many


def _modules(rng: Random, noise: np.random.Generator) -> Plane:
    """Squares with three finder patterns and noise for data: codes that say nothing."""
    size = rng.randint(4, 8)
    picture = np.full((1280, 960), 0.9, np.float32)
    side = rng.choice((29, 33, 37))
    for top in range(40, 1280 - side * size, (side + 6) * size):
        for left in range(40, 960 - side * size, (side + 6) * size):
            square = noise.integers(0, 2, (side, side)).astype(np.float32)
            for y, x in ((0, 0), (0, 1), (1, 0)):
                square[y * (side - 8) :, x * (side - 8) :][:8, :8] = 0
                square[y * (side - 7) :, x * (side - 7) :][:7, :7] = _FINDER
            big = np.kron(square, np.ones((size, size), np.float32))
            picture[top : top + side * size, left : left + side * size] = 0.9 - 0.8 * big
    return picture
