"""Working days: weekends are off unless the city's calendar says they are worked, and the other
way about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_SATURDAY = 5
_DECEMBER = 12
_LAST_MOMENT = time(23, 59, 59)


def is_working(calendar: Mapping[str, Any], day: date) -> bool:
    """Whether people work that day. `calendar` has `days_off` and `working`, lists of ISO dates."""
    if day.isoformat() in calendar.get("days_off", ()):
        return False
    return day.weekday() < _SATURDAY or day.isoformat() in calendar.get("working", ())


def unpublished(calendar: Mapping[str, Any], today: date) -> list[int]:
    """Of this year, and from December on of the next, those that the calendar does not have as
    they are published: not at all, or only the days off of every year."""
    wanted = [today.year, today.year + 1] if today.month == _DECEMBER else [today.year]
    there = {int(day[:4]) for day in calendar.get("days_off", ())}
    return [year for year in wanted if year not in there or year in calendar.get("provisional", ())]


def due(
    calendar: Mapping[str, Any], start: datetime, working_days: int, zone: ZoneInfo
) -> datetime:
    """The last second of the working day that is so many after the local day of `start`, in UTC.

    The day of `start` itself does not count; 0 means that very day, whatever day it is.
    """
    day = start.astimezone(zone).date()
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        left -= is_working(calendar, day)
    return datetime.combine(day, _LAST_MOMENT, zone).astimezone(UTC)
