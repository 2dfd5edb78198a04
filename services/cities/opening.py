"""When a venue is open: as a pack writes it, as it is stored, and whether a moment falls into it.

Written `{mon-fri: "08:00-22:00", sat: "10:00-14:00, 16:00-02:00"}`; stored a weekday at a time,
`{"mon": [["08:00", "22:00"]], …}`. A span that ends before it begins ends on the next day, and
24:00 is the end of the day. A weekday without spans is a day off.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator

from services.cities.rules import written_like

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Stored = dict[str, list[list[str]]]
"""The shape of `Venue.opening`."""

_DAY = "|".join(WEEKDAYS)
_SPAN = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
_DAY_LONG = timedelta(days=1)


def _spans(text: str) -> list[list[str]]:
    return [span.split("-") for span in re.split(", *", text)]


def _sane(text: str) -> str:
    end_before = ""
    for start, end in _spans(text):
        if start == end:
            raise ValueError(f"{start}-{end} is no time at all; round the clock is 00:00-24:00")
        if start < end_before or end_before == "next day":
            raise ValueError(f"{start}-{end} begins before the hours in front of it end")
        end_before = end if end > start else "next day"
    return text


def _each_day_once(hours: dict[str, str]) -> dict[str, str]:
    if not hours:
        raise ValueError("names no day; leave it out when the hours are not known")
    seen: set[str] = set()
    for written in hours:
        for day in days_of(written):
            if day in seen:
                raise ValueError(f"names {day} twice")
            seen.add(day)
    return hours


Days = Annotated[str, written_like("mon or mon-fri", f"({_DAY})(-({_DAY}))?")]
Hours = Annotated[
    str,
    written_like("08:00-22:00 or 09:00-13:00, 14:00-18:00", f"{_SPAN}(, *{_SPAN})*"),
    AfterValidator(_sane),
]
Opening = Annotated[dict[Days, Hours], AfterValidator(_each_day_once)]
"""The field of a pack."""


def days_of(written: str) -> list[str]:
    """`mon-fri` as a list of its days; a range may go over the end of the week."""
    first, _dash, last = written.partition("-")
    start = WEEKDAYS.index(first)
    length = (WEEKDAYS.index(last or first) - start) % 7 + 1
    return [WEEKDAYS[(start + step) % 7] for step in range(length)]


def stored(written: Mapping[str, str]) -> Stored:
    """The field of a pack in the shape of the table, from Monday to Sunday."""
    found = {day: _spans(hours) for days, hours in written.items() for day in days_of(days)}
    return {day: found[day] for day in WEEKDAYS if day in found}


def is_open(
    opening: Mapping[str, Sequence[Sequence[str]]], moment: datetime, slack: timedelta
) -> bool:
    """Whether `moment`, a local time without a zone, is in the hours or at most `slack` away."""
    # Hours of yesterday may end today, and tomorrow's may begin within the slack.
    near = (moment.date() + timedelta(days=step) for step in (-1, 0, 1))
    return any(
        start - slack <= moment <= end + slack
        for day in near
        for start, end in _of_date(opening, day)
    )


def _of_date(
    opening: Mapping[str, Sequence[Sequence[str]]], day: date
) -> Iterator[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, time())
    for begins, ends in opening.get(WEEKDAYS[day.weekday()], ()):
        start, end = midnight + _since_midnight(begins), midnight + _since_midnight(ends)
        yield start, end if end > start else end + _DAY_LONG


def _since_midnight(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
