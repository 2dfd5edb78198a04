"""Reports become a project. Voices stay where they are: each supporter is asked for theirs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import voices
from services.projects import promoting
from services.reports import acting, moves
from services.reports.acting import Facts
from services.reports.outcome import NoSuchMove
from services.reports.states import PRIVATE, Acting, Verb, row_of


async def promote(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_ids: Sequence[int],
    kind: str,
    title: str,
    by: int,
    now: datetime,
    reason: str = "needs_project",
) -> int:
    """Make one project of these reports, all or none; returns the project's id.

    A moderator or the unit's official may, and the author of one that could not be fixed. Raises
    as `moves.move` and `services.projects.promoting.from_reports`.
    """
    wanted = sorted(set(report_ids))
    held = await acting.hold(tx, city, *wanted)
    for report in held:
        if report.state in PRIVATE or row_of(report.state, Verb.PROMOTE) is None:
            raise NoSuchMove(report.state, Verb.PROMOTE)
        await acting.require(tx, report, by, Acting.MODERATOR, Acting.OFFICIAL, Acting.AUTHOR)
    project_id = await promoting.from_reports(
        tx, city=city, report_ids=wanted, kind=kind, title=title, by=by, now=now
    )
    asked = await _asked(tx, held) if by not in {report.author_id for report in held} else set()
    for report_id in wanted:
        await moves.move(
            tx, city, report_id, Verb.PROMOTE, by=by, now=now, reason=reason,
            project_id=project_id, spared=asked,
        )  # fmt: skip
    return project_id


async def _asked(tx: AsyncConnection, reports: Sequence[Facts]) -> set[int]:
    """Whom the project itself asks: authors and supporters."""
    asked = {report.author_id for report in reports if report.author_id is not None}
    for report in reports:
        asked |= set(await voices.supporters(tx, "report", report.id))
    return asked
