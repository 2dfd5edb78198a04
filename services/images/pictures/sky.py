"""The background of a city's pictures: a night sky with orbits over a planet's lit edge."""

import math
import random
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.images.pictures.paint import WHITE, Theme, mix

Plane = NDArray[np.float32]

_FINE = 3
_GLOW = 38  # pixels over which the glow falls to a third
_CUT = 0.04  # a glow weaker than this is none


@lru_cache(maxsize=8)
def sky(size: tuple[int, int], horizon: int, theme: Theme) -> Image.Image:
    """Stars, orbits and the lit edge of a planet whose top is at `horizon`. Do not draw on it."""
    image = _dusk(size, horizon, theme)
    light = Image.new("L", (size[0] * _FINE, horizon * _FINE))
    draw = ImageDraw.Draw(light)
    _orbits(draw, size)
    _stars(draw, size, horizon)
    image.paste(mix(theme.mist, WHITE, 0.6), (0, 0), light.reduce(_FINE))
    return image


def _dusk(size: tuple[int, int], horizon: int, theme: Theme) -> Image.Image:
    """Night above, a glow along the planet's edge, the planet below.

    The glow is cut off where it no longer shows: above it every row is of one colour, which is
    what keeps the file small.
    """
    width, height = size
    first = horizon - round(_GLOW * math.log(1 / _CUT))
    rows = np.arange(height, dtype=np.float32)[:, None]
    air = np.clip(rows / horizon, 0, 1) ** 1.4
    glow, inside, rim = _shine(width, rows[first:] - horizon)
    bright, ground = mix(theme.accent, WHITE, 0.15), mix(theme.night, theme.primary, 0.5)
    colours = np.empty((height, width, 3), np.uint8)
    for band in range(3):
        dusk = theme.night[band] + (theme.primary[band] - theme.night[band]) * air
        colours[:first, :, band] = dusk[:first].round()
        lit = dusk[first:] + (bright[band] - dusk[first:]) * glow
        earth = ground[band] + (theme.accent[band] - ground[band]) * rim
        colours[first:, :, band] = lit + (earth - lit) * inside
    colours[first:] &= 0xFC  # finer steps are not seen there and double the file
    return Image.fromarray(colours)


def _shine(width: int, below: Plane) -> tuple[Plane, Plane, Plane]:
    """Shares of the glow, of the planet and of its lit rim, for rows from the horizon down."""
    radius = width * 1.35
    x = np.arange(width, dtype=np.float32)[None, :]
    above = np.hypot(x - width * 0.5, below - radius) - radius
    side = np.clip(0.35 + x / width * 0.9, 0, 1)
    glow = np.clip(np.exp(-np.clip(above, 0, None) / _GLOW) - _CUT, 0, None) * side * 0.85
    rim = np.clip(np.exp(np.clip(above, None, 0) / 16) - _CUT, 0, None) * side * 0.7
    return glow, np.clip(0.5 - above, 0, 1), rim


def _stars(draw: ImageDraw.ImageDraw, size: tuple[int, int], horizon: int) -> None:
    """Many on the right; where words stand, on the left, few: specks there look like dirt."""
    chance = random.Random(1857)  # the year Tsiolkovsky was born: always the same sky
    for _ in range(220):
        x, y = chance.uniform(0, size[0]), chance.random() ** 1.5 * (horizon - 60)
        radius = chance.choice((0.7, 0.7, 0.9, 1.2, 1.7))
        light = chance.randint(70, 210)
        among_words = x < 0.63 * size[0] and not 0.3 < y / horizon < 0.55
        if not among_words:
            draw.circle((x * _FINE, y * _FINE), radius * _FINE, fill=light)


def _orbits(draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    centre = (size[0] * 0.86, size[1] * 0.2)
    for radius, light in ((540, 30), (390, 46), (250, 66)):
        points = [_on_ellipse(centre, radius, step / 180 * math.pi) for step in range(361)]
        draw.line([(x * _FINE, y * _FINE) for x, y in points], light, width=5, joint="curve")


def _on_ellipse(centre: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    x, y = radius * math.cos(turn), radius * 0.42 * math.sin(turn)
    tilt = -0.5
    return (
        centre[0] + x * math.cos(tilt) - y * math.sin(tilt),
        centre[1] + x * math.sin(tilt) + y * math.cos(tilt),
    )
