"""What everybody sees of reports, and what their authors see: never more than is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import places
from services.database import is_one_of
from services.errors import NotFound
from services.reports import publicity
from services.reports.drafts import Draft
from services.reports.models import Category, Report
from services.reports.own import Mine, mine, own
from services.reports.publicity import PUBLISHED, WHOLE, Public, photo, public_name
from services.reports.states import ACTIVE

__all__ = [
    "PUBLISHED",
    "Mine",
    "Public",
    "Wanted",
    "by_number",
    "listed",
    "mine",
    "nearby",
    "own",
    "photo",
    "preview",
    "public",
    "public_name",
]

_DEGREE = 111_195
_RINGS = (500, 2_000, 10_000, 50_000)
_ENOUGH = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which published reports: every filter that is set must hold."""

    numbers: Sequence[int] = ()
    states: Sequence[str] = ()
    categories: Sequence[str] = ()
    district: str | None = None
    unit_id: int | None = None
    published_from: datetime | None = None
    published_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None


async def public(
    tx: AsyncConnection, city: CityFacts, ids: Sequence[int], now: datetime
) -> dict[int, Public]:
    """The published ones among these reports, by id; nobody else's drafts, ever."""
    rows = await publicity.rows_of(tx, Report.city_id == city.id, Report.id.in_(ids))
    return {each.id: each for each in await publicity.publish(tx, city, rows, now)}


async def by_number(tx: AsyncConnection, city: CityFacts, number: int, now: datetime) -> Public:
    """The published report of this number; raises `NotFound`."""
    rows = await publicity.rows_of(tx, Report.city_id == city.id, Report.number == number)
    if not rows:
        raise NotFound
    return (await publicity.publish(tx, city, rows, now))[0]


async def listed(
    tx: AsyncConnection,
    city: CityFacts,
    wanted: Wanted,
    now: datetime,
    *,
    limit: int,
    offset: int = 0,
) -> list[Public]:
    """Published reports, the newest publication first."""
    rows = await publicity.rows_of(
        tx,
        Report.city_id == city.id,
        *_filters(wanted),
        order=(Report.published_at.desc(), Report.id.desc()),
        limit=limit,
        offset=offset,
    )
    return await publicity.publish(tx, city, rows, now)


def _filters(wanted: Wanted) -> list[Any]:
    within = (
        (Report.number, wanted.numbers),
        (Report.state, wanted.states),
        (Category.code, wanted.categories),
    )
    same = ((Report.district, wanted.district), (Report.unit_id, wanted.unit_id))
    # A stub says nothing of a place, not even by being found there.
    somewhere = [] if wanted.district is None else [WHOLE]
    since = (
        (Report.published_at, wanted.published_from),
        (Report.updated_at, wanted.updated_from),
    )
    until = (
        (Report.published_at, wanted.published_until),
        (Report.updated_at, wanted.updated_until),
    )
    return [
        *somewhere,
        *(column.in_(values) for column, values in within if values),
        *(column == value for column, value in same if value is not None),
        *(column >= moment for column, moment in since if moment is not None),
        *(column <= moment for column, moment in until if moment is not None),
    ]


async def nearby(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    lat: float,
    lon: float,
    now: datetime,
    limit: int,
    offset: int = 0,
) -> list[tuple[Public, int]]:
    """What is not done yet around a point, with the metres to it, the nearest first.

    A report of a private theme is where its rounded place is, also for what is found.
    """
    found: list[tuple[Public, int]] = []
    for radius in _RINGS:
        ids = await _around(tx, city, lat, lon, radius)
        shown = (await public(tx, city, ids, now)).values()
        found = sorted(
            (
                (each, round(places.metres(lat, lon, each.lat, each.lon)))
                for each in shown
                if each.lat is not None and each.lon is not None
            ),
            key=lambda pair: (pair[1], pair[0].id),
        )
        if len(found) >= offset + limit:
            break
    return found[offset : offset + limit]


async def _around(
    tx: AsyncConnection, city: CityFacts, lat: float, lon: float, radius: int
) -> list[int]:
    """At most some hundred of the latest published ones in the square around the point."""
    open_ones = await tx.scalars(
        _in_square(city, lat, lon, radius)
        .where(Category.private.is_(False))
        .order_by(Report.id.desc())
        .limit(_ENOUGH)
    )
    # Whoever moves the pin about must not find out more than everybody sees: a private one is
    # there or not by its rounded place alone, which is never further off than a square's size.
    cell = city.rules.civic.private_metres
    private = await tx.execute(
        _in_square(city, lat, lon, radius + cell)
        .add_columns(Report.lat, Report.lon)
        .where(Category.private.is_(True))
        .order_by(Report.id.desc())
    )
    tall, wide = _sides(lat, radius)
    found = []
    for row in private:
        there = places.rounded(row.lat, row.lon, cell)
        if abs(there[0] - lat) <= tall and abs(there[1] - lon) <= wide:
            found.append(row.id)
    return [*open_ones, *found[:_ENOUGH]]


def _sides(lat: float, radius: int) -> tuple[float, float]:
    """Half the square's height and width in degrees."""
    return radius / _DEGREE, radius / (_DEGREE * cos(radians(lat)))


def _in_square(city: CityFacts, lat: float, lon: float, radius: int) -> Any:
    tall, wide = _sides(lat, radius)
    groups = select(Category.group).where(Category.city_id == city.id).distinct()
    return (
        select(Report.id)
        .join(Category, Category.id == Report.category_id)
        .where(
            Report.city_id == city.id,
            Report.group.in_(groups),
            Report.lat.between(lat - tall, lat + tall),
            Report.lon.between(lon - wide, lon + wide),
            is_one_of(Report.state, *ACTIVE),
            PUBLISHED,
        )
    )


async def preview(
    tx: AsyncConnection, city: CityFacts, draft: Draft, member_id: int, now: datetime
) -> Public:
    """A draft exactly as everybody would see it; raises `NotFound` while it has no theme."""
    rows = await publicity.rows_of_draft(tx, draft.id, member_id)
    if not rows:
        raise NotFound
    return (await publicity.publish(tx, city, rows, now, unshown=True))[0]
