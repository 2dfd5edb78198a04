"""Ideas whose team never came together: whoever likes may lead one."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following
from services.civic.models import CivicEvent
from services.civic.verifying import is_verified
from services.database import lock_row
from services.errors import Changed
from services.projects import facts, moving, telling
from services.projects.building import NotVerified
from services.projects.models import Project
from services.projects.moving import Moved
from services.projects.stages import Stage, Status, Verb

SILENCE = timedelta(days=14)
"""So long a lead who was asked to go on may think it over; until then nobody else may lead."""


def _free(now: datetime) -> ColumnElement[bool]:
    """That a project can be adopted: nobody leads it, or its lead was asked and is silent."""
    asked = (
        select(func.max(CivicEvent.at))
        .where(
            CivicEvent.subject == "project",
            CivicEvent.subject_id == Project.id,
            CivicEvent.verb == Verb.PAUSE,
        )
        .correlate(Project)
        .scalar_subquery()
    )
    return and_(
        Project.stage == Stage.TEAM,
        Project.status == Status.PAUSED,
        Project.adoptable.is_(True),
        Project.hidden.is_(False),
        or_(Project.lead_id.is_(None), asked <= now - SILENCE),
    )


async def adopt(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, member_id: int, now: datetime
) -> Moved:
    """Lead an idea whose team never came together: its clock starts anew, its author stays.

    Who led it before hears of it. Raises `NotVerified`, or `Changed` when somebody was faster or
    its lead may still go on.
    """
    await lock_row(tx, Project, project_id)
    before = await facts.one(tx, project_id)
    if not await is_verified(tx, member_id):
        raise NotVerified
    adopted = await tx.execute(
        update(Project)
        .where(Project.id == project_id, Project.city_id == city.id, _free(now))
        .values(lead_id=member_id)
    )
    if adopted.rowcount != 1:
        raise Changed
    await following.follow(
        tx, member_id=member_id, subject="project", key=str(project_id), via="chosen", now=now
    )
    if before.lead_id is not None:
        told = telling.Telling(city, before, now, but=member_id)
        await told.tell(tx, [before.lead_id], "project_led_on", urgent=True)
    return await moving.move(
        tx, city=city, project_id=project_id, verb=Verb.RESUME, seen=Status.PAUSED, by=member_id,
        now=now, also=frozenset({"adopter"}),
    )  # fmt: skip


async def is_free(tx: AsyncConnection, project_id: int, now: datetime) -> bool:
    """Whether somebody may adopt it now."""
    found = select(Project.id).where(Project.id == project_id, _free(now))
    return await tx.scalar(found) is not None


async def orphans(
    tx: AsyncConnection, city_id: int, now: datetime, *, limit: int = 10
) -> list[int]:
    """Ideas that wait for somebody to lead them, what came last first.

    On pause to be adopted, or looking for a team without anybody who wrote or leads them.
    """
    nobodys = and_(
        Project.stage == Stage.TEAM,
        Project.status == Status.ACTIVE,
        Project.hidden.is_(False),
        Project.author_id.is_(None),
        Project.lead_id.is_(None),
    )
    ids = await tx.scalars(
        select(Project.id)
        .where(Project.city_id == city_id, or_(_free(now), nobodys))
        .order_by(Project.updated_at.desc(), Project.id.desc())
        .limit(limit)
    )
    return list(ids.all())
