"""What time does to reports: one in a transaction, so that nobody waits behind many."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import notifying
from services.civic.models import Told
from services.reports import acting, deadlines, moves, queues, reasons, telling
from services.reports.acting import Facts
from services.reports.models import Report
from services.reports.states import ACTIVE, TIMED, Audience, Clock, Row, State

_REASONS = {Clock.CLARIFY: reasons.NO_ANSWER, Clock.CONFIRM: reasons.NO_OBJECTION}
_SOME = 500
"""As many of the latest promises are looked through for those that are twice as late."""


async def move_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Make one move whose time has come; False when there is none.

    A report that somebody else holds at this moment is theirs.
    """
    for row in TIMED:
        report_id = await tx.scalar(_due(city, row, now))
        if report_id is not None:
            assert row.clock is not None
            reason = _REASONS.get(row.clock)
            await moves.move(tx, city, report_id, row.verb, by=None, now=now, reason=reason)
            return True
    return False


def _due(city: CityFacts, row: Row, now: datetime) -> Any:
    assert row.clock is not None
    days: int = getattr(city.rules.civic, row.clock)
    # A draft lives on with every change; the others' clocks start when they come into the state.
    since = Report.updated_at if row.before is State.DRAFT else Report.state_at
    return (
        select(Report.id)
        .where(
            Report.city_id == city.id,
            Report.state == row.before,
            since <= now - timedelta(days=days),
        )
        .order_by(since, Report.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _not_told(prefix: str) -> Any:
    key = literal(f"{prefix}:") + cast(Report.id, String)
    return ~select(Told.key).where(Told.key == key).correlate(Report).exists()


async def remind_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Remind one author of a draft, once a draft; False when there is none to remind of."""
    rested = now - timedelta(hours=city.rules.civic.draft_reminder_hours)
    draft_id = await tx.scalar(
        select(Report.id)
        .where(
            Report.city_id == city.id,
            Report.state == State.DRAFT,
            Report.author_id.is_not(None),
            Report.updated_at <= rested,
            _not_told("draft"),
        )
        .order_by(Report.updated_at, Report.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if draft_id is None:
        return False
    if await notifying.once(tx, f"draft:{draft_id}", now):
        draft = await acting.look(tx, city, draft_id)
        await telling.tell(
            tx, city, draft, Audience.AUTHOR, telling.DRAFT, {"draft": draft_id}, now
        )
    return True


async def warn_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Say once that a promise ends soon, has ended, or is twice as late; False: nothing to say."""
    soon = now + timedelta(days=city.rules.civic.warn_days_before)
    for warning, where in (
        ("soon", (Report.due_at <= soon, Report.due_at > now)),
        ("late", (Report.due_at <= now,)),
    ):
        report_id = await tx.scalar(_promises(city, warning, *where).limit(1))
        if report_id is not None:
            await _warn(tx, city, warning, report_id, now)
            return True
    report_id = await _twice_late(tx, city, now)
    if report_id is None:
        return False
    await _warn(tx, city, "head", report_id, now)
    return True


def _promises(city: CityFacts, warning: str, *where: Any) -> Any:
    return (
        select(Report.id)
        .where(
            Report.city_id == city.id,
            Report.state.in_(ACTIVE),
            _not_told(f"report:{warning}"),
            *where,
        )
        .order_by(Report.due_at, Report.id)
        .with_for_update(skip_locked=True)
    )


async def _twice_late(tx: AsyncConnection, city: CityFacts, now: datetime) -> int | None:
    rows = await tx.execute(
        select(Report.id, Report.due_at, Report.submitted_at)
        .where(
            Report.city_id == city.id,
            Report.state.in_(ACTIVE),
            Report.due_at <= now,
            _not_told("report:head"),
        )
        .order_by(Report.due_at, Report.id)
        .limit(_SOME)
    )
    for row in await queues.twice_late(tx, rows.all(), now):
        held: int | None = await tx.scalar(
            select(Report.id).where(Report.id == row.id).with_for_update(skip_locked=True)
        )
        if held is not None:
            return held
    return None


async def _warn(
    tx: AsyncConnection, city: CityFacts, warning: str, report_id: int, now: datetime
) -> None:
    report = await acting.look(tx, city, report_id)
    if report.state not in ACTIVE or report.due_at is None:
        return
    if await notifying.once(tx, deadlines.key(warning, report_id), now):
        await _SAY[warning](tx, city, report, {"due": report.due_at.isoformat()}, now)


async def _say_soon(
    tx: AsyncConnection, city: CityFacts, report: Facts, facts: dict[str, Any], now: datetime
) -> None:
    await telling.tell(tx, city, report, Audience.OFFICIALS, telling.DUE_SOON, facts, now)


async def _say_late(
    tx: AsyncConnection, city: CityFacts, report: Facts, facts: dict[str, Any], now: datetime
) -> None:
    await telling.tell(tx, city, report, Audience.OFFICIALS, telling.OVERDUE, facts, now)
    await telling.tell(tx, city, report, Audience.AUTHOR, telling.LATE, facts, now)


async def _say_head(
    tx: AsyncConnection, city: CityFacts, report: Facts, facts: dict[str, Any], now: datetime
) -> None:
    await telling.tell(tx, city, report, Audience.HEAD, telling.HEAD, facts, now)


_SAY = {"soon": _say_soon, "late": _say_late, "head": _say_head}
