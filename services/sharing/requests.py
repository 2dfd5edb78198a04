"""Reports as other systems see them: the public view, and what only callers ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent
from services.reports import views
from services.reports.models import Report, ReportNote
from services.reports.states import State
from services.sharing.public import MOVES
from services.sharing.words import WORDS


@dataclass(frozen=True, slots=True)
class Note:
    """What was said or done: `word` is an extended status, or `comment`."""

    at: datetime
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class More:
    """What `extensions=true` adds: the answers to the theme's questions, and what happened."""

    attributes: Mapping[str, Any]
    notes: tuple[Note, ...]


async def more(tx: AsyncConnection, shown: Sequence[views.Public]) -> dict[int, More]:
    """What is added to these reports, by id; three queries."""
    ids = [report.id for report in shown]
    rows = await tx.execute(select(Report.id, Report.attributes).where(Report.id.in_(ids)))
    answers = {row.id: row.attributes for row in rows}
    told: dict[int, list[Note]] = {}
    for report_id, note in [*await _moves(tx, ids), *await _notes(tx, ids)]:
        told.setdefault(report_id, []).append(note)
    return {
        report_id: More(
            answers.get(report_id) or {},
            tuple(sorted(told.get(report_id, ()), key=lambda note: note.at)),
        )
        for report_id in ids
    }


async def _moves(tx: AsyncConnection, ids: Sequence[int]) -> list[tuple[int, Note]]:
    rows = await tx.execute(
        select(CivicEvent.subject_id, CivicEvent.at, CivicEvent.after, CivicEvent.reason)
        .where(CivicEvent.subject == "report", CivicEvent.subject_id.in_(ids), MOVES)
        .order_by(CivicEvent.number)
    )
    return [
        (report_id, Note(at, WORDS[State(after)].extended, reason or ""))
        for report_id, at, after, reason in rows
    ]


async def _notes(tx: AsyncConnection, ids: Sequence[int]) -> list[tuple[int, Note]]:
    rows = await tx.execute(
        select(ReportNote.report_id, ReportNote.at, ReportNote.text)
        .where(ReportNote.report_id.in_(ids), ReportNote.public)
        .order_by(ReportNote.id)
    )
    return [(report_id, Note(at, "comment", text)) for report_id, at, text in rows]


async def changed_at(tx: AsyncConnection, city_id: int) -> datetime | None:
    """When any report of the city changed last, public or not: a hidden one changes lists, too."""
    newest = select(func.max(Report.updated_at)).where(Report.city_id == city_id)
    at: datetime | None = await tx.scalar(newest)
    return at
