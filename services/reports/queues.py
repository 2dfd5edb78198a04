"""What waits for the city's people: who takes what, one at a time, so that none works in vain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.errors import Refusal
from services.reports import acting, flags
from services.reports.casework import Case, case
from services.reports.models import Report, ReportPhoto
from services.reports.notes import Note
from services.reports.photos import KEPT, Kept
from services.reports.states import NEVER_SHOWN, State
from services.reports.units import (
    Waiting,
    claim,
    not_mine,
    of_head,
    of_unit,
    release,
    twice_late,
)

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
    "twice_late",
]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for a moderator: new reports, flagged ones, photos, groups of reports."""

    submitted: int
    flagged: int
    photos: int


class NothingWaits(Refusal):
    """The queue is empty, or colleagues are at all of it."""


def _submitted(city: CityFacts, by: int) -> ColumnElement[bool]:
    return and_(Report.city_id == city.id, Report.state == State.SUBMITTED, not_mine(by))


def _flagged(city: CityFacts, by: int) -> ColumnElement[bool]:
    return and_(Report.city_id == city.id, flags.waits(), not_mine(by))


def _late_photos(city: CityFacts, by: int) -> Any:
    return (
        select(*KEPT)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            Report.city_id == city.id,
            Report.published_at.is_not(None),
            Report.state.not_in(NEVER_SHOWN),
            Report.hidden.is_(False),
            not_mine(by),
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
