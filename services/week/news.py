"""What a week brought to a district, a kind of projects or a theme of reports."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects.models import Project
from services.projects.stages import Status
from services.reports.models import Category, Report
from services.reports.states import DONE, NEVER_SHOWN

Ref = tuple[str, str]
"""What is followed: district, kind or category, and its slug or code."""

SUBJECTS = ("district", "kind", "category")
TITLES = 3
"""So many projects are named, the newest first; the others are counted."""


@dataclass(slots=True)
class News:
    """Public projects that are new, moved on or were built, and public reports that are new or
    were fixed. `titles` are (id, title) of some of the projects."""

    counts: Counter[str] = field(default_factory=Counter)
    titles: list[tuple[int, str]] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """For a message that waits in the outbox."""
        return {"counts": dict(self.counts), "titles": [list(each) for each in self.titles]}


async def of_week(
    tx: AsyncConnection, city_id: int, since: datetime, until: datetime
) -> Mapping[Ref, News]:
    """Whatever has news from `since` on and before `until`; what has none is not there."""
    found: dict[Ref, News] = defaultdict(News)
    await _projects(tx, city_id, since, until, found)
    await _reports(tx, city_id, since, until, found)
    return dict(found)


async def _projects(
    tx: AsyncConnection, city_id: int, since: datetime, until: datetime, found: dict[Ref, News]
) -> None:
    published, moved = (
        and_(column >= since, column < until) for column in (Project.published_at, Project.stage_at)
    )
    finished = and_(
        Project.status == Status.DONE, Project.updated_at >= since, Project.updated_at < until
    )
    what = case((finished, "done"), (published, "new"), else_="moved")
    rows = await tx.execute(
        select(Project.id, Project.title, Project.kind, Project.district, what.label("what"))
        .where(
            Project.city_id == city_id,
            Project.hidden.is_(False),
            Project.published_at.is_not(None),
            Project.status != Status.CLOSED,
            or_(published, moved, finished),
        )
        .order_by(Project.published_at.desc(), Project.id.desc())
    )
    for row in rows:
        for ref in _refs(("kind", row.kind), ("district", row.district)):
            found[ref].counts[row.what] += 1
            if len(found[ref].titles) < TITLES:
                found[ref].titles.append((row.id, row.title))


async def _reports(
    tx: AsyncConnection, city_id: int, since: datetime, until: datetime, found: dict[Ref, News]
) -> None:
    new = and_(Report.published_at >= since, Report.published_at < until)
    fixed = and_(Report.state.in_(DONE), Report.state_at >= since, Report.state_at < until)
    rows = await tx.execute(
        select(
            Category.code,
            Report.district,
            func.sum(case((new, 1), else_=0)).label("new"),
            func.sum(case((fixed, 1), else_=0)).label("fixed"),
        )
        .join(Category, Category.id == Report.category_id)
        .where(
            Report.city_id == city_id,
            Report.hidden.is_(False),
            Report.published_at.is_not(None),
            Report.state.not_in(NEVER_SHOWN),
            or_(new, fixed),
        )
        .group_by(Category.code, Report.district)
    )
    for row in rows:
        for ref in _refs(("category", row.code), ("district", row.district)):
            found[ref].counts += Counter(reports=row.new, fixed=row.fixed)


def _refs(*refs: tuple[str, str | None]) -> Sequence[Ref]:
    return [(subject, key) for subject, key in refs if key is not None]
