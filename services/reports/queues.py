"""What waits for the city's people: who takes what, one at a time, so that none works in vain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.civic.models import Flag
from services.errors import Refusal
from services.reports import acting, publicity
from services.reports.casework import Case, case
from services.reports.models import Category, Report, ReportPhoto
from services.reports.notes import Note
from services.reports.outcome import Claimed, NoSuchMove
from services.reports.photos import KEPT, Kept
from services.reports.states import ACTIVE, NEVER_SHOWN, SUPPORTABLE, Acting, State

__all__ = [
    "Case",
    "Counts",
    "Note",
    "NothingWaits",
    "Waiting",
    "case",
    "claim",
    "counts",
    "let_go",
    "next_flagged",
    "next_photo",
    "next_submitted",
    "of_head",
    "of_unit",
    "release",
]


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


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for a moderator: new reports, flagged ones, photos, groups of reports."""

    submitted: int
    flagged: int
    photos: int


class NothingWaits(Refusal):
    """The queue is empty, or colleagues are at all of it."""


_OWNED = (State.ASSIGNED, State.IN_PROGRESS, State.SCHEDULED, State.REOPENED)
_SOME = 500
_FLAGGED = exists().where(Flag.subject == "report", Flag.subject_id == Report.id)


def _not_mine(by: int) -> ColumnElement[bool]:
    return or_(Report.author_id.is_(None), Report.author_id != by)


def _submitted(city: CityFacts, by: int) -> ColumnElement[bool]:
    return and_(Report.city_id == city.id, Report.state == State.SUBMITTED, _not_mine(by))


def _flagged(city: CityFacts, by: int) -> ColumnElement[bool]:
    return and_(Report.city_id == city.id, Report.hidden.is_(True), _FLAGGED, _not_mine(by))


def _late_photos(city: CityFacts, by: int) -> Any:
    return (
        select(*KEPT)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            Report.city_id == city.id,
            Report.published_at.is_not(None),
            Report.state.not_in(NEVER_SHOWN),
            Report.hidden.is_(False),
            _not_mine(by),
            ReportPhoto.shown.is_(False),
            ReportPhoto.removed.is_(False),
            or_(ReportPhoto.member_id.is_(None), ReportPhoto.member_id != by),
        )
    )


async def counts(tx: AsyncConnection, city: CityFacts, by: int, now: datetime) -> Counts:
    """What waits for this moderator; their own reports wait for others, and what a colleague
    looks at is left out."""
    await acting.require_team(tx, city, by)
    free = _free(by, now)
    submitted = select(func.count(Report.id)).where(_submitted(city, by), free)
    flagged = select(func.count(Report.id)).where(_flagged(city, by), free)
    late = select(func.count()).select_from(_late_photos(city, by).subquery())
    return Counts(
        await tx.scalar(submitted) or 0, await tx.scalar(flagged) or 0, await tx.scalar(late) or 0
    )


def _free(by: int, now: datetime) -> ColumnElement[bool]:
    return or_(
        Report.moderator_id.is_(None),
        Report.moderator_id == by,
        Report.claimed_until.is_(None),
        Report.claimed_until <= now,
    )


async def next_submitted(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, after: int = 0
) -> Case:
    """Claim the oldest new report after this one, then from the start, for this moderator.

    What the moderator held before is free again. Raises `NothingWaits`.
    """
    return await _next(tx, city, _submitted(city, by), by, now, after)


async def next_flagged(
    tx: AsyncConnection, city: CityFacts, *, by: int, now: datetime, after: int = 0
) -> Case:
    """The same for reports that members have flagged away; see `flags.settle`."""
    return await _next(tx, city, _flagged(city, by), by, now, after)


async def _next(  # noqa: PLR0917 - one queue
    tx: AsyncConnection,
    city: CityFacts,
    queue: ColumnElement[bool],
    by: int,
    now: datetime,
    after: int,
) -> Case:
    await acting.require_team(tx, city, by)
    await let_go(tx, by=by)
    first = (
        select(Report.id)
        .where(queue, _free(by, now))
        .order_by(when((Report.id <= after, 1), else_=0), Report.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = now + timedelta(minutes=city.rules.civic.claim_minutes)
    claimed = await tx.execute(
        update(Report)
        .where(Report.id.in_(first))
        .values(moderator_id=by, claimed_until=until)
        .returning(Report.id)
    )
    row = claimed.first()
    if row is None:
        raise NothingWaits
    return await case(tx, city, row.id, by, now)


async def let_go(tx: AsyncConnection, *, by: int) -> None:
    """The moderator leaves the queue: what they held is free again."""
    await tx.execute(
        update(Report)
        .where(Report.moderator_id == by)
        .values(moderator_id=None, claimed_until=None)
    )


async def next_photo(tx: AsyncConnection, city: CityFacts, *, by: int, after: int = 0) -> Kept:
    """The oldest photo that came after publication and that no moderator has looked at.

    Raises `NothingWaits`. See `redacting.show` and `editing.remove_photo`.
    """
    await acting.require_team(tx, city, by)
    found = await tx.execute(
        _late_photos(city, by)
        .order_by(when((ReportPhoto.id <= after, 1), else_=0), ReportPhoto.id)
        .limit(1)
    )
    row = found.first()
    if row is None:
        raise NothingWaits
    return Kept(*row)


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
        _not_mine(by),
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
    late = [row for row in rows if is_twice_late(row.submitted_at, row.due_at, now)]
    return [_waiting(row, by, now) for row in late[offset : offset + limit]]


def is_twice_late(submitted_at: datetime, due_at: datetime, now: datetime) -> bool:
    """Whether twice the promised time has passed since the report was sent."""
    return now >= due_at + (due_at - submitted_at)


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
