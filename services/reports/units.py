"""What waits for officials: their unit's reports, who has which, and what is far too late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.reports import acting, deadlines, publicity
from services.reports.models import Category, Report
from services.reports.outcome import Claimed, NoSuchMove
from services.reports.states import ACTIVE, SUPPORTABLE, Acting, State


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of a list: enough to choose it."""

    id: int
    number: int
    state: str
    emoji: str
    theme: Localized
    address: str | None
    due_at: datetime | None
    overdue: bool
    mine: bool
    free: bool


_OWNED = (State.ASSIGNED, State.IN_PROGRESS, State.SCHEDULED, State.REOPENED)
_SOME = 500


def not_mine(by: int) -> ColumnElement[bool]:
    """Reports that somebody else has written: nobody decides on their own."""
    return or_(Report.author_id.is_(None), Report.author_id != by)


_LINE: tuple[Any, ...] = (
    *(Report.id, Report.number, Report.state, Category.emoji, Category.name.label("theme")),
    *(Report.address, Report.due_at, Report.official_id, Report.submitted_at),
)


def _lines(city: CityFacts, *where: Any) -> Any:
    return (
        select(*_LINE)
        .join(Category, Category.id == Report.category_id)
        .where(Report.city_id == city.id, *where)
        .order_by(Report.due_at, Report.id)
    )


def _waiting(row: Any, by: int, now: datetime) -> Waiting:
    return Waiting(
        id=row.id,
        number=row.number,
        state=row.state,
        emoji=row.emoji,
        theme=row.theme,
        address=row.address,
        due_at=row.due_at,
        overdue=publicity.is_overdue(row.state, row.due_at, now),
        mine=row.official_id == by,
        free=row.official_id is None,
    )


async def of_unit(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    by: int,
    now: datetime,
    limit: int,
    offset: int = 0,
    overdue: bool = False,
    mine: bool = False,
) -> list[Waiting]:
    """What the official's units have to do, the soonest due first."""
    where = [
        Report.unit_id.in_(await acting.units_of(tx, by)),
        Report.state.in_(ACTIVE if overdue else SUPPORTABLE),
        not_mine(by),
    ]
    if overdue:
        where.append(Report.due_at < now)
    if mine:
        where.append(Report.official_id == by)
    rows = await tx.execute(_lines(city, *where).limit(limit).offset(offset))
    return [_waiting(row, by, now) for row in rows]


async def of_head(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, limit: int, offset: int = 0
) -> list[Waiting]:
    """What is so late (twice the promised time) that it is the head's own matter.

    The head of a unit is who has been there longest; for anybody else there is nothing.
    """
    units = [
        unit_id
        for unit_id in await acting.units_of(tx, by)
        if (await acting.officials(tx, unit_id))[:1] == [by]
    ]
    rows = await tx.execute(
        _lines(
            city, Report.unit_id.in_(units), Report.state.in_(ACTIVE), Report.due_at < now
        ).limit(_SOME)
    )
    late = await twice_late(tx, rows.all(), now)
    return [_waiting(row, by, now) for row in late[offset : offset + limit]]


async def twice_late(tx: AsyncConnection, rows: Sequence[Any], now: datetime) -> list[Any]:
    """Those for which twice the promised time has passed since the promise that holds was given.

    Each row has `id`, `due_at` and `submitted_at`.
    """
    given = await deadlines.given_at(tx, [row.id for row in rows])
    return [
        row
        for row in rows
        if now >= row.due_at + (row.due_at - given.get(row.id, row.submitted_at))
    ]


async def claim(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_id: int,
    by: int,
    now: datetime,
    take_over: bool = False,
) -> None:
    """An official takes a report of their unit for themselves, from a colleague if told so.

    Raises `moves.Claimed`, `NotAllowed`, and `moves.NoSuchMove` where nothing is to be done.
    """
    (report,) = await acting.hold(tx, city, report_id)
    await acting.require(tx, report, by, Acting.OFFICIAL)
    if report.state not in _OWNED:
        raise NoSuchMove(report.state, "claim")
    if report.official_id not in {None, by} and not take_over:
        raise Claimed(None)
    await _give_to(tx, report_id, by, now)


async def release(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, now: datetime
) -> None:
    """The official lets go of it; the unit's colleagues can take it. Raises `NoSuchMove` when it
    is not theirs."""
    (report,) = await acting.hold(tx, city, report_id)
    if report.official_id != by:
        raise NoSuchMove(report.state, "release")
    await _give_to(tx, report_id, None, now)


async def _give_to(
    tx: AsyncConnection, report_id: int, official_id: int | None, now: datetime
) -> None:
    await tx.execute(
        update(Report).where(Report.id == report_id).values(official_id=official_id, updated_at=now)
    )
