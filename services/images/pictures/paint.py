"""Colours of a city, QR codes on their white plates, and the file that comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import segno
from PIL import Image, ImageColor, ImageDraw

Rgb = tuple[int, int, int]

WHITE: Rgb = (255, 255, 255)
QUIET = 4


@dataclass(frozen=True, slots=True)
class Theme:
    """A city's two colours, kept legible: the ink is dark on white, the accent bright on dark."""

    primary: Rgb
    accent: Rgb
    motif: str = "plain"

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Theme":
        """From `{"primary": "#rrggbb", "accent": "#rrggbb"}`.

        `"motif": "space"` adds the rocket, Kaluga's own.
        """
        return cls(
            _shaded(_rgb(facts["primary"]), 0.012, 0.13),
            _shaded(_rgb(facts["accent"]), 0.30, 0.62),
            facts.get("motif", "plain"),
        )

    @property
    def night(self) -> Rgb:
        return mix(self.primary, (2, 3, 12), 0.72)

    @property
    def ink(self) -> Rgb:
        return mix(self.primary, (6, 8, 20), 0.45)

    @property
    def mist(self) -> Rgb:
        """Secondary words on the dark."""
        return mix(self.primary, WHITE, 0.68)

    @property
    def stone(self) -> Rgb:
        """Secondary words on white; contrast at least 4.5."""
        return mix(self.primary, (120, 126, 140), 0.55)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with this share of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def put_qr(
    image: Image.Image, corner: tuple[int, int], room: int, text: str, *, error: str = "q"
) -> tuple[int, int, int]:
    """Draw the code in the middle of a white square of `room` pixels, as large as fits.

    Modules are whole pixels, and the four of the quiet zone are inside the square. Returns the
    left, top and side of the code itself. Raises ValueError when a module would be under 3
    pixels: nobody's camera would read that.
    """
    code = segno.make(text, error=error, micro=False, boost_error=False)
    side = len(code.matrix)
    scale = room // (side + 2 * QUIET)
    if scale < 3:
        raise ValueError("too much text for a code of this size")
    dots = Image.new("L", (side, side))
    dots.putdata([0 if dark else 255 for row in code.matrix for dark in row])
    edge = (room - side * scale) // 2
    at = (corner[0] + edge, corner[1] + edge)
    image.paste(dots.resize((side * scale, side * scale), Image.Resampling.NEAREST), at)
    return (*at, side * scale)


def smooth_box(
    size: tuple[int, int], radius: int, notches: tuple[int, ...] = (), bite: int = 0
) -> Image.Image:
    """A mask of a rounded box; at each x of `notches` a half circle is bitten out of both edges."""
    width, height = size
    mask = Image.new("L", (width * 2, height * 2), 0)
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), radius * 2, fill=255)
    for x in notches:
        for y in (0, height):
            draw.circle((x * 2, y * 2), bite * 2, fill=0)
    return mask.reduce(2)


def png(image: Image.Image) -> bytes:
    """The file; equal pixels give equal bytes. Level 8 would take twice as long for two percent."""
    out = BytesIO()
    image.save(out, "PNG", compress_level=7)
    return out.getvalue()


def _rgb(colour: str) -> Rgb:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _shaded(colour: Rgb, least: float, most: float) -> Rgb:
    """The colour, darkened or lightened until its luminance is within the bounds."""
    for _ in range(40):
        light = luminance(colour)
        if least <= light <= most:
            break
        colour = mix(colour, WHITE if light < least else (0, 0, 0), 0.06)
    return colour


def luminance(colour: Rgb) -> float:
    """Relative luminance by WCAG 2, from 0 for black to 1 for white."""
    parts = (part / 255 for part in colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
