"""How much of what members wrote waits for a moderator."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects import flags, ideas
from services.projects.models import Challenge, Project, Statement


@dataclass(frozen=True, slots=True)
class Waiting:
    """Ideas with appeals, statements, requests, and projects that were flagged away."""

    ideas: int
    statements: int
    requests: int
    flagged: int

    @property
    def all(self) -> int:
        return self.ideas + self.statements + self.requests + self.flagged


async def how_much(tx: AsyncConnection, city_id: int) -> Waiting:
    """What waits in the city, in one query."""
    projects = select(func.count()).select_from(Project).where(Project.city_id == city_id)
    first_look, flagged = projects.where(ideas.waits()), projects.where(flags.waits())
    statements = (
        select(func.count())
        .select_from(Statement)
        .join(Project, Project.id == Statement.project_id)
        .where(Project.city_id == city_id, Statement.state == "waiting")
    )
    requests = (
        select(func.count())
        .select_from(Challenge)
        .where(
            Challenge.city_id == city_id,
            Challenge.state == "draft",
            Challenge.approved_by.is_(None),
        )
    )
    parts = (first_look, statements, requests, flagged)
    row = (await tx.execute(select(*(part.scalar_subquery() for part in parts)))).one()
    return Waiting(*row)
