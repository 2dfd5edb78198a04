"""Moments as GeoReport writes them: `YYYY-MM-DDThh:mm:ss` with a zone and without fractions."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handlers.http.open311.errors import bad

SPAN = timedelta(days=90)
"""The longest time that one call may ask about."""

_WHOLE_SECOND = timedelta(seconds=1) - timedelta(microseconds=1)
_WRITTEN = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"([Zz]|[+ -][0-9]{2}:?[0-9]{2})"
)


def read(text: str, name: str) -> datetime:
    """The moment in UTC, its fraction dropped; raises 400 for anything else.

    A `+` that came unescaped in an address arrives as a space, and is read as what it was.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise bad(f"{name} must be written like 2026-11-22T10:30:00+03:00")
    day, hour, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone.replace(" ", "+")
    try:
        return datetime.fromisoformat(f"{day}T{hour}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad(f"{name} is not a moment of the calendar") from error


def write(at: datetime | None) -> str | None:
    """The moment in UTC; its fraction is dropped, not rounded."""
    if at is None:
        return None
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to `until`, both inside."""

    since: datetime
    until: datetime


def window(start: str | None, end: str | None, now: datetime) -> Window:
    """What a call asks about: both ends are inside, and an end that is not said is found.

    The whole second of the end belongs to it, because what is written has no fractions: windows
    that follow each other second by second would lose what happened in between. Raises 400.
    """
    since = None if start is None else read(start, "start_date")
    until = None if end is None else read(end, "end_date")
    try:
        if since is None:
            since = (until or now) - SPAN
        if until is None:
            until = max(since, min(now, since + SPAN))
        if since > until:
            raise bad("start_date is later than end_date")
        if until - since > SPAN:
            raise bad("Ask about at most 90 days at a time")
        return Window(since, until + _WHOLE_SECOND)
    except OverflowError as error:
        raise bad("start_date or end_date is too far away") from error
