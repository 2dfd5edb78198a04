"""Members say that a public report should not be public; enough of them hide it at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.civic.models import Flag
from services.database import insert_new
from services.errors import Changed, NotFound
from services.reports import acting, telling
from services.reports.models import Report
from services.reports.outcome import OwnReport
from services.reports.states import NEVER_SHOWN, Acting, Audience


@dataclass(frozen=True, slots=True)
class Flagged:
    """`new`: this member had not said so before. `hidden`: nobody sees the report now."""

    new: bool
    hidden: bool


async def flag(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, report_id: int, now: datetime
) -> Flagged:
    """Say once that it should not be public; raises `NotFound` and `OwnReport`."""
    (report,) = await acting.hold(tx, city, report_id)
    if report.hidden or not report.is_published or report.state in NEVER_SHOWN:
        raise NotFound
    if report.author_id == member_id:
        raise OwnReport
    new = await insert_new(
        tx,
        Flag,
        {"subject": "report", "subject_id": report_id, "member_id": member_id, "at": now},
    )
    if new is None:
        return Flagged(new=False, hidden=False)
    if await count(tx, report_id) < city.rules.civic.flags_hide:
        return Flagged(new=True, hidden=False)
    await _hide(tx, report_id, hidden=True, now=now)
    await telling.tell(tx, city, report, Audience.MODERATORS, telling.FLAGGED, {}, now)
    await _record(tx, city, report_id, report.state, "hide", Acting.SYSTEM, None, now)
    return Flagged(new=True, hidden=True)


async def count(tx: AsyncConnection, report_id: int) -> int:
    """How many members have flagged it since a moderator last looked."""
    found = await tx.scalar(
        select(func.count()).where(Flag.subject == "report", Flag.subject_id == report_id)
    )
    return found or 0


async def settle(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, show: bool, now: datetime
) -> None:
    """A moderator has looked: everybody sees the report again, or nobody does from now on.

    Also hides one that nobody has flagged. Raises `NotAllowed`, and `Changed` when it is so
    already and no flag waits.
    """
    (report,) = await acting.hold(tx, city, report_id)
    await acting.require(tx, report, by, Acting.MODERATOR)
    gone = await tx.execute(
        delete(Flag).where(Flag.subject == "report", Flag.subject_id == report_id)
    )
    if report.hidden is not show and not gone.rowcount:
        raise Changed
    await _hide(tx, report_id, hidden=not show, now=now)
    verb = "show" if show else "hide"
    await _record(tx, city, report_id, report.state, verb, Acting.MODERATOR, by, now)


async def _hide(tx: AsyncConnection, report_id: int, *, hidden: bool, now: datetime) -> None:
    await tx.execute(
        update(Report)
        .where(Report.id == report_id)
        .values(hidden=hidden, updated_at=now, moderator_id=None, claimed_until=None)
    )


async def _record(  # noqa: PLR0917 - one event
    tx: AsyncConnection,
    city: CityFacts,
    report_id: int,
    state: str,
    verb: str,
    role: Acting,
    by: int | None,
    now: datetime,
) -> None:
    await log.record(
        tx, city_id=city.id, subject="report", subject_id=report_id, verb=verb, before=state,
        after=state, acting=role, actor_id=by, at=now,
    )  # fmt: skip
