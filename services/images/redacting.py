"""A copy of a photo on which rectangles are black, and the board that helps to name them."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from services.images.contract import Shares
from services.images.keeping import LONGEST
from services.images.opening import open_colour
from services.images.pictures.text import Style, put, width

BOARD = 8
"""Columns and rows of the board, as on a chess board."""
LETTERS = "ABCDEFGH"

_QUALITY = 80
_BLOCK = 16
"""JPEG mixes the pixels of a block: one that is touched is blackened whole, ..."""
_BLEED = 2
"""... and a little more, because colours run over into the next block when it is opened."""
_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)


def redact(data: bytes, rectangles: Sequence[Shares]) -> bytes:
    """A JPEG with the rectangles black: it is the same whatever they hid.

    Nothing else of the file survives, as with `keep`. Raises Unopenable.
    """
    image = open_colour(data, LONGEST)
    _blacken(image, rectangles)
    return _jpeg(image)


def board(data: bytes, rectangles: Sequence[Shares]) -> bytes:
    """The photo as `redact` would show it, under lines, letters and numbers that name its cells."""
    image = open_colour(data, LONGEST)
    _blacken(image, rectangles)
    draw = ImageDraw.Draw(image, "RGBA")
    style = Style("bold", max(14, min(image.size) // (BOARD * 3)))
    for step in range(1, BOARD):
        across = image.width * step // BOARD
        down = image.height * step // BOARD
        _line(draw, (across, 0, across, image.height))
        _line(draw, (0, down, image.width, down))
    for column, letter in enumerate(LETTERS):
        for row in range(BOARD):
            corner = (image.width * column // BOARD, image.height * row // BOARD)
            _name(draw, corner, f"{letter}{row + 1}", style)
    return _jpeg(image)


def _line(draw: ImageDraw.ImageDraw, ends: tuple[int, int, int, int]) -> None:
    """Seen on light and on dark alike."""
    draw.line(ends, fill=(0, 0, 0, 150), width=4)
    draw.line(ends, fill=(255, 255, 255, 230), width=2)


def _name(draw: ImageDraw.ImageDraw, corner: tuple[int, int], name: str, style: Style) -> None:
    left, top = corner[0] + 3, corner[1] + 3
    room = (left, top, left + int(width(name, style)) + 6, top + style.size + 6)
    draw.rectangle(room, fill=(0, 0, 0, 140))
    put(draw, (left + 3, top + style.size), name, style, _WHITE)


def _blacken(image: Image.Image, rectangles: Sequence[Shares]) -> None:
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom in rectangles:
        across = _outwards(left, right, image.width)
        down = _outwards(top, bottom, image.height)
        if across and down:
            draw.rectangle((across[0], down[0], across[1] - 1, down[1] - 1), fill=_BLACK)


def _outwards(start: float, end: float, side: int) -> tuple[int, int] | None:
    """The pixels from one share of a side to another, out to whole blocks; None: there are none."""
    start, end = max(0.0, min(start, end)) * side, min(1.0, max(start, end)) * side
    if end <= start:
        return None
    first = int(start // _BLOCK) * _BLOCK - _BLEED
    last = -int(-end // _BLOCK) * _BLOCK + _BLEED
    return max(0, first), min(side, last)


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
