"""Opening hours: what a pack may write, how it is stored, and which moments fall into it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from services.cities.load import load_pack
from services.cities.models import Venue
from services.cities.opening import WEEKDAYS, Opening, days_of, is_open, stored
from services.cities.pack import BrokenPack, read_pack
from services.database import Database
from tests.services.cities.conftest import PackFolder

NO_SLACK = timedelta()
HOUR = timedelta(hours=1)
WRITTEN = TypeAdapter(Opening)


def at(text: str) -> datetime:
    """A local moment of the week that begins with Monday, June 1."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-06-{WEEKDAYS.index(day) + 1:02} {clock}")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", ["mon"]),
        ("sun", ["sun"]),
        ("mon-fri", ["mon", "tue", "wed", "thu", "fri"]),
        ("mon-sun", list(WEEKDAYS)),
        ("sat-mon", ["sat", "sun", "mon"]),
        ("wed-wed", ["wed"]),
        ("tue-mon", ["tue", "wed", "thu", "fri", "sat", "sun", "mon"]),
    ],
)
def test_ranges_of_days(written: str, days: list[str]) -> None:
    assert days_of(written) == days


def test_hours_are_stored_by_weekday() -> None:
    written = {"sat-sun": "10:00-14:00,16:00-02:00", "tue": "08:00-13:00, 13:00-24:00"}
    assert stored(WRITTEN.validate_python(written)) == {
        "tue": [["08:00", "13:00"], ["13:00", "24:00"]],
        "sat": [["10:00", "14:00"], ["16:00", "02:00"]],
        "sun": [["10:00", "14:00"], ["16:00", "02:00"]],
    }


BAR = stored({"fri-sat": "18:00-03:00", "sun": "12:00-24:00", "tue": "09:00-13:00, 14:00-18:00"})


@pytest.mark.parametrize(
    ("moment", "slack", "expected"),
    [
        ("fri 18:00", NO_SLACK, True),
        ("fri 17:59", NO_SLACK, False),
        ("fri 17:00", HOUR, True),
        ("fri 16:59", HOUR, False),
        ("sat 03:00", NO_SLACK, True),
        ("sat 03:01", NO_SLACK, False),
        ("sat 04:00", HOUR, True),
        ("sat 04:01", HOUR, False),
        ("sun 02:30", NO_SLACK, True),
        ("sun 11:59", NO_SLACK, False),
        ("sun 23:59", NO_SLACK, True),
        ("mon 00:30", NO_SLACK, False),
        ("mon 00:30", HOUR, True),
        ("mon 01:01", HOUR, False),
        ("tue 13:30", NO_SLACK, False),
        ("tue 13:30", timedelta(minutes=30), True),
        ("thu 18:30", HOUR, False),
    ],
)
def test_open_or_not(moment: str, slack: timedelta, expected: bool) -> None:
    assert is_open(BAR, at(moment), slack) is expected


HOURS = st.integers(0, 24 * 4 - 1).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
SPANS = st.tuples(HOURS, HOURS).filter(lambda span: span[0] != span[1])
WEEKS = st.dictionaries(st.sampled_from(WEEKDAYS), SPANS.map("-".join), min_size=1)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001


@given(WEEKS, MOMENTS, st.integers(0, 300), st.integers(0, 300))
def test_more_slack_never_closes(
    week: dict[str, str], moment: datetime, less: int, more: int
) -> None:
    opening = stored(WRITTEN.validate_python(week))
    if is_open(opening, moment, timedelta(minutes=less)):
        assert is_open(opening, moment, timedelta(minutes=less + more))


@given(WEEKS, MOMENTS)
def test_every_week_is_the_same(week: dict[str, str], moment: datetime) -> None:
    opening = stored(WRITTEN.validate_python(week))
    later = moment + timedelta(days=7)
    assert is_open(opening, moment, NO_SLACK) is is_open(opening, later, NO_SLACK)


@given(MOMENTS)
def test_round_the_clock_is_never_closed(moment: datetime) -> None:
    assert is_open(stored({"mon-sun": "00:00-24:00"}), moment, NO_SLACK)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=24), max_size=3))
