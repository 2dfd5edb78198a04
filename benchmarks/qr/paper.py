"""The receipt as paper: dots of a thermal print head, fading, dead lines and feed gaps."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import services.images
from benchmarks.qr.receipt import Receipt, receipt

Plane = NDArray[Any]  # of float32
Box = tuple[int, int, int, int]

DOTS = 8  # per millimetre: a print head of 203 dpi
FINE = 2  # points of the drawn paper per dot
_FONT = Path(services.images.__file__).parent / "fonts" / "PTMono-Regular.ttf"


@dataclass
class Print:
    """What the head has to burn: 1 is ink, in dots. `codes` are boxes without quiet zones."""

    ink: NDArray[np.uint8]
    codes: list[Box]
    texts: tuple[str, ...]
    module: int  # dots a module of the first code
    correctable: float  # share of the first code's words that may be lost


@dataclass
class Paper:
    """How much light the paper gives back, 0 to 1, at `per_mm` points a millimetre."""

    light: Plane
    per_mm: float
    codes: list[Box]
    module_mm: float
    correctable: float
    texts: tuple[str, ...]


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size)


def matrix(text: str, level: str) -> NDArray[np.uint8]:
    """The code's modules, 1 is dark, without a quiet zone."""
    rows = segno.make(text, error=level, boost_error=False, micro=False).matrix
    return np.array([list(row) for row in rows], np.uint8)


def till(rng: Random, codes: tuple[str, ...] = ("fiscal",)) -> Print:
    """Print a receipt with the codes named: of `fiscal` and `payment`, or none."""
    columns = rng.choice((32, 32, 48))
    sale = receipt(rng, columns)
    level = rng.choice("LLMMMMQ")
    words = {"fiscal": sale.text, "payment": sale.payment}
    squares = [(words[code], matrix(words[code], level)) for code in codes]
    module = rng.choice((5, 5, 6, 6, 7)) if columns == 48 else rng.choice((4, 5, 5, 6))
    width = columns * 12
    while squares and sum(len(square) + 5 for _, square in squares) * module > width:
        module -= 1
    ink, boxes = _layout(rng, sale, [square for _, square in squares], module, width)
    share = {"L": 0.07, "M": 0.15, "Q": 0.25}[level]
    return Print(ink, boxes, tuple(text for text, _ in squares), module, share)


def _layout(
    rng: Random, sale: Receipt, squares: list[NDArray[np.uint8]], module: int, width: int
) -> tuple[NDArray[np.uint8], list[Box]]:
    margin, step = rng.choice((28, 36)), rng.choice((24, 26))
    lines = list(sale.lines)
    quiet = rng.choice((2, 3, 4)) * module
    sides = [len(square) * module for square in squares]
    tall = max(sides, default=0) + 2 * quiet
    beside = len(squares) == 1 and width - sides[0] - quiet > 280 and rng.random() < 0.5
    top = margin + step * (len(lines) - (3 if beside else 0))
    height = max(top + tall, margin + step * len(lines)) + rng.randint(40, 220)
    picture = Image.new("L", (width + 2 * margin, height), 0)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    for row, line in enumerate(lines):
        pen.text((margin, margin + row * step), line, fill=1, font=font(20))
    if rng.random() < 0.7:
        pen.text((margin, top + tall), "СПАСИБО ЗА ПОКУПКУ!", fill=1, font=font(20))
    ink = np.array(picture)
    gap = (width - sum(sides)) // (len(sides) + 1)
    left = margin + (width - sides[0] if beside else gap)
    boxes = []
    for square, side in zip(squares, sides, strict=True):
        y = top + quiet
        ink[y - quiet : y + side + quiet, left - quiet : left + side + quiet] = 0
        ink[y : y + side, left : left + side] = np.kron(square, np.ones((module, module), np.uint8))
        boxes.append((left, y, left + side, y + side))
        left += side + gap
    return ink, boxes


def dead_lines(work: Print, rng: Random, count: int, thick: int) -> None:
    """Burnt-out elements of the head leave white columns all along the paper."""
    left, _, right, _ = work.codes[0] if work.codes else (40, 0, work.ink.shape[1] - 40, 0)
    for _ in range(count):
        at = rng.randint(left, right - thick)
        work.ink[:, at : at + rng.randint(max(1, thick - 1), thick)] = 0


def row_gaps(work: Print, rng: Random, count: int, thick: int) -> None:
    """A dirty roller: white rows where it slips ahead, lost rows where it stays."""
    _, top, _, bottom = work.codes[0] if work.codes else (0, 40, 0, work.ink.shape[0] - 40)
    for _ in range(count):
        at = rng.randint(top, bottom - thick)
        lost = rng.randint(1, thick)
        if rng.random() < 0.5:
            work.ink[at : at + lost] = 0
        else:
            stay = np.delete(work.ink, slice(at, at + lost), axis=0)
            work.ink[:] = np.pad(stay, ((0, lost), (0, 0)))


def burn(work: Print, noise: np.random.Generator, contrast: float, patchy: float) -> Paper:
    """Ink on thermal paper: dots that run a little, heat that varies, contrast that fades."""
    dots = cv2.resize(work.ink, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_NEAREST)
    dark = cv2.GaussianBlur(dots.astype(np.float32), (0, 0), float(noise.uniform(0.7, 1.3)))
    dark = np.clip((dark - 0.08) * 1.15, 0, 1)
    if patchy:
        dark *= 1 - patchy * cloud(noise, dark.shape, 90.0)
    grain = noise.normal(0, 0.012, (dark.shape[0] // 2 + 1, dark.shape[1] // 2 + 1))
    grain = np.asarray(cv2.resize(grain.astype(np.float32), dark.shape[::-1]))
    light = np.float32(0.93) * (1 - np.float32(contrast) * dark) + grain
    boxes = [(l * FINE, t * FINE, r * FINE, b * FINE) for l, t, r, b in work.codes]  # noqa: E741
    return Paper(light, DOTS * FINE, boxes, work.module / DOTS, work.correctable, work.texts)


def cloud(noise: np.random.Generator, shape: tuple[int, ...], size: float) -> Plane:
    """Smooth random patches of about `size` points, from 0 to 1."""
    rows, columns = int(shape[0] / size) + 3, int(shape[1] / size) + 3
    small = noise.random((rows, columns)).astype(np.float32)
    big = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(big, 0, 1)
