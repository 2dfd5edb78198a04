"""Codes that no plane fits, and pictures that hold none."""

from time import process_time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.images.grid import GridRead, read_grid
from tests.services.images.pictures import RECEIPT, code_image

Grey = NDArray[np.uint8]


def code(scale: int = 8) -> Grey:
    """A version 5 code of 37 modules with its quiet zone of 4."""
    return np.asarray(code_image(scale=scale)).copy()


def read(grey: Grey, accept: str = "fn=") -> GridRead | None:
    return read_grid(grey, accept=lambda text: accept in text, deadline=process_time() + 60)


def text(grey: Grey) -> str | None:
    found = read(grey)
    return found.text if found else None


def bent(grey: Grey, move_x: NDArray[np.float64], move_y: NDArray[np.float64]) -> Grey:
    y, x = np.indices(grey.shape)
    return np.asarray(
        cv2.remap(
            grey,
            (x + move_x).astype(np.float32),
            (y + move_y).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def test_a_plain_code_and_where_it_is() -> None:
    found = read(code())
    assert found is not None
    assert found.text == RECEIPT
    assert np.allclose(found.corners, [(32, 32), (328, 32), (328, 328), (32, 328)], atol=4)


@pytest.mark.parametrize("quarter", [0, 1, 2, 3])
def test_turned_and_mirrored(quarter: int) -> None:
    turned = np.ascontiguousarray(np.rot90(code(), quarter))
    assert text(turned) == RECEIPT
    mirrored = read(np.ascontiguousarray(turned[:, ::-1]))
    assert mirrored is not None
    assert mirrored.text == RECEIPT
    (ax, ay), (bx, by), (cx, cy), _ = mirrored.corners
    assert (ax < 180, ay < 180) == [(0, 1), (0, 0), (1, 0), (1, 1)][quarter]
    assert (bx - ax) * (cy - by) - (by - ay) * (cx - bx) < 0


def test_inverted() -> None:
    assert text(255 - code()) == RECEIPT


@pytest.mark.parametrize("angle", [10, 25, 45, 80])
def test_any_angle(angle: int) -> None:
    grey = cv2.copyMakeBorder(code(), 70, 70, 70, 70, cv2.BORDER_CONSTANT, value=255)
    middle = (grey.shape[1] / 2, grey.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, angle, 1.0)
    turned = cv2.warpAffine(grey, turn, grey.shape[::-1], borderValue=255.0)
    assert text(np.asarray(turned, np.uint8)) == RECEIPT


@pytest.mark.parametrize(("bow", "along"), [(14, 0), (14, 1), (-14, 0), (-14, 1)])
def test_curled(bow: int, along: int) -> None:
    """Rows or columns crowd towards one side, as on a cylinder."""
    grey = code()
    share = np.indices(grey.shape)[along] / len(grey)
    move = bow * np.sin(np.pi * share) * (1 + share)
    still = np.zeros_like(move)
    assert text(bent(grey, move, still) if along else bent(grey, still, move)) == RECEIPT


def test_crumpled() -> None:
    grey = code()
    noise = np.random.default_rng(3)
    for _ in range(3):
        moves = [
            cv2.resize(noise.normal(0, 3, (4, 4)), grey.shape[::-1], interpolation=cv2.INTER_CUBIC)
            for _ in range(2)
        ]
        assert text(bent(grey, np.asarray(moves[0]), np.asarray(moves[1]))) == RECEIPT


@pytest.mark.parametrize("spread", [4.0, 5.5])
def test_blurred_over_neighbours(spread: float) -> None:
    assert text(np.asarray(cv2.GaussianBlur(code(), (0, 0), spread), np.uint8)) == RECEIPT


def test_moved_while_the_shutter_was_open() -> None:
    line = np.full((1, 15), 1 / 15)
    assert text(np.asarray(cv2.filter2D(code(), -1, line), np.uint8)) == RECEIPT


def test_dead_lines_of_the_print_head() -> None:
    grey = code()
    for x in (60, 118, 200, 274):
        grey[:, x : x + 7] = 255
    assert text(grey) == RECEIPT


def test_glare_washes_a_part_out() -> None:
    grey = code()
    y, x = np.indices(grey.shape)
    spot = 400 * np.exp(-(((x - 250) / 50) ** 2 + ((y - 160) / 45) ** 2))
    assert text(np.clip(grey + spot, 0, 255).astype(np.uint8)) == RECEIPT


def test_hard_shadow() -> None:
    grey = code().astype(float)
    grey[:, 170:] *= 0.25
    assert text(grey.astype(np.uint8)) == RECEIPT


@pytest.mark.parametrize("place", [(32, 32), (32, 272), (272, 32)])
def test_one_finder_is_torn_off(place: tuple[int, int]) -> None:
    grey = code()
    grey[place[0] - 4 : place[0] + 60, place[1] - 4 : place[1] + 60] = 255
    assert text(grey) == RECEIPT


def test_an_outline_stands_in_for_the_finders() -> None:
    grey = code()
    for y, x in ((32, 32), (32, 272), (272, 32)):
        grey[y + 16 : y + 40, x + 16 : x + 40] = 255
    outline = [(328.0, 328.0), (32.0, 328.0), (32.0, 32.0), (328.0, 32.0)]
    found = read_grid(
        grey, accept=lambda text: "fn=" in text, deadline=process_time() + 60, corners=outline
    )
    assert found is not None
    assert found.text == RECEIPT


def test_only_what_is_accepted_and_in_time() -> None:
    assert read(code(), accept="nothing like it") is None
    assert read_grid(code(), accept=lambda text: True, deadline=process_time() - 1) is None


@pytest.mark.parametrize("shape", [(0, 0), (1, 300), (39, 39), (40, 41)])
def test_too_small(shape: tuple[int, int]) -> None:
    assert read(np.zeros(shape, np.uint8)) is None


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 160), st.integers(1, 160), st.integers(1, 24))
def test_no_picture_raises_or_says_anything(seed: int, high: int, wide: int, grain: int) -> None:
    noise = np.random.default_rng(seed)
    small = noise.integers(0, 256, (high // grain + 1, wide // grain + 1), np.uint8)
    grey = np.ascontiguousarray(np.kron(small, np.ones((grain, grain), np.uint8))[:high, :wide])
    corners = [tuple(corner) for corner in noise.uniform(-50, 200, (4, 2))]
    for outline in (None, corners, [(0.0, 0.0)] * 4, [(0.0, 0.0)]):
        found = read_grid(
            grey, accept=lambda text: True, deadline=process_time() + 60, corners=outline
        )
        assert found is None
