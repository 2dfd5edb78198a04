"""An operator makes a project part of a measure, or a theme of reports a signal of an indicator,
and takes them apart again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.database import Base, insert_new
from services.errors import Changed, NotFound
from services.members import roles
from services.members.roles import Role
from services.plan.models import CategoryIndicator, Indicator, Measure, ProjectMeasure
from services.plan.walking import Named, ProjectName, ThemeName
from services.projects.models import Project
from services.reports.models import Category

MAY_LINK = (Role.OPERATOR, Role.ADMIN)


async def link(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    project_id: int,
    measure_id: int,
    together: bool,
    by: int,
    now: datetime,
) -> None:
    """Make a public project part of a measure, or (not `together`) take it out.

    Raises `NotAllowed`, `NotFound`, or `Changed` when it is so already.
    """
    await roles.require(tx, by, MAY_LINK, None)
    project = select(Project.id).where(
        Project.id == project_id,
        Project.city_id == city.id,
        Project.published_at.is_not(None),
        ~Project.hidden,
    )
    measure = select(Measure.id).where(
        Measure.id == measure_id, Measure.city_id == city.id, Measure.active
    )
    await _exist(tx, project, measure)
    pair = {"project_id": project_id, "measure_id": measure_id}
    await _pair(tx, ProjectMeasure, pair, together=together)
    await _record(
        tx, city, "measure", measure_id, {"project": project_id}, together=together, by=by, now=now
    )


async def link_theme(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    category_id: int,
    indicator_id: int,
    together: bool,
    by: int,
    now: datetime,
) -> None:
    """Set reports of a theme beside an indicator, or (not `together`) take them away.

    From then on loading the city pack leaves the indicator alone. Raises as `link`.
    """
    await roles.require(tx, by, MAY_LINK, None)
    theme = select(Category.code).where(Category.id == category_id, Category.city_id == city.id)
    indicator = select(Indicator.id).where(
        Indicator.id == indicator_id, Indicator.city_id == city.id, Indicator.active
    )
    code, _indicator = await _exist(tx, theme, indicator)
    pair = {"category_id": category_id, "indicator_id": indicator_id}
    await _pair(tx, CategoryIndicator, pair, together=together)
    await tx.execute(update(Indicator).where(Indicator.id == indicator_id).values(origin="file"))
    await _record(
        tx, city, "indicator", indicator_id, {"theme": code}, together=together, by=by, now=now
    )


async def _exist(tx: AsyncConnection, *wanted: Any) -> list[Any]:
    found = [await tx.scalar(each) for each in wanted]
    if None in found:
        raise NotFound
    return found


async def _pair(
    tx: AsyncConnection, table: type[Base], pair: Mapping[str, int], *, together: bool
) -> None:
    """Insert the pair or delete it; raises `Changed` when that is done already."""
    if together:
        if await insert_new(tx, table, dict(pair)) is None:
            raise Changed
        return
    gone = await tx.execute(delete(table).filter_by(**pair))
    if gone.rowcount != 1:
        raise Changed


async def _record(
    tx: AsyncConnection,
    city: CityFacts,
    subject: str,
    subject_id: int,
    facts: Mapping[str, Any],
    *,
    together: bool,
    by: int,
    now: datetime,
) -> None:
    await log.record(
        tx, city_id=city.id, subject=subject, subject_id=subject_id,
        verb="link" if together else "unlink", before=None if together else "linked",
        after="linked" if together else "unlinked", acting="operator", actor_id=by, at=now,
        facts=facts,
    )  # fmt: skip


async def linkable_projects(
    tx: AsyncConnection, city_id: int, measure_id: int, limit: int, offset: int
) -> list[ProjectName]:
    """Public projects that are not part of the measure yet, the newest first."""
    part = select(ProjectMeasure.project_id).where(ProjectMeasure.measure_id == measure_id)
    rows = await tx.execute(
        select(Project.id, Project.title, Project.stage, Project.status)
        .where(
            Project.city_id == city_id,
            Project.published_at.is_not(None),
            ~Project.hidden,
            Project.status != "closed",
            Project.id.not_in(part),
        )
        .order_by(Project.published_at.desc(), Project.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [ProjectName(*row) for row in rows]


async def linkable_measures(
    tx: AsyncConnection, city_id: int, project_id: int, limit: int, offset: int
) -> list[Named]:
    """Measures the project is not part of yet, in the plan's order."""
    part = select(ProjectMeasure.measure_id).where(ProjectMeasure.project_id == project_id)
    rows = await tx.execute(
        select(Measure.id, Measure.code, Measure.title)
        .where(Measure.city_id == city_id, Measure.active, Measure.id.not_in(part))
        .order_by(Measure.position, Measure.id)
        .limit(limit)
        .offset(offset)
    )
    return [Named(*row) for row in rows]


async def linkable_themes(
    tx: AsyncConnection, city_id: int, indicator_id: int, limit: int, offset: int
) -> list[ThemeName]:
    """Themes whose reports do not stand beside the indicator yet, in the order of the list."""
    beside = select(CategoryIndicator.category_id).where(
        CategoryIndicator.indicator_id == indicator_id
    )
    rows = await tx.execute(
        select(Category.id, Category.code, Category.emoji, Category.name)
        .where(Category.city_id == city_id, Category.active, Category.id.not_in(beside))
        .order_by(Category.position, Category.id)
        .limit(limit)
        .offset(offset)
    )
    return [ThemeName(*row) for row in rows]


async def linkable_indicators(
    tx: AsyncConnection, city_id: int, category_id: int, limit: int, offset: int
) -> list[Named]:
    """Indicators that the theme's reports do not stand beside yet, in the plan's order."""
    beside = select(CategoryIndicator.indicator_id).where(
        CategoryIndicator.category_id == category_id
    )
    rows = await tx.execute(
        select(Indicator.id, Indicator.code, Indicator.title)
        .where(Indicator.city_id == city_id, Indicator.active, Indicator.id.not_in(beside))
        .order_by(Indicator.position, Indicator.id)
        .limit(limit)
        .offset(offset)
    )
    return [Named(*row) for row in rows]
