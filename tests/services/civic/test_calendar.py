"""Working days of Russia in 2026, and what holds for any calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities.pack import find_pack, read_pack
from services.civic.calendar import due, is_working, unpublished

MOSCOW = ZoneInfo("Europe/Moscow")
KALUGA = read_pack(find_pack("kaluga")).calendar.model_dump(mode="json")
A_DAY = timedelta(days=1)


def year_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + A_DAY * n for n in range((date(year + 1, 1, 1) - first).days)]


def test_a_russian_year_has_its_working_days() -> None:
    """The numbers that the production calendar is published with: by month, and the year."""
    working = [day for day in year_of(2026) if is_working(KALUGA, day)]
    by_month = [sum(day.month == month for day in working) for month in range(1, 13)]
    assert by_month == [15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22]
    assert len(working) == 247


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 9), False),  # moved from the third of January
        (date(2026, 1, 12), True),
        (date(2026, 2, 23), False),
        (date(2026, 3, 9), False),  # for the eighth, a Sunday
        (date(2026, 5, 1), False),
        (date(2026, 5, 8), True),
        (date(2026, 5, 11), False),  # for the ninth, a Saturday
        (date(2026, 6, 12), False),
        (date(2026, 11, 3), True),
        (date(2026, 11, 4), False),
        (date(2026, 12, 30), True),
        (date(2026, 12, 31), False),  # moved from the fourth of January
        (date(2027, 1, 8), False),
        (date(2027, 1, 11), True),
    ],
)
def test_days_off(day: date, *, works: bool) -> None:
    assert is_working(KALUGA, day) is works


def test_a_worked_weekend_and_a_free_weekday() -> None:
    calendar = {"days_off": ["2026-06-12"], "working": ["2026-06-13"]}
    assert not is_working(calendar, date(2026, 6, 12))
    assert is_working(calendar, date(2026, 6, 13))
    assert not is_working({}, date(2026, 6, 13))
    assert is_working({}, date(2026, 6, 12))


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 1, 1), []),
        (date(2026, 11, 30), []),
        (date(2026, 12, 1), [2027]),
        (date(2027, 1, 1), [2027]),
        (date(2027, 12, 1), [2027, 2028]),
        (date(2028, 1, 1), [2028]),
    ],
)
def test_a_year_that_is_not_there_as_published_is_named(today: date, missing: list[int]) -> None:
    assert unpublished(KALUGA, today) == missing


def test_a_published_year_is_not_spoken_of() -> None:
    calendar = {"days_off": ["2026-01-01", "2027-01-01"]}
    assert unpublished(calendar, date(2026, 12, 31)) == []
    assert unpublished({}, date(2026, 6, 1)) == [2026]


def local(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (local(2026, 11, 23), 8, date(2026, 12, 3)),
        (local(2026, 11, 20), 1, date(2026, 11, 23)),  # from Friday to Monday
        (local(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday counts from Monday
        (local(2026, 12, 29), 2, date(2027, 1, 11)),
        (local(2026, 12, 30, 23), 1, date(2027, 1, 11)),
        (local(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_deadlines(start: datetime, days: int, end: date) -> None:
    moment = due(KALUGA, start, days, MOSCOW)
    assert moment.tzinfo is UTC
    assert moment.astimezone(MOSCOW) == datetime(
        end.year, end.month, end.day, 23, 59, 59, tzinfo=MOSCOW
    )


def test_the_day_is_the_citys_and_not_greenwichs() -> None:
    late = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # half past midnight on Monday in Kaluga
    assert due(KALUGA, late, 1, MOSCOW).astimezone(MOSCOW).date() == date(2026, 11, 24)


_MOMENTS = st.datetimes(
    datetime(2025, 12, 1), datetime(2027, 12, 1), timezones=st.just(UTC)  # noqa: DTZ001 - a bound
)  # fmt: skip


@given(start=_MOMENTS, days=st.integers(1, 60))
def test_a_deadline_is_a_working_day_with_so_many_before_it(start: datetime, days: int) -> None:
    first = start.astimezone(MOSCOW).date()
    last = due(KALUGA, start, days, MOSCOW).astimezone(MOSCOW).date()
    assert is_working(KALUGA, last)
    between = [first + A_DAY * n for n in range(1, (last - first).days + 1)]
    assert sum(is_working(KALUGA, day) for day in between) == days


@given(start=_MOMENTS, days=st.integers(1, 30), more=st.integers(0, 30), later=st.integers(0, 99))
def test_more_days_or_a_later_start_never_end_sooner(
    start: datetime, days: int, more: int, later: int
) -> None:
    one = due(KALUGA, start, days, MOSCOW)
    assert due(KALUGA, start, days + more, MOSCOW) >= one
    assert due(KALUGA, start + timedelta(hours=later), days, MOSCOW) >= one
    assert due({}, start, days, MOSCOW) <= one


@given(start=_MOMENTS, one=st.integers(1, 20), two=st.integers(1, 20))
def test_days_add_up(start: datetime, one: int, two: int) -> None:
    assert due(KALUGA, due(KALUGA, start, one, MOSCOW), two, MOSCOW) == due(
        KALUGA, start, one + two, MOSCOW
    )
