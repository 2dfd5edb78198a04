"""Reports become a project. Voices stay where they are: each supporter is asked for theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import voices
from services.errors import Refusal
from services.projects import promoting
from services.reports import acting, moves
from services.reports.acting import Facts
from services.reports.outcome import NoSuchMove
from services.reports.states import NEVER_SHOWN, PRIVATE, Acting, Verb, row_of


@dataclass
class TooFew(Refusal):
    """Of the group `fit` reports can still become a project, and that takes `least`."""

    fit: int
    least: int


@dataclass(frozen=True, slots=True)
class Promoted:
    """The project; how many reports are part of it, and the numbers of those left as they are."""

    project_id: int
    reports: int
    left: tuple[int, ...]


async def promote_group(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    report_ids: Sequence[int],
    kind: str,
    title: str,
    by: int,
    now: datetime,
) -> Promoted:
    """Make one project of those of a suggested group that can be part of it by now.

    Left as they are: what has moved on, the mover's own, and what a colleague has claimed. Raises
    `TooFew` where the rest is no group any more, and as `promote`.
    """
    held = await acting.hold(tx, city, *sorted(set(report_ids)))
    fit = [report for report in held if await _fits(tx, report, by, now)]
    least = city.rules.civic.cluster_count
    if len(fit) < least:
        raise TooFew(len(fit), least)
    project_id = await promote(
        tx, city, report_ids=[report.id for report in fit], kind=kind, title=title, by=by, now=now,
        reason="several_places",
    )  # fmt: skip
    left = sorted(each.number for each in held if each not in fit and each.number is not None)
    return Promoted(project_id, len(fit), tuple(left))


async def _fits(tx: AsyncConnection, report: Facts, by: int, now: datetime) -> bool:
    if report.published_at is None or report.hidden or report.state in NEVER_SHOWN:
        return False
    if report.author_id == by:
        return False
    held = await acting.roles_of(tx, report, by)
    return Verb.PROMOTE in {row.verb for row, _role in moves.may(report, held, by, now)}


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
