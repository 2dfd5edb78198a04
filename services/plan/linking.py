"""An operator makes a project part of a measure, or takes it out again."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.database import insert_new
from services.errors import Changed, NotFound
from services.members import roles
from services.members.roles import Role
from services.plan.models import Measure, ProjectMeasure
from services.plan.walking import Named, ProjectName
from services.projects.models import Project

MAY_LINK = (Role.OPERATOR, Role.ADMIN)


async def link(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    project_id: int,
    measure_id: int,
    by: int,
    now: datetime,
) -> None:
    """Make a public project part of a measure; raises `NotAllowed`, `NotFound` or `Changed`."""
    await roles.require(tx, by, MAY_LINK, None)
    await _exist(tx, city, project_id, measure_id)
    pair = {"project_id": project_id, "measure_id": measure_id}
    if await insert_new(tx, ProjectMeasure, pair) is None:
        raise Changed
    await _record(
        tx, city, project_id=project_id, measure_id=measure_id, verb="link", by=by, now=now
    )


async def unlink(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    project_id: int,
    measure_id: int,
    by: int,
    now: datetime,
) -> None:
    """Take a project out of a measure; raises `NotAllowed`, `NotFound` or `Changed`."""
    await roles.require(tx, by, MAY_LINK, None)
    await _exist(tx, city, project_id, measure_id)
    gone = await tx.execute(
        delete(ProjectMeasure).where(
            ProjectMeasure.project_id == project_id, ProjectMeasure.measure_id == measure_id
        )
    )
    if gone.rowcount != 1:
        raise Changed
    await _record(
        tx, city, project_id=project_id, measure_id=measure_id, verb="unlink", by=by, now=now
    )


async def _exist(tx: AsyncConnection, city: CityFacts, project_id: int, measure_id: int) -> None:
    project = select(Project.id).where(
        Project.id == project_id,
        Project.city_id == city.id,
        Project.published_at.is_not(None),
        ~Project.hidden,
    )
    measure = select(Measure.id).where(
        Measure.id == measure_id, Measure.city_id == city.id, Measure.active
    )
    for wanted in (project, measure):
        if await tx.scalar(wanted) is None:
            raise NotFound


async def _record(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    project_id: int,
    measure_id: int,
    verb: str,
    by: int,
    now: datetime,
) -> None:
    await log.record(
        tx,
        city_id=city.id,
        subject="measure",
        subject_id=measure_id,
        verb=verb,
        before=None if verb == "link" else "linked",
        after="linked" if verb == "link" else "unlinked",
        acting="operator",
        actor_id=by,
        at=now,
        facts={"project": project_id},
    )


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