def test_any_other_text_is_refused_and_never_a_crash(written: dict[str, str]) -> None:
    try:
        opening = stored(WRITTEN.validate_python(written))
    except ValidationError:
        return
    assert set(opening) <= set(WEEKDAYS)


FAULTS = [
    ('{mon-fry: "08:00-22:00"}', "opening.mon-fry",
     "mon-fry is not written as it should be, like mon or mon-fri"),
    ('{Mon: "08:00-22:00"}', "opening.Mon",
     "Mon is not written as it should be, like mon or mon-fri"),
    ('{mon: "8:00-22:00"}', "opening.mon",
     "8:00-22:00 is not written as it should be, like 08:00-22:00 or 09:00-13:00, 14:00-18:00"),
    ('{mon: "08:00–22:00"}', "opening.mon",
     "08:00–22:00 is not written as it should be, like 08:00-22:00 or 09:00-13:00, 14:00-18:00"),
    ('{mon: "24:00-08:00"}', "opening.mon",
     "24:00-08:00 is not written as it should be, like 08:00-22:00 or 09:00-13:00, 14:00-18:00"),
    ("{mon: closed}", "opening.mon",
     "closed is not written as it should be, like 08:00-22:00 or 09:00-13:00, 14:00-18:00"),
    ("{mon: 8}", "opening.mon", 'must be text; put it in quotes: "8"'),
    ('{mon: "08:00-08:00"}', "opening.mon",
     "08:00-08:00 is no time at all; round the clock is 00:00-24:00"),
    ('{mon: "08:00-13:00, 12:00-18:00"}', "opening.mon",
     "12:00-18:00 begins before the hours in front of it end"),
    ('{mon: "18:00-02:00, 20:00-22:00"}', "opening.mon",
     "20:00-22:00 begins before the hours in front of it end"),
    ('{mon-fri: "08:00-22:00", fri: "08:00-23:00"}', "opening", "names fri twice"),
    ("{}", "opening", "names no day; leave it out when the hours are not known"),
    ("daily", "opening", "must be a group of named values"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "field", "message"), FAULTS)
def test_a_fault_is_named_with_file_line_and_remedy(
    kaluga: PackFolder, written: str, field: str, message: str
) -> None:
    line = kaluga.replace("partners.yaml", '{mon-sun: "08:00-22:00"}', written)
    with pytest.raises(BrokenPack) as caught:
        read_pack(kaluga.path)
    told = f"partners.yaml:{line}: partners.orbita.venues.orbita.{field}: {message}"
    assert told in map(str, caught.value.problems)


async def test_hours_are_loaded_changed_and_withdrawn(
    database: Database, tinyville: PackFolder
) -> None:
    async def load() -> tuple[list[str], object]:
        async with database.transaction() as tx:
            now = datetime(2026, 11, 22, 9, tzinfo=UTC)
            changes = await load_pack(tx, read_pack(tinyville.path), now)
            return list(map(str, changes)), await tx.scalar(select(Venue.opening))

    _first, opening = await load()
    assert opening is None
    hours, line = "        hours: {en: daily}\n", '        opening: {fri-sat: "18:00-02:00"}\n'
    tinyville.replace("partners.yaml", hours, hours + line)
    changed, opening = await load()
    assert (len(changed), opening) == (
        1,
        {"fri": [["18:00", "02:00"]], "sat": [["18:00", "02:00"]]},
    )
    assert await load() == ([], opening)
    tinyville.replace("partners.yaml", '"18:00-02:00"', '"18:00-03:00"')
    changed, opening = await load()
    assert changed == [
        "venue corner-shop: changed"
        " (opening.fri.1.2: 02:00 → 03:00; opening.sat.1.2: 02:00 → 03:00)"
    ]
    tinyville.replace("partners.yaml", '        opening: {fri-sat: "18:00-03:00"}\n', "")
    changed, opening = await load()
    assert (len(changed), opening) == (1, None)
