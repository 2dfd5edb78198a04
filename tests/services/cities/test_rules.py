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
    assert KALUGA.at_once(points, given_today) == now


def test_another_city_has_other_numbers() -> None:
    assert TINY.points_for(54_000, "cafe") == 10
    assert TINY.at_once(10, 45) == 5


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.sampled_from([KALUGA, TINY]))
def test_the_part_at_once_never_exceeds_the_whole_or_the_cap(
    base_kop: int, given_today: int, rule: Earning
) -> None:
    points = rule.points_for(base_kop, "tour")
    now = rule.at_once(points, given_today)
    assert 0 <= now <= points
    assert now + given_today <= max(rule.now_cap_per_day, given_today)
