"""What happened to what is public, without a word of who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic.models import CivicEvent
from services.reports.models import Report, ReportNote
from services.reports.publicity import WHOLE
from services.sharing.public import MOVES

SAID = "say"
"""The verb of words that moved nothing."""
_HIDING = ("hide", "show")
"""What is over when it can be read."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A public move (`after` is where it led), or public words beside a report (`after` None).

    `words` are a reason by its key, or somebody's own.
    """

    at: datetime
    verb: str
    after: str | None
    words: str | None


async def of_reports(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Happened]]:
    """The moves of these published reports and what was said of them, the oldest first."""
    found = await _moves(tx, "report", ids, CivicEvent.before != CivicEvent.after)
    notes = await tx.execute(
        select(ReportNote.report_id, ReportNote.at, ReportNote.text)
        .join(Report, Report.id == ReportNote.report_id)
        .where(ReportNote.report_id.in_(ids), ReportNote.public, WHOLE)
        .order_by(ReportNote.id)
    )
    for report_id, at, text in notes:
        found.setdefault(report_id, []).append(Happened(at, SAID, None, text))
    return {key: sorted(told, key=lambda each: each.at) for key, told in found.items()}


async def of_project(tx: AsyncConnection, project_id: int) -> list[Happened]:
    """The public moves of a project, the oldest first."""
    told = await _moves(tx, "project", [project_id], CivicEvent.verb.not_in(_HIDING))
    return told.get(project_id, [])


async def _moves(
    tx: AsyncConnection, subject: str, ids: Sequence[int], *where: Any
) -> dict[int, list[Happened]]:
    rows = await tx.execute(
        select(
            *(CivicEvent.subject_id, CivicEvent.at, CivicEvent.verb, CivicEvent.after),
            CivicEvent.reason,
        )
        .where(
            CivicEvent.subject == subject,
            CivicEvent.subject_id.in_(ids),
            *where,
            MOVES,
        )
        .order_by(CivicEvent.number)
    )
    found: dict[int, list[Happened]] = {}
    for subject_id, at, verb, after, reason in rows:
        found.setdefault(subject_id, []).append(Happened(at, verb, after, reason))
    return found
