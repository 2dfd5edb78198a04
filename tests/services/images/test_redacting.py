"""What was under a black rectangle cannot be told from the copy, not even from its edges."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.images.contract import Unopenable
from services.images.keeping import keep
from services.images.redacting import BOARD, board, redact
from services.images.workers import ImageWorkers
from tests.services.images.hostile import jpeg, noise

SIDES = st.integers(min_value=1, max_value=200)
SHARE = st.floats(min_value=-0.5, max_value=1.5, allow_nan=False)
RECTANGLE = st.tuples(SHARE, SHARE, SHARE, SHARE)


def photo(pixels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return keep(out.getvalue())


def opened(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(jpeg)).convert("RGB")).astype(int)


@settings(max_examples=150, deadline=None)
@given(SIDES, SIDES, st.lists(RECTANGLE, max_size=3), st.integers(0, 2**32 - 1))
def test_the_copy_is_the_same_whatever_was_hidden(
    width: int, height: int, rectangles: list[tuple[float, ...]], seed: int
) -> None:
    """Two photos that differ only in what is hidden have one public copy, byte for byte."""
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    other = one.copy()
    for left, top, right, bottom in rectangles:
        across = slice(*_pixels(left, right, width))
        down = slice(*_pixels(top, bottom, height))
        other[down, across] = rng.integers(0, 256, other[down, across].shape, dtype=np.uint8)
    assert redact(photo(one), rectangles) == redact(photo(other), rectangles)


def _pixels(start: float, end: float, side: int) -> tuple[int, int]:
    """Every pixel that the rectangle touches."""
    start, end = max(0.0, min(start, end)) * side, min(1.0, max(start, end)) * side
    return (0, 0) if end <= start else (int(start), -int(-end // 1))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, BOARD - 1), st.integers(0, BOARD - 1), st.booleans())
def test_inside_all_is_black_and_outside_all_is_as_it_was(
    column: int, row: int, upright: bool
) -> None:
    size = (320, 240) if upright else (240, 320)
    original = photo(np.full((*size, 3), 255, dtype=np.uint8))
    cell = (column / BOARD, row / BOARD, (column + 1) / BOARD, (row + 1) / BOARD)
    copy = opened(redact(original, [cell]))
    height, width = size
    left, right = width * column // BOARD, width * (column + 1) // BOARD
    top, bottom = height * row // BOARD, height * (row + 1) // BOARD
    assert copy[top:bottom, left:right].max() < 8
    away = np.full(size, fill_value=True)
    away[max(0, top - 40) : bottom + 40, max(0, left - 40) : right + 40] = False
    assert copy[away].min() > 247


def test_without_rectangles_it_is_the_whole_photo() -> None:
    original = photo(np.full((90, 160, 3), 200, dtype=np.uint8))
    copy = opened(redact(original, []))
    assert copy.shape == (90, 160, 3)
    assert abs(copy - 200).max() < 8


def test_nothing_but_pixels_is_in_the_copy() -> None:
    out, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (64, 64), "red").save(
        out, "JPEG", exif=exif, comment=b"SecretWords", icc_profile=b"SecretProfile"
    )
    for made in (redact(out.getvalue(), [(0, 0, 0.5, 0.5)]), board(out.getvalue(), [])):
        assert b"Secret" not in made
        assert "exif" not in Image.open(BytesIO(made)).info


def test_the_board_names_its_cells_and_shows_what_is_black() -> None:
    original = photo(np.full((480, 640, 3), 255, dtype=np.uint8))
    shown = opened(board(original, [(0.5, 0.5, 0.625, 0.625)]))
    assert shown.shape == (480, 640, 3)
    middle = shown[480 * 9 // 16 + 8 : 300, 640 * 9 // 16 : 390]
    assert middle.max() < 90
    assert shown[100:110, 20:60].min() > 240
    assert shown[:20, :30].min() < 128


async def test_it_is_done_where_strangers_photos_are_opened() -> None:
    original = keep(jpeg(noise(300, 200)))
    cells = [(0.0, 0.0, 0.25, 0.25)]
    workers = ImageWorkers(seconds=120, cpu_seconds=60)
    try:
        assert await workers.redact(original, cells) == redact(original, cells)
        assert await workers.board(original, cells) == board(original, cells)
        with pytest.raises(Unopenable):
            await workers.redact(b"nonsense", cells)
    finally:
        await workers.close()
