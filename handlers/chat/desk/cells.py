"""Cells of the board over a photo, as on a chess board: A1 is the left upper corner, H8 the right
lower one. What people type, and which rectangles that is."""

import re
from collections.abc import Iterable, Sequence

COLUMNS = "ABCDEFGH"
ROWS = "12345678"

_LOOK_ALIKE = {chr(code): latin for code, latin in ((0x410, "A"), (0x412, "B"), (0x421, "C"))} | {
    chr(code): latin for code, latin in ((0x415, "E"), (0x41D, "H"), (0x404, "E"))
}
"""Letters of a Russian keyboard that look like ours."""
_SPAN = re.compile(r"([A-H])([1-8])(?:[-\u2010-\u2015:]([A-H])([1-8]))?")
_BETWEEN = re.compile(r"[\s,;.+]+")

Rectangle = list[float]


def read(text: str) -> list[str] | None:
    """The cells of a text such as "B2-C4, E5", in the order of the board; None: not understood."""
    latin = "".join(_LOOK_ALIKE.get(letter, letter) for letter in text.upper())
    latin = re.sub(r"\s*([-\u2010-\u2015:])\s*", r"\1", latin)
    spans = [_SPAN.fullmatch(part) for part in _BETWEEN.split(latin.strip()) if part]
    if not spans:
        return None
    found: set[str] = set()
    for span in spans:
        if span is None:
            return None
        first, second = (span[1], span[2]), (span[3] or span[1], span[4] or span[2])
        found |= _between(first, second)
    return in_order(found)


def _between(one: tuple[str, str], other: tuple[str, str]) -> set[str]:
    columns = sorted((COLUMNS.index(one[0]), COLUMNS.index(other[0])))
    rows = sorted((ROWS.index(one[1]), ROWS.index(other[1])))
    return {
        COLUMNS[column] + ROWS[row]
        for column in range(columns[0], columns[1] + 1)
        for row in range(rows[0], rows[1] + 1)
    }


def in_order(cells: Iterable[str]) -> list[str]:
    """The cells row by row, each once; what is none is left out."""
    chosen = set(cells)
    return [column + row for row in ROWS for column in COLUMNS if column + row in chosen]


def rectangles(cells: Iterable[str]) -> list[Rectangle]:
    """The cells as shares of the sides, those beside one another as one."""
    chosen = set(cells)
    found: list[Rectangle] = []
    for row, number in enumerate(ROWS):
        start: int | None = None
        for column in range(len(COLUMNS) + 1):
            black = column < len(COLUMNS) and COLUMNS[column] + number in chosen
            if black and start is None:
                start = column
            elif not black and start is not None:
                found.append([start / 8, row / 8, column / 8, (row + 1) / 8])
                start = None
    return found


def cells(rectangles: Sequence[Sequence[float]]) -> list[str]:
    """The cells that these rectangles touch: nothing of them is left out."""
    return in_order(
        COLUMNS[column] + ROWS[row]
        for left, top, right, bottom in rectangles
        for column in range(8)
        for row in range(8)
        if left < (column + 1) / 8 and right > column / 8
        if top < (row + 1) / 8 and bottom > row / 8
    )
