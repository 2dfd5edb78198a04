"""Ideas whose team never came together: whoever likes may lead one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following
from services.database import lock_row
from services.errors import Changed
from services.projects import moving
from services.projects.models import Project
from services.projects.moving import Moved
from services.projects.stages import Stage, Status, Verb


async def adopt(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, member_id: int, now: datetime
) -> Moved:
    """Lead an idea whose team never came together: its clock starts anew, its author stays.

    Raises `Changed` when somebody was faster.
    """
    await lock_row(tx, Project, project_id)
    adopted = await tx.execute(
        update(Project)
        .where(
            Project.id == project_id,
            Project.city_id == city.id,
            Project.adoptable.is_(True),
            Project.status == Status.PAUSED,
            Project.hidden.is_(False),
        )
        .values(lead_id=member_id)
    )
    if adopted.rowcount != 1:
        raise Changed
    await following.follow(
        tx, member_id=member_id, subject="project", key=str(project_id), via="chosen", now=now
    )
    return await moving.move(
        tx, city=city, project_id=project_id, verb=Verb.RESUME, seen=Status.PAUSED, by=member_id,
        now=now, also=frozenset({"adopter"}),
    )  # fmt: skip


async def orphans(tx: AsyncConnection, city_id: int, *, limit: int = 10) -> list[int]:
    """Ideas that wait for somebody to adopt them, what came last first."""
    ids = await tx.scalars(
        select(Project.id)
        .where(
            Project.city_id == city_id,
            Project.stage == Stage.TEAM,
            Project.status == Status.PAUSED,
            Project.adoptable.is_(True),
            Project.hidden.is_(False),
        )
        .order_by(Project.updated_at.desc(), Project.id.desc())
        .limit(limit)
    )
    return list(ids.all())
