"""A moderator takes a decision back while the mistake is fresh."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log, notifying
from services.civic.models import CivicEvent
from services.errors import Changed, NotAllowed, Refusal
from services.reports import acting, barring, duplicates, photos, telling
from services.reports.acting import Facts
from services.reports.models import Report
from services.reports.outcome import Moved
from services.reports.states import Acting, Audience, Row, Verb, row_of

UNDO = timedelta(minutes=10)
"""How long a moderator's decision can be taken back by who made it."""


class TooLateToUndo(Refusal):
    """The minutes in which a decision can be taken back are over."""


async def undo(
    tx: AsyncConnection, city: CityFacts, report_id: int, *, by: int, now: datetime
) -> Moved:
    """A moderator takes their own last move back, where its row allows that.

    Raises `TooLateToUndo`, `NotAllowed` for a colleague's, and `Changed` when it moved on.
    """
    (report,) = await acting.hold(tx, city, report_id)
    await acting.require(tx, report, by, Acting.MODERATOR)
    last = await _last_move(tx, report_id)
    row = _row_of(last, report)
    if last.actor_id != by:
        raise NotAllowed
    if now - last.at > UNDO:
        raise TooLateToUndo
    values: dict[str, Any] = {"state": row.before, "state_at": now, "updated_at": now}
    if row.verb is Verb.OPEN and report.published_at == last.at:
        values["published_at"] = None
        await photos.hide_all(tx, report_id)
    if row.verb is Verb.DUPLICATE:
        values["duplicate_of"] = None
        if report.duplicate_of is not None:
            await duplicates.part(tx, report_id, report.duplicate_of)
    written = await tx.execute(
        update(Report).where(Report.id == report_id, Report.state == row.after).values(**values)
    )
    if written.rowcount != 1:
        raise Changed
    if row.verb is Verb.DECLINE:
        await barring.end_with(tx, city, report, by=by, now=now)
    if row.told:
        await _taken_back(tx, city, report, row, now)
    event_id = await log.record(
        tx, city_id=city.id, subject="report", subject_id=report_id, verb="undo",
        before=row.after, after=row.before, acting=Acting.MODERATOR, actor_id=by, at=now,
    )  # fmt: skip
    return Moved(report_id, report.number, row.after, row.before, Acting.MODERATOR, event_id, 0)


async def _taken_back(
    tx: AsyncConnection, city: CityFacts, report: Facts, row: Row, now: datetime
) -> None:
    """Tell the author today; what is decided next reaches them today as well."""
    if report.author_id is None:
        return
    about: dict[str, Any] = {"subject": "report", "subject_id": report.id}
    await notifying.speak_again(tx, city, report.author_id, now, **about)
    more = {"state": row.before}
    await telling.tell(tx, city, report, Audience.AUTHOR, telling.UNDONE, more, now)
    await notifying.speak_again(tx, city, report.author_id, now, **about)


def _row_of(last: Any, report: Facts) -> Row:
    """The edge that the last move went, if it can be gone back."""
    if last is None or last.after != report.state or last.acting != Acting.MODERATOR:
        raise Changed
    row = row_of(last.before, last.verb)
    if row is None or not row.undo or row.after != last.after:
        raise Changed
    return row


async def can_undo(
    tx: AsyncConnection, city: CityFacts, report_id: int, *, by: int, now: datetime
) -> bool:
    """Whether `undo` would do something for this moderator."""
    report = await acting.look(tx, city, report_id)
    last = await _last_move(tx, report_id)
    try:
        _row_of(last, report)
    except Changed:
        return False
    return bool(last.actor_id == by and now - last.at <= UNDO)


async def _last_move(tx: AsyncConnection, report_id: int) -> Any:
    """The newest event that moved the report: verb, before, after, acting, actor_id, at."""
    found = await tx.execute(
        select(
            *(CivicEvent.verb, CivicEvent.before, CivicEvent.after, CivicEvent.acting),
            *(CivicEvent.actor_id, CivicEvent.at),
        )
        .where(
            CivicEvent.subject == "report",
            CivicEvent.subject_id == report_id,
            CivicEvent.before != CivicEvent.after,
        )
        .order_by(CivicEvent.id.desc())
        .limit(1)
    )
    return found.first()
