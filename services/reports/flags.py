"""Members say that a public report should not be public; enough of them hide it at once.

Flags wait as those of a `report` until a moderator has looked; then they are `LOOKED_AT`, and
whoever gave one cannot give another. That a report was hidden by flags stands in the log, so that
it waits for a moderator also when those who flagged it have left.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities import CityFacts
from services.civic import log
from services.civic.models import CivicEvent, Flag, Verification
from services.civic.verifying import is_verified
from services.database import insert_new
from services.errors import Changed, NotFound, Refusal
from services.reports import acting, telling
from services.reports.acting import Facts
from services.reports.models import Report
from services.reports.outcome import OwnReport
from services.reports.publicity import PUBLISHED
from services.reports.states import NEVER_SHOWN, Acting, Audience

LOOKED_AT = "report_looked_at"
_SETTLED = ("hide", "show")


class LookedAt(Refusal):
    """The member has flagged it before, and a moderator has decided since."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """`new`: this member had not said so before. `counts`: they are verified, so it counts
    towards hiding. `hidden`: nobody sees the report now."""

    new: bool
    counts: bool
    hidden: bool


async def flag(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, report_id: int, now: datetime
) -> Flagged:
    """Say once that it should not be public; raises `NotFound`, `OwnReport` and `LookedAt`."""
    (report,) = await acting.hold(tx, city, report_id)
    if report.hidden or not report.is_published or report.state in NEVER_SHOWN:
        raise NotFound
    if report.author_id == member_id:
        raise OwnReport
    mine = Flag.subject_id == report_id, Flag.member_id == member_id
    if await tx.scalar(select(Flag.id).where(Flag.subject == LOOKED_AT, *mine)) is not None:
        raise LookedAt
    values = {"subject": "report", "subject_id": report_id, "member_id": member_id, "at": now}
    new = await insert_new(tx, Flag, values) is not None
    hidden = await _hide_if_enough(tx, city, report, now)
    return Flagged(new, await is_verified(tx, member_id), hidden)


async def _hide_if_enough(
    tx: AsyncConnection, city: CityFacts, report: Facts, now: datetime
) -> bool:
    """Hide it if enough flags count; the caller holds its row and has seen that it is public."""
    counted = await tx.scalar(
        select(func.count())
        .select_from(Flag)
        .join(Verification, Verification.member_id == Flag.member_id)
        .where(Flag.subject == "report", Flag.subject_id == report.id)
    )
    if (counted or 0) < city.rules.civic.flags_hide:
        return False
    await _hide(tx, report.id, hidden=True, now=now)
    await telling.tell(tx, city, report, Audience.MODERATORS, telling.FLAGGED, {}, now)
    await _record(tx, city, report.id, report.state, "hide", Acting.SYSTEM, None, now)
    return True


async def hide_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Hide one report whose flags count by now; False when there is none.

    A flag begins to count when its giver is verified later.
    """
    enough = (
        select(Flag.subject_id)
        .join(Verification, Verification.member_id == Flag.member_id)
        .where(Flag.subject == "report")
        .group_by(Flag.subject_id)
        .having(func.count() >= city.rules.civic.flags_hide)
    )
    report_id = await tx.scalar(
        select(Report.id)
        .where(Report.id.in_(enough), Report.city_id == city.id, PUBLISHED)
        .order_by(Report.id)
        .limit(1)
    )
    if report_id is None:
        return False
    (report,) = await acting.hold(tx, city, report_id)
    if report.is_published and not report.hidden and report.state not in NEVER_SHOWN:
        await _hide_if_enough(tx, city, report, now)
    return True


def waits() -> ColumnElement[bool]:
    """That a report was hidden by flags, and no moderator has looked at it since."""
    later = aliased(CivicEvent)
    decided = exists().where(
        later.subject == "report",
        later.subject_id == CivicEvent.subject_id,
        later.verb.in_(_SETTLED),
        later.number > CivicEvent.number,
    )
    by_flags = exists().where(
        CivicEvent.subject == "report",
        CivicEvent.subject_id == Report.id,
        CivicEvent.verb == "hide",
        CivicEvent.acting == Acting.SYSTEM,
        ~decided,
    )
    return and_(Report.hidden.is_(True), by_flags)


async def count(tx: AsyncConnection, report_id: int) -> int:
    """How many members, verified or not, have flagged it since a moderator last looked."""
    found = await tx.scalar(
        select(func.count()).where(Flag.subject == "report", Flag.subject_id == report_id)
    )
    return found or 0


async def settle(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, show: bool, now: datetime
) -> None:
    """A moderator has looked: everybody sees the report again, or nobody does from now on.

    Also hides one that nobody has flagged. Raises `NotAllowed`, and `Changed` when it is so
    already and nobody waits for a word.
    """
    (report,) = await acting.hold(tx, city, report_id)
    await acting.require(tx, report, by, Acting.MODERATOR)
    asked = await tx.scalar(select(Report.id).where(Report.id == report_id, waits())) is not None
    looked_at = await tx.execute(
        update(Flag)
        .where(Flag.subject == "report", Flag.subject_id == report_id)
        .values(subject=LOOKED_AT)
    )
    if report.hidden is not show and not looked_at.rowcount and not asked:
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
