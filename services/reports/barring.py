"""A moderator bars the author of a declined report from sending more, for some days."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import bars
from services.errors import NotFound
from services.reports import acting, own, telling
from services.reports.acting import Facts
from services.reports.outcome import NoSuchMove
from services.reports.reasons import NO_ANSWER
from services.reports.states import Acting, Audience, State


def may_bar(report_state: str, reason: str | None) -> bool:
    """Whether this declined report can be a reason: one that merely nobody answered cannot."""
    return report_state == State.DECLINED and reason not in {None, NO_ANSWER}


async def bar(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, now: datetime
) -> datetime:
    """Bar the author, for the reason for which the report was declined; returns until when.

    The author is told. Raises `NotAllowed` for who does not moderate and for their own report,
    `NoSuchMove` for one that was not declined by a person, `NotFound` where nobody knows the
    author, and `Changed` for one who is barred already.
    """
    report, author_id = await _of(tx, city, report_id, by)
    reason = (await own.last_reasons(tx, [report_id])).get(report_id)
    if reason is None or not may_bar(report.state, reason):
        raise NoSuchMove(report.state, "bar")
    until = now + timedelta(days=city.rules.civic.bar_days)
    await bars.impose(
        tx, author_id, report_id=report_id, reason=reason, by=by, until=until, now=now
    )
    more = {"until": until.isoformat(), "reason": reason}
    await telling.tell(tx, city, report, Audience.AUTHOR, telling.BARRED, more, now, urgent=True)
    return until


async def lift(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, now: datetime
) -> None:
    """The author of the report may send again, and is told. Raises as `bar`."""
    report, author_id = await _of(tx, city, report_id, by)
    await bars.lift(tx, author_id, by=by, now=now)
    await telling.tell(tx, city, report, Audience.AUTHOR, telling.FREED, {}, now, urgent=True)


async def end_with(
    tx: AsyncConnection, city: CityFacts, report: Facts, *, by: int | None, now: datetime
) -> None:
    """The decision for which the author was barred does not stand: they may send again, and are
    told if they were."""
    if await bars.lift_for(tx, report.id, by=by, now=now):
        await telling.tell(tx, city, report, Audience.AUTHOR, telling.FREED, {}, now, urgent=True)


async def _of(tx: AsyncConnection, city: CityFacts, report_id: int, by: int) -> tuple[Facts, int]:
    report = await acting.look(tx, city, report_id)
    await acting.require(tx, report, by, Acting.MODERATOR)
    if report.author_id is None:
        raise NotFound
    return report, report.author_id
