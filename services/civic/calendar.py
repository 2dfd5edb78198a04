"""Working days: weekends are off unless the city's calendar says they are worked, and the other
way about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_SATURDAY = 5
_LAST_MOMENT = time(23, 59, 59)


def is_working(calendar: Mapping[str, Any], day: date) -> bool:
    """Whether people work that day. `calendar` has `days_off` and `working`, lists of ISO dates."""
    if day.isoformat() in calendar.get("days_off", ()):
        return False
    return day.weekday() < _SATURDAY or day.isoformat() in calendar.get("working", ())


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
