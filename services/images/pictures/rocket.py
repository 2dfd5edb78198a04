"""The Vostok's outline, for the city where Tsiolkovsky worked out how such a thing would fly."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.images.pictures.paint import WHITE, Rgb, Theme, mix

Points = tuple[tuple[float, float], ...]

_FINE = 2
_HALF_WIDTH = 24
_LENGTH = 190  # of the drawing, in units of which the rocket itself takes 100

# Outlines in units: x from the axis, y downwards from the nose. Right halves are mirrored.
_FAIRING: Points = ((0, 0), (1.6, 2.6), (3.2, 7), (4.2, 13), (4.2, 25), (3.6, 27))
_THIRD_STAGE: Points = ((0, 27), (3.6, 27), (3.6, 35), (0, 35))
_LATTICE: Points = ((0, 35), (3.2, 35), (3.4, 38), (0, 38))
_CORE: Points = ((0, 38), (3.6, 38), (4.8, 50), (4.8, 60), (3.8, 95), (0, 95))
_BOOSTER: Points = ((4.4, 50), (5.6, 49.4), (13.4, 91), (13.4, 96), (5.2, 96))
_FRONT: Points = ((0, 52), (0.9, 53), (4.4, 92), (4.4, 97), (0, 97))
_NOZZLES = (-10.6, -7.8, -2.2, 2.2, 7.8, 10.6)


@lru_cache(maxsize=8)
def rocket(height: int, degrees: float, theme: Theme) -> Image.Image:
    """A climbing rocket with its flame, leaning to the right. Do not draw on it."""
    unit = height / 100 * _FINE
    canvas = Image.new("RGBA", (round(_HALF_WIDTH * 2 * unit), round(_LENGTH * unit)))
    canvas.alpha_composite(_flame(canvas.size, unit, theme))
    draw = ImageDraw.Draw(canvas)
    light, shade = mix(theme.mist, WHITE, 0.75), mix(theme.mist, theme.primary, 0.2)
    for x in _NOZZLES:
        _fill(draw, ((x - 0.9, 95), (x + 0.9, 95), (x + 1.4, 99), (x - 1.4, 99)), unit, theme.night)
    _both(draw, _BOOSTER, unit, mix(light, shade, 0.35), mix(shade, theme.primary, 0.25))
    for outline in (_CORE, _THIRD_STAGE, _FAIRING):
        _both(draw, outline, unit, light, shade)
    _both(draw, _LATTICE, unit, theme.primary, theme.night)
    _both(draw, _FRONT, unit, mix(light, WHITE, 0.5), mix(light, shade, 0.6))
    _fill(draw, ((-4.2, 20), (4.2, 20), (4.2, 22), (-4.2, 22)), unit, theme.accent)
    _fill(draw, ((-4.8, 56), (4.8, 56), (4.8, 57.2), (-4.8, 57.2)), unit, theme.accent)
    turned = canvas.rotate(-degrees, Image.Resampling.BICUBIC, expand=True).reduce(_FINE)
    return Image.fromarray(np.asarray(turned) & 0xF8)  # smoother would double the file


def _flame(size: tuple[int, int], unit: float, theme: Theme) -> Image.Image:
    """White at the nozzles, the accent further down, then nothing."""
    shape = Image.new("L", size, 0)
    draw = ImageDraw.Draw(shape)
    for x, spread, length in ((-9.4, 3.4, 46), (9.4, 3.4, 46), (0, 4.6, 82)):
        outline = ((x - spread, 97), (x + spread, 97), (x * 0.5, 97 + length))
        draw.polygon(_placed(outline, unit), fill=255)
    shape = shape.filter(ImageFilter.BoxBlur(1.6 * unit))
    below = (np.arange(size[1]) / unit - 97) / 82
    fading = np.clip(1 - below, 0, 1) ** 1.3 * (below > -0.03)
    alpha = np.asarray(shape, dtype=np.float32) * fading[:, None]
    hot = np.clip(1 - below * 3.2, 0, 1)[:, None]
    colour = np.array(theme.accent) * (1 - hot) + np.array((255, 250, 235)) * hot
    layers = np.empty((size[1], size[0], 4), np.uint8)
    layers[..., :3] = colour[:, None, :]
    layers[..., 3] = alpha
    return Image.fromarray(layers, "RGBA")


def _both(draw: ImageDraw.ImageDraw, half: Points, unit: float, lit: Rgb, shaded: Rgb) -> None:
    _fill(draw, tuple((-x, y) for x, y in half), unit, lit)
    _fill(draw, half, unit, shaded)


def _fill(draw: ImageDraw.ImageDraw, outline: Points, unit: float, colour: Rgb) -> None:
    if outline[0][0] == 0 and outline[-1][0] != 0:
        outline = (*outline, (0, outline[-1][1]))
    draw.polygon(_placed(outline, unit), fill=colour)


def _placed(outline: Points, unit: float) -> list[tuple[float, float]]:
    return [((x + _HALF_WIDTH) * unit, y * unit) for x, y in outline]
