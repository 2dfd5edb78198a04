"""Words that stand beside a report: questions and answers, and what an official says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.reports import acting
from services.reports.models import ReportNote
from services.reports.states import NEVER_SHOWN, Acting
from services.reports.texts import clean


@dataclass(frozen=True, slots=True)
class Note:
    """What was said about a report: who acted, the words, and when."""

    acting: str
    text: str
    public: bool
    at: datetime


async def keep(
    tx: AsyncConnection,
    *,
    report_id: int,
    member_id: int | None,
    acting: str,
    text: str,
    public: bool,
    now: datetime,
) -> None:
    """Put words beside the report."""
    await tx.execute(
        insert(ReportNote).values(
            report_id=report_id,
            member_id=member_id,
            acting=acting,
            text=text,
            public=public,
            at=now,
        )
    )


async def say(
    tx: AsyncConnection, city: CityFacts, *, report_id: int, by: int, text: str, now: datetime
) -> None:
    """An official of the unit or a moderator says something about a report, without moving it.

    Everybody sees it once the report is published. Raises `NotAllowed` and `TextTooLong`.
    """
    words = clean(text)
    (report,) = await acting.hold(tx, city, report_id)
    role = await acting.require(tx, report, by, Acting.OFFICIAL, Acting.MODERATOR)
    public = report.is_published and report.state not in NEVER_SHOWN
    await keep(
        tx, report_id=report_id, member_id=by, acting=role, text=words, public=public, now=now
    )
    await log.record(
        tx,
        city_id=city.id,
        subject="report",
        subject_id=report_id,
        verb="say",
        before=report.state,
        after=report.state,
        acting=role,
        actor_id=by,
        at=now,
        reason=words if public else None,
    )


async def of(tx: AsyncConnection, report_id: int, *, public_only: bool) -> list[Note]:
    """The words beside a report, the oldest first."""
    where = [ReportNote.report_id == report_id]
    if public_only:
        where.append(ReportNote.public.is_(True))
    rows = await tx.execute(
        select(ReportNote.acting, ReportNote.text, ReportNote.public, ReportNote.at)
        .where(*where)
        .order_by(ReportNote.id)
    )
    return [Note(*row) for row in rows]


async def last_words(
    tx: AsyncConnection, report_ids: Sequence[int], acting_: Acting
) -> dict[int, str]:
    """The latest private words of this role beside each report, such as a moderator's question."""
    rows = await tx.execute(
        select(ReportNote.report_id, ReportNote.text)
        .where(
            ReportNote.report_id.in_(report_ids),
            ReportNote.acting == acting_,
            ReportNote.public.is_(False),
        )
        .order_by(ReportNote.id)
    )
    return {row.report_id: row.text for row in rows}
