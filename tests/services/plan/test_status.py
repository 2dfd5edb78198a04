"""The status of an indicator and the light of a measure, as tables and as properties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.status import (
    Direction,
    Light,
    Status,
    Steps,
    YearMoney,
    is_met,
    light,
    of_money,
    of_steps,
    percent,
    status,
    worst,
)

RUNNING, OVER = date(2026, 11, 22), date(2027, 1, 1)
YEAR = 2026

TABLE: list[tuple[Direction, int | None, int | None, int | None, date, Status]] = [
    ("up", None, None, None, RUNNING, Status.NO_PLAN),
    ("up", None, 5, 5, OVER, Status.NO_PLAN),
    ("up", 10, None, None, RUNNING, Status.IN_PROGRESS),
    ("up", 10, None, 5, date(2026, 12, 31), Status.IN_PROGRESS),
    ("up", 10, None, 5, OVER, Status.NO_DATA),
    ("up", 10, 10, 5, RUNNING, Status.REACHED),
    ("up", 10, 9, 5, RUNNING, Status.IN_PROGRESS),
    ("up", 10, 9, 5, OVER, Status.NEGATIVE),
    ("up", 10, 5, 5, RUNNING, Status.IN_PROGRESS),
    ("up", 10, 4, 5, RUNNING, Status.NEGATIVE),
    ("up", 10, 4, None, RUNNING, Status.IN_PROGRESS),
    ("down", 10, 10, 20, RUNNING, Status.REACHED),
    ("down", 10, 0, 20, OVER, Status.REACHED),
    ("down", 10, 11, 20, RUNNING, Status.IN_PROGRESS),
    ("down", 10, 11, 20, OVER, Status.NEGATIVE),
    ("down", 10, 21, 20, RUNNING, Status.NEGATIVE),
    ("keep", 41, 43, 41, RUNNING, Status.REACHED),
    ("keep", 41, 39, 41, OVER, Status.REACHED),
    ("keep", 41, 44, 41, RUNNING, Status.NEGATIVE),
    ("keep", 41, 44, 45, RUNNING, Status.IN_PROGRESS),
    ("keep", 41, 44, 45, OVER, Status.NEGATIVE),
    ("keep", 41, 37, None, RUNNING, Status.IN_PROGRESS),
]


@pytest.mark.parametrize(("direction", "plan", "fact", "base", "today", "expected"), TABLE)
def test_status(
    direction: Direction,
    plan: int | None,
    fact: int | None,
    base: int | None,
    today: date,
    expected: Status,
) -> None:
    assert status(direction, plan, fact, base, year=YEAR, today=today, tolerance=2) is expected


figures = st.integers(-(10**15), 10**15)
maybe = st.none() | figures
directions = st.sampled_from(["up", "down", "keep"])
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
years = st.integers(2020, 2035)
margins = st.integers(0, 10**6)


@given(directions, maybe, maybe, maybe, years, days, margins)
def test_a_status_says_what_it_means(
    direction: Direction,
    plan: int | None,
    fact: int | None,
    base: int | None,
    year: int,
    today: date,
    margin: int,
) -> None:
    found = status(direction, plan, fact, base, year=year, today=today, tolerance=margin)
    over = today > date(year, 12, 31)
    assert (found is Status.NO_PLAN) == (plan is None)
    if plan is None:
        return
    assert (found is Status.NO_DATA) == (fact is None and over)
    met = fact is not None and is_met(direction, plan, fact, margin)
    assert (found is Status.REACHED) == met
    if found is Status.IN_PROGRESS:
        assert not over
    if found is Status.NEGATIVE:
        assert fact is not None
        assert over or base is not None


@given(directions, figures, figures, figures, years, days, margins)
def test_time_only_turns_progress_into_its_end(
    direction: Direction, plan: int, fact: int, base: int, year: int, today: date, margin: int
) -> None:
    now = status(direction, plan, fact, base, year=year, today=today, tolerance=margin)
    later = status(direction, plan, fact, base, year=year, today=date(2099, 1, 1), tolerance=margin)
    assert later is (Status.NEGATIVE if now is Status.IN_PROGRESS else now)


@given(figures, figures, figures, maybe, years, days)
def test_down_is_up_in_the_mirror(
    plan: int, fact: int, base: int, other: int | None, year: int, today: date
) -> None:
    down = status("down", plan, fact, base, year=year, today=today)
    assert down is status("up", -plan, -fact, -base, year=year, today=today)
    assert status("down", plan, other, None, year=year, today=today) is status(
        "up", -plan, None if other is None else -other, None, year=year, today=today
    )


@given(figures, figures, figures, years, days, st.integers(0, 10**9))
def test_a_better_fact_is_never_a_worse_status(
    plan: int, fact: int, base: int, year: int, today: date, better: int
) -> None:
    order = [Status.NEGATIVE, Status.IN_PROGRESS, Status.REACHED]
    before = order.index(status("up", plan, fact, base, year=year, today=today))
    assert order.index(status("up", plan, fact + better, base, year=year, today=today)) >= before
    before = order.index(status("down", plan, fact, base, year=year, today=today))
    assert order.index(status("down", plan, fact - better, base, year=year, today=today)) >= before


@pytest.mark.parametrize(
    ("direction", "plan", "fact", "expected"),
    [
        ("up", 200, 150, 75),
        ("up", 200, 250, 125),
        ("down", 150, 200, 75),
        ("down", 200, 150, 133),
        ("keep", 40, 50, 80),
        ("keep", 50, 40, 80),
        ("up", 0, 5, None),
        ("down", 5, 0, None),
        ("keep", 0, 0, None),
        ("up", -1, 5, None),
        ("up", None, 5, None),
        ("up", 5, None, None),
    ],
)
def test_percent(
    direction: Direction, plan: int | None, fact: int | None, expected: int | None
) -> None:
    assert percent(direction, plan, fact) == expected


@given(directions, st.integers(1, 10**12), st.integers(1, 10**12))
def test_what_is_met_is_a_hundred_percent(direction: Direction, plan: int, fact: int) -> None:
    found = percent(direction, plan, fact)
    assert found is not None
    if is_met(direction, plan, fact):
        assert found >= 100
    elif found > 100:
        raise AssertionError


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ([], None),
        ([YearMoney(2026, 0, 0)], None),
        ([YearMoney(2026, 100, 0)], Status.IN_PROGRESS),
        ([YearMoney(2026, 100, 90)], Status.REACHED),
        ([YearMoney(2025, 100, 89), YearMoney(2026, 100, 100)], Status.NEGATIVE),
        ([YearMoney(2025, 100, 90), YearMoney(2026, 100, 50)], Status.IN_PROGRESS),
        ([YearMoney(2025, 100, 120), YearMoney(2027, 100, 0)], Status.IN_PROGRESS),
    ],
)
def test_money(years: list[YearMoney], expected: Status | None) -> None:
    assert of_money(years, RUNNING) is expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (Steps(0, 0, 0), None),
        (Steps(3, 1, 0), Status.IN_PROGRESS),
        (Steps(3, 3, 0), Status.REACHED),
        (Steps(3, 2, 1), Status.NEGATIVE),
    ],
)
def test_steps(steps: Steps, expected: Status | None) -> None:
    assert of_steps(steps) is expected


@given(st.lists(st.none() | st.sampled_from(Status)))
def test_the_worst_is_one_of_them_and_nothing_is_worse(found: list[Status | None]) -> None:
    order = [Status.NEGATIVE, Status.NO_DATA, Status.IN_PROGRESS, Status.REACHED, Status.NO_PLAN]
    known = [each for each in found if each is not None]
    assert worst(found) is min(known, key=order.index, default=Status.NO_PLAN)


def test_a_light_is_as_good_as_its_worst_part() -> None:
    money = [YearMoney(2026, 100, 95)]
    good = light(money, Steps(2, 2, 0), [Status.REACHED, Status.NO_PLAN], RUNNING)
    assert good == Light(Status.REACHED, Status.REACHED, Status.REACHED)
    assert good.status is Status.REACHED
    assert light(money, Steps(2, 1, 1), [Status.REACHED], RUNNING).status is Status.NEGATIVE
    assert light(money, Steps(0, 0, 0), [Status.NO_DATA], RUNNING).status is Status.NO_DATA
    assert light([], Steps(0, 0, 0), [Status.NO_PLAN], RUNNING) == Light(None, None, None)
    assert light([], Steps(0, 0, 0), [], RUNNING).status is Status.NO_PLAN
