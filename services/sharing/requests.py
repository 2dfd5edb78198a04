"""Reports as other systems see them: the public view, and what only callers ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reports import views
from services.reports.models import Report
from services.reports.publicity import WHOLE
from services.reports.states import State
from services.sharing import history
from services.sharing.history import Happened
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
    rows = await tx.execute(select(Report.id, Report.attributes).where(Report.id.in_(ids), WHOLE))
    answers = {row.id: row.attributes for row in rows}
    told = await history.of_reports(tx, ids)
    return {
        report_id: More(
            answers.get(report_id) or {}, tuple(_note(each) for each in told.get(report_id, ()))
        )
        for report_id in ids
    }


def _note(told: Happened) -> Note:
    word = "comment" if told.after is None else WORDS[State(told.after)].extended
    return Note(told.at, word, told.words or "")


async def changed_at(tx: AsyncConnection, city_id: int) -> datetime | None:
    """When any report of the city changed last, public or not: a hidden one changes lists, too."""
    newest = select(func.max(Report.updated_at)).where(Report.city_id == city_id)
    at: datetime | None = await tx.scalar(newest)
    return at
