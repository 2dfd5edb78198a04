"""The picture of an indicator: bars as tall as their figures, words that stay where they belong."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.images.drawing import draw
from services.images.pictures import plan
from services.images.pictures.paint import Theme
from tests.services.images.pictures import THEME
from tests.services.images.test_drawing import ODD_NAMES


def year(number: int, planned: float | None, fact: float | None, status: str) -> dict[str, Any]:
    return {
        "year": number, "plan": planned, "fact": fact, "status": status,
        "plan_label": str(planned), "fact_label": str(fact),
    }  # fmt: skip


PLAN: dict[str, Any] = {
    "title": "Турпоток в город", "unit": "млн человек · больше — лучше", "status": "reached",
    "status_label": "достигнуто", "base": 1.2, "base_label": "2024: 1,2", "plan_word": "План",
    "fact_word": "Факт", "example": "Пример", "theme": THEME,
    "years": [year(2025, 100, 50, "negative"), year(2026, 100, 100, "reached")],
}  # fmt: skip


def picture(**changes: Any) -> Image.Image:
    image = Image.open(BytesIO(draw("plan", {**PLAN, **changes})))
    assert (image.size, image.mode, image.format) == ((1080, 1180), "RGB", "PNG")
    return image


def test_equal_facts_give_equal_bytes() -> None:
    assert draw("plan", PLAN) == draw("plan", dict(reversed(PLAN.items())))
    assert len(draw("plan", PLAN)) < 150_000


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_words_keep_the_size(name: str) -> None:
    words = dict.fromkeys(("title", "unit", "status_label", "base_label", "example"), name)
    picture(**words, plan_word=name, fact_word=name)


@pytest.mark.parametrize("count", range(8))
def test_any_number_of_years(count: int) -> None:
    years = [year(2020 + n, 10 * n, 9 * n, "in_progress") for n in range(count)]
    assert picture(years=years).tobytes() == picture(years=years[-5:]).tobytes()


@pytest.mark.parametrize(
    ("planned", "fact"), [(0, 0), (-5, -7), (-5, 5), (None, 3), (3, None), (1e12, 1), (1e-3, 0)]
)
def test_any_figures(planned: float | None, fact: float | None) -> None:
    picture(years=[year(2026, planned, fact, "negative")], base=None, base_label="")


def height(image: Image.Image, colour: tuple[int, int, int]) -> int:
    """How tall the bars of this colour are, from the picture."""
    rows = (np.asarray(image)[plan._TOP - 4 : plan._BOTTOM + 1] == colour).all(axis=2).sum(axis=1)
    return int((rows > 40).sum())


def test_a_bar_is_as_tall_as_its_figure() -> None:
    image = picture()
    red, green = plan._COLOURS["negative"], plan._COLOURS["reached"]
    assert abs(height(image, green) - 2 * height(image, red)) < 14
    assert abs(height(image, green) - (plan._BOTTOM - plan._TOP)) < 14


def test_the_status_is_told_by_a_mark_and_not_by_colour_alone() -> None:
    theme = Theme.of(THEME)
    marks = []
    for status in ("reached", "negative", "in_progress"):
        image = Image.new("RGB", (60, 60), theme.ink)
        plan._mark(image, (30, 30), status, (255, 255, 255))
        marks.append(image.tobytes())
    assert len(set(marks)) == 3


def test_figures_of_a_plan_that_fell_below_nothing_stay_on_the_plate() -> None:
    image = picture(years=[year(2026, -100, -50, "reached")], base=None, base_label="")
    below = np.asarray(image)[plan._LEGEND + 20 : plan._PLATE[3] - 30, 92:988]
    assert (below == 255).all()
