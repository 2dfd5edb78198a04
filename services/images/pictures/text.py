"""Words on pictures: fonts with a Chinese fallback, lines that fit, no empty boxes ever."""

import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal

from PIL import ImageDraw, ImageFont

Face = Literal["display", "bold", "medium", "mono"]
Ink = tuple[int, int, int] | tuple[int, int, int, int]

_FONTS = Path(__file__).parent.parent / "fonts"
_FILES = {
    "display": "Unbounded-Bold.ttf",
    "bold": "Onest-Bold.ttf",
    "medium": "Onest-Medium.ttf",
    "mono": "PTMono-Regular.ttf",
    "chinese": "NotoSansSC-GB2312.ttf",
}
_ELLIPSIS = "…"
_STAND_IN = "·"


@dataclass(frozen=True, slots=True)
class Style:
    """A face at a size in pixels."""

    face: Face
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that fit, in the style in which they do."""

    lines: tuple[str, ...]
    style: Style


def clean(text: str, otherwise: str = "") -> str:
    """The text as our fonts can draw it.

    Fancy letters become plain ones; emoji and control characters go; a letter of a script we
    cannot draw becomes a dot, and where most letters would, `otherwise` is the better answer.
    """
    letters = missing = 0
    kept = []
    for char in unicodedata.normalize("NFC", text):
        drawn = _drawable(char)
        if unicodedata.category(char)[0] == "L":
            letters += 1
            missing += not drawn
            drawn = drawn or _STAND_IN
        kept.append(drawn)
    if missing * 2 > letters:
        return otherwise
    return " ".join("".join(kept).split()) or otherwise


def width(text: str, style: Style) -> float:
    """The advance of a cleaned text, in pixels."""
    return sum(font.getlength(run) for font, run in _runs(text, style))


def fit(text: str, face: Face, sizes: Sequence[int], room: int, lines: int = 1) -> Block:
    """The largest of the falling `sizes` at which the text takes at most `lines` lines.

    If it fits at none, it is cut with an ellipsis at the smallest.
    """
    for size in sizes:
        style = Style(face, size)
        wrapped = _wrap(text, style, room)
        if len(wrapped) <= lines:
            even = _balanced(wrapped, text, style, room) if len(wrapped) > 1 else wrapped
            return Block(tuple(even), style)
    last = wrapped[lines - 1]
    while last and width(last + _ELLIPSIS, style) > room:
        last = last[:-1].rstrip()
    return Block((*wrapped[: lines - 1], last + _ELLIPSIS), style)


def put(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    style: Style,
    ink: Ink,
    *,
    align: Literal["left", "middle", "right"] = "left",
) -> float:
    """Draw a cleaned line with its baseline at `at`; returns where it ends."""
    x, y = at
    if align != "left":
        x -= width(text, style) / (2 if align == "middle" else 1)
    for font, run in _runs(text, style):
        draw.text((round(x), y), run, fill=ink, font=font, anchor="ls")
        x += font.getlength(run)
    return x


def put_block(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    block: Block,
    ink: Ink,
    *,
    leading: float = 1.16,
    align: Literal["left", "middle", "right"] = "left",
) -> float:
    """Draw lines downwards from the first baseline; returns the last baseline."""
    x, y = at
    for number, line in enumerate(block.lines):
        y = at[1] + number * round(block.style.size * leading)
        put(draw, (x, y), line, block.style, ink, align=align)
    return y


def _wrap(text: str, style: Style, room: int) -> list[str]:
    lines = [""]
    for word in _words(text):
        if width((lines[-1] + word).rstrip(), style) <= room:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            if lines[-1] and width(lines[-1] + char, style) > room and char != " ":
                lines.append("")
            lines[-1] += char
    return [line.rstrip() for line in lines]


def _balanced(wrapped: list[str], text: str, style: Style, room: int) -> list[str]:
    """The same number of lines, as even as the words allow."""
    longest = max(width(word.rstrip(), style) for word in _words(text))
    for narrower in range(room - 20, round(longest), -20):
        trial = _wrap(text, style, narrower)
        if len(trial) > len(wrapped):
            break
        wrapped = trial
    return wrapped


def _words(text: str) -> list[str]:
    """Pieces between which a line may break, spaces kept at their ends."""
    words = [""]
    for char in text:
        if words[-1].endswith((" ", "-")) or _is_chinese(char):
            words.append("")
        words[-1] += char
    return [word for word in words if word]


def _runs(text: str, style: Style) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """Pieces with the font that has them; a character that none has is left out, never a box."""
    files = (_FILES[style.face], _FILES["chinese"])
    runs = groupby(text, key=lambda char: next((f for f in files if ord(char) in _coverage(f)), ""))
    return [(_font(file, style.size), "".join(run)) for file, run in runs if file]


@cache
def _drawable(char: str) -> str:
    """The character, or what stands for it in every face, or nothing."""
    if char.isspace():
        return " "
    for form in (char, unicodedata.normalize("NFKC", char), unicodedata.normalize("NFD", char)):
        marks = "" if form == char else "".join(c for c in form if not unicodedata.combining(c))
        candidate = marks or form
        if all(_is_covered(c) for c in candidate) and not unicodedata.combining(candidate[0]):
            return candidate
    return ""


def _is_covered(char: str) -> bool:
    return any(ord(char) in _coverage(_FILES[face]) for face in ("bold", "chinese"))


def _is_chinese(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic engine draws the same on every machine; the other needs a system library.
    return ImageFont.truetype(_FONTS / file, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _coverage(file: str) -> frozenset[int]:
    """The code points a font has glyphs for: its `cmap` table of format 4 (OpenType §cmap)."""
    data = (_FONTS / file).read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", data, cmap + 2)
    offsets = [struct.unpack_from(">HHL", data, cmap + 4 + 8 * n)[2] for n in range(subtables)]
    at = next(cmap + o for o in offsets if struct.unpack_from(">H", data, cmap + o)[0] == 4)
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + 2 * count)
    pairs = zip(starts, ends, strict=True)
    return frozenset(point for start, end in pairs for point in range(start, min(end, 0xFFFE) + 1))
