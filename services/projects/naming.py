"""Names of a project's people, only of those who may be named."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.models import Member
from services.projects.facts import Facts


async def author(tx: AsyncConnection, project: Facts) -> str | None:
    """The author's name, unless they stay anonymous, have no name, or are gone."""
    if project.anonymous or project.author_id is None:
        return None
    name = await tx.scalar(
        select(Member.name).where(Member.id == project.author_id, Member.deleted_at.is_(None))
    )
    return name or None
