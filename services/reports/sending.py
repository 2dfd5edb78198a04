"""What a draft needs to be sent, and what it gets: a number, a unit and a promise."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import City
from services.civic import bars
from services.database import lock_row
from services.errors import Refusal
from services.reports import themes
from services.reports.deadlines import promised
from services.reports.models import Report, ReportPhoto


@dataclass
class Incomplete(Refusal):
    """The draft cannot be sent yet; see `drafts.Draft.missing`."""

    missing: tuple[str, ...]


@dataclass
class TooManyReports(Refusal):
    """The member has sent as many reports today as one may."""

    limit: int


def missing(
    *, text: str, photos: int, lat: float | None, address: str | None, citywide: bool,
    theme: int | None,
) -> tuple[str, ...]:  # fmt: skip
    """What has to be asked for, in this order: content (a photo or words), place, theme."""
    lacks = {
        "content": not (text or photos),
        "place": lat is None and not address and not citywide,
        "theme": theme is None,
    }
    return tuple(name for name, lack in lacks.items() if lack)


async def values(
    tx: AsyncConnection, city: CityFacts, report_id: int, author_id: int | None, now: datetime
) -> dict[str, Any]:
    """The columns that sending writes. The author's row is held already, if there is one.

    Raises `Incomplete`, `bars.MayNotSend` and `TooManyReports`.
    """
    row = (await tx.execute(_DRAFT.where(Report.id == report_id))).one()
    if lacks := missing(**row._mapping):
        raise Incomplete(lacks)
    if author_id is not None:
        await bars.check(tx, author_id, now)
        await _check_limit(tx, city, author_id, now)
    theme = await themes.one(tx, city.id, row.theme)
    return {
        "number": await _next_number(tx, city.id),
        "submitted_at": now,
        "group": theme.group,
        "unit_id": theme.unit_id,
        "due_at": promised(city, theme.sla_days, now),
    }


_DRAFT = select(
    Report.text,
    select(func.count())
    .where(ReportPhoto.report_id == Report.id, ReportPhoto.removed.is_(False))
    .correlate(Report)
    .scalar_subquery()
    .label("photos"),
    Report.lat,
    Report.address,
    Report.citywide,
    Report.category_id.label("theme"),
)


async def _check_limit(tx: AsyncConnection, city: CityFacts, author_id: int, now: datetime) -> None:
    midnight = datetime.combine(now.astimezone(city.timezone).date(), time(), city.timezone)
    sent = await tx.scalar(
        select(func.count()).where(
            Report.author_id == author_id,
            Report.state != "draft",
            Report.submitted_at >= midnight,
        )
    )
    if (sent or 0) >= city.rules.civic.reports_per_day:
        raise TooManyReports(city.rules.civic.reports_per_day)


async def _next_number(tx: AsyncConnection, city_id: int) -> int:
    # Numbers have no gaps and nobody waits long: the city's row puts the senders in order.
    await lock_row(tx, City, city_id)
    last = await tx.scalar(select(func.max(Report.number)).where(Report.city_id == city_id))
    return (last or 0) + 1
