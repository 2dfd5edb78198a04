"""What a purchase earns, in exact points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities.pack import PACKS, read_pack
from services.cities.rules import Earning
from tests.services.cities.conftest import TINYVILLE

KALUGA = read_pack(PACKS / "kaluga").rules.earning
TINY = read_pack(TINYVILLE).rules.earning


@pytest.mark.parametrize(
    ("base_kop", "kind", "points"),
    [
        (54_000, "cafe", 54),
        (54_000, "tour", 81),
        (10_000, "bakery", 10),
        (11_999, "shop", 11),
        (999, "shop", 0),
        (1_500_000, "hotel", 1500),
        (0, "cafe", 0),
    ],
)
def test_points_of_a_purchase(base_kop: int, kind: str, points: int) -> None:
    assert KALUGA.points_for(base_kop, kind) == points


@pytest.mark.parametrize(
    ("points", "given_today", "now"),
    [(54, 0, 16), (3, 0, 0), (750, 0, 225), (750, 200, 100), (750, 300, 0), (750, 400, 0)],
)
def test_the_part_at_once(points: int, given_today: int, now: int) -> None:
    assert KALUGA.at_once(points, given_today, None) == now


@pytest.mark.parametrize(
    ("given_today", "given_first", "now"),
    [(0, 0, 225), (0, 275, 225), (0, 300, 200), (200, 300, 100), (0, 500, 0), (0, 600, 0)],
)
def test_the_part_at_once_on_the_first_visit(given_today: int, given_first: int, now: int) -> None:
    assert KALUGA.at_once(750, given_today, given_first) == now


def test_another_city_has_other_numbers() -> None:
    assert TINY.points_for(54_000, "cafe") == 10
    assert TINY.at_once(10, 45, None) == 5
    assert TINY.at_once(10, 0, 495) == 5, "500 before the second visit, where nothing is said"


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
    st.sampled_from([KALUGA, TINY]),
)
def test_the_part_at_once_never_exceeds_the_whole_or_a_cap(
    base_kop: int, given_today: int, given_first: int | None, rule: Earning
) -> None:
    points = rule.points_for(base_kop, "tour")
    now = rule.at_once(points, given_today, given_first)
    assert 0 <= now <= points
    if given_first is not None:
        assert now + given_first <= max(rule.now_cap_first_visit, given_first)
    assert now + given_today <= max(rule.now_cap_per_day, given_today)
