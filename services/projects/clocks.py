"""When the time of a stage runs out."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.projects.models import Milestone, Project
from services.projects.stages import BY_STAGE, Stage

AGAIN = timedelta(days=7)
"""How often somebody is reminded of a milestone that is late."""
_WITHOUT_PLAN = timedelta(days=30)
"""How long the work may stand without a milestone before somebody is reminded."""


async def due_at(
    tx: AsyncConnection, city: CityFacts, project_id: int, stage: str, now: datetime
) -> datetime:
    """The end of the stage's days; while it is built, the end of the next milestone's day."""
    days = BY_STAGE[stage].days
    if days is not None:
        return now + timedelta(days=days)
    following = await tx.scalar(
        select(func.min(Milestone.due_on)).where(
            Milestone.project_id == project_id, Milestone.done_at.is_(None)
        )
    )
    if following is None:
        return now + _WITHOUT_PLAN
    end = datetime.combine(following + timedelta(days=1), time.min, city.timezone)
    return max(end, now)


async def wind(tx: AsyncConnection, city: CityFacts, project_id: int, now: datetime) -> None:
    """Set the clock of a project that is being built by its milestones again.

    While another one is late, nobody is reminded sooner than `AGAIN` after the last time.
    """
    due = await due_at(tx, city, project_id, Stage.IMPLEMENTATION, now)
    reminded = await tx.scalar(select(Project.reminded_at).where(Project.id == project_id))
    if reminded is not None:
        due = max(due, reminded + AGAIN)
    await tx.execute(
        update(Project)
        .where(
            Project.id == project_id,
            Project.stage == Stage.IMPLEMENTATION,
            Project.status == "active",
        )
        .values(due_at=due)
    )
