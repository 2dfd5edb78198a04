"""By when the city promises to be done."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import calendar
from services.civic.models import Told

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


async def rearm(tx: AsyncConnection, report_id: int) -> None:
    """There is a new promise: its warnings have not been given yet."""
    keys = [key(warning, report_id) for warning in WARNINGS]
    await tx.execute(delete(Told).where(Told.key.in_(keys)))
