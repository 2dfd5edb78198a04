"""What a QR symbol looks like before any data: ISO/IEC 18004, versions 1 to 10.

A till prints versions 3 to 6; ten leave room for links around the receipt's fields.
Modules are dark (+1) or light (-1); 0 stands for "data, not known beforehand".
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

VERSIONS = range(1, 11)
LEVELS = "LMQH"

_CODEWORDS = (26, 44, 70, 100, 134, 172, 196, 242, 292, 346)
_CHECKS = {  # Check codewords in each block.
    "L": (7, 10, 15, 20, 26, 18, 20, 24, 30, 18),
    "M": (10, 16, 26, 18, 24, 16, 18, 22, 22, 26),
    "Q": (13, 22, 18, 26, 18, 24, 18, 22, 20, 24),
    "H": (17, 28, 22, 16, 22, 28, 26, 26, 24, 28),
}
_BLOCKS = {
    "L": (1, 1, 1, 1, 1, 2, 2, 2, 2, 4),
    "M": (1, 1, 1, 2, 2, 4, 4, 4, 5, 5),
    "Q": (1, 1, 2, 2, 4, 4, 6, 6, 8, 8),
    "H": (1, 1, 2, 4, 4, 4, 5, 6, 8, 8),
}
_LEVEL_BITS = {"L": 1, "M": 0, "Q": 3, "H": 2}
_FORMAT_MASK = 0b101010000010010

Template = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Symbol:
    """One version's fixed parts.

    `known[row, column]` is the colour of each function module; `data` are the flat indexes of
    the data modules in the order in which codewords fill them, eight to a codeword; `formats`
    are the flat indexes of the two copies of the format information, most significant bit first.
    """

    version: int
    size: int
    known: Template
    data: NDArray[np.intp]
    formats: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a version and level share out codewords: `rows` are the stream's indexes per block."""

    checks: int
    rows: tuple[NDArray[np.intp], ...]


@cache
def symbol(version: int) -> Symbol:
    """The fixed parts of one of VERSIONS."""
    size = 17 + 4 * version
    known = np.zeros((size, size), np.int8)
    _draw_timing(known)
    _draw_alignment(known, version)
    _draw_finders(known)
    known[size - 8, 8] = 1
    if version >= 7:
        _draw_version(known, version)
    formats = _format_cells(size)
    taken = known != 0
    taken.flat[formats] = True
    data = _data_order(taken)[: _CODEWORDS[version - 1] * 8]
    return Symbol(version, size, known, data, formats)


@cache
def blocks(version: int, level: str) -> Blocks:
    """The interleaving of a version at level L, M, Q or H."""
    checks = _CHECKS[level][version - 1]
    count = _BLOCKS[level][version - 1]
    total = _CODEWORDS[version - 1]
    short, longer = divmod(total, count)
    data_sizes = [short - checks + (block >= count - longer) for block in range(count)]
    rows: list[list[int]] = [[] for _ in range(count)]
    at = 0
    for column in range(max(data_sizes)):
        for block in range(count):
            if column < data_sizes[block]:
                rows[block].append(at)
                at += 1
    for check in range(total - at):
        rows[check % count].append(at + check)
    return Blocks(checks, tuple(np.array(row, np.intp) for row in rows))


@cache
def format_words() -> tuple[tuple[tuple[str, int], ...], NDArray[np.int8]]:
    """Every (level, mask) with its fifteen format bits as +1 and -1."""
    kinds = [(level, mask) for level in LEVELS for mask in range(8)]
    words = []
    for level, mask in kinds:
        value = _LEVEL_BITS[level] << 3 | mask
        word = (value << 10 | _remainder(value << 10, 0b10100110111)) ^ _FORMAT_MASK
        words.append([1 if word >> bit & 1 else -1 for bit in range(14, -1, -1)])
    return tuple(kinds), np.array(words, np.int8)


@cache
def mask_signs(version: int, mask: int) -> NDArray[np.int8]:
    """-1 for each module that the mask turns over, +1 elsewhere."""
    i, j = np.indices((17 + 4 * version,) * 2)
    turned = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        i * j % 2 + i * j % 3,
        (i * j % 2 + i * j % 3) % 2,
        ((i + j) % 2 + i * j % 3) % 2,
    )[mask]
    return np.where(turned == 0, -1, 1).astype(np.int8)


def _draw_timing(known: Template) -> None:
    stripes = np.where(np.arange(len(known)) % 2 == 0, 1, -1)
    known[6, :] = stripes
    known[:, 6] = stripes


def _draw_finders(known: Template) -> None:
    i, j = np.indices((8, 8))
    ring = np.maximum(abs(i - 3), abs(j - 3))
    finder = np.where((ring == 2) | (ring == 4), -1, 1)
    known[:8, :8] = finder
    known[:8, -8:] = finder[:, ::-1]
    known[-8:, :8] = finder[::-1, :]


def alignment_centres(version: int) -> list[tuple[int, int]]:
    """Rows and columns of the alignment patterns' middles."""
    if version == 1:
        return []
    last = 4 * version + 10
    lines = [6, last] if version < 7 else [6, (6 + last) // 2, last]
    corners = {(6, 6), (6, last), (last, 6)}
    return [(row, column) for row in lines for column in lines if (row, column) not in corners]


def _draw_alignment(known: Template, version: int) -> None:
    i, j = np.indices((5, 5))
    pattern = np.where(np.maximum(abs(i - 2), abs(j - 2)) == 1, -1, 1)
    for row, column in alignment_centres(version):
        known[row - 2 : row + 3, column - 2 : column + 3] = pattern


def _draw_version(known: Template, version: int) -> None:
    word = version << 12 | _remainder(version << 12, 0b1111100100101)
    bits = np.array([1 if word >> bit & 1 else -1 for bit in range(18)]).reshape(6, 3)
    known[:6, -11:-8] = bits
    known[-11:-8, :6] = bits.T


def _format_cells(size: int) -> NDArray[np.intp]:
    near = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    far = [(size - 1 - k, 8) for k in range(7)] + [(8, size - 8 + k) for k in range(8)]
    return np.array([[r * size + c for r, c in copy] for copy in (near, far)], np.intp)


def _data_order(taken: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The zigzag of column pairs from the bottom right corner, past the vertical timing."""
    size = len(taken)
    cells: list[int] = []
    rows = list(range(size))
    for step, right in enumerate([*range(size - 1, 6, -2), 5, 3, 1]):
        for row in rows if step % 2 else reversed(rows):
            cells += [row * size + c for c in (right, right - 1) if not taken[row, c]]
    return np.array(cells, np.intp)


def _remainder(value: int, generator: int) -> int:
    """Of the division of binary polynomials."""
    while value.bit_length() >= generator.bit_length():
        value ^= generator << (value.bit_length() - generator.bit_length())
    return value
