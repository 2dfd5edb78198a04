"""By when the city promises to be done."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import calendar
from services.civic.models import CivicEvent, Told
from services.reports.states import ROWS, Verb

_CEILING = timedelta(days=30)


def promised(city: CityFacts, sla_days: int, now: datetime) -> datetime:
    """The end of the theme's last working day, at most thirty days from now."""
    by_theme = calendar.due(city.calendar, now, sla_days, city.timezone)
    ceiling = calendar.due(city.calendar, now + _CEILING, 0, city.timezone)
    return min(by_theme, ceiling)


WARNINGS = ("soon", "late", "head")
"""What is said once for each promise."""


def key(warning: str, report_id: int) -> str:
    """The name under which it is remembered that a warning was given."""
    return f"report:{warning}:{report_id}"


_RESTARTS = tuple(sorted({row.verb for row in ROWS if row.restarts}))
_NEW_DAY = (Verb.SCHEDULE,)
_THEME = "retheme"
"""Another theme has another time, from when the promise ran anew."""


async def running_since(tx: AsyncConnection, report_id: int) -> datetime | None:
    """When the theme's time began to run, which it does anew with some moves."""
    since: datetime | None = await tx.scalar(
        select(func.max(CivicEvent.at)).where(
            CivicEvent.subject == "report",
            CivicEvent.subject_id == report_id,
            CivicEvent.verb.in_(_RESTARTS),
        )
    )
    return since


async def given_at(tx: AsyncConnection, report_ids: Sequence[int]) -> dict[int, datetime]:
    """When the promise that holds now was given, by report: with its day, or with the theme's
    time that runs."""
    events = await tx.execute(
        select(CivicEvent.subject_id, CivicEvent.verb, CivicEvent.at)
        .where(
            CivicEvent.subject == "report",
            CivicEvent.subject_id.in_(report_ids),
            CivicEvent.verb.in_((*_RESTARTS, *_NEW_DAY, _THEME)),
        )
        .order_by(CivicEvent.id)
    )
    began: dict[int, datetime] = {}
    given: dict[int, datetime] = {}
    for report_id, verb, at in events:
        if verb in _RESTARTS:
            began[report_id] = at
        given[report_id] = began.get(report_id, at) if verb == _THEME else at
    return given


async def rearm(tx: AsyncConnection, report_id: int) -> None:
    """There is a new promise: its warnings have not been given yet."""
    keys = [key(warning, report_id) for warning in WARNINGS]
    await tx.execute(delete(Told).where(Told.key.in_(keys)))
