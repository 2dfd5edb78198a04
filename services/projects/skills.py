"""What members can do for projects, and where that is looked for."""

from collections.abc import Collection

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import lock_row
from services.errors import NotFound
from services.members.models import Member
from services.projects.models import Project, Skill, TeamMember
from services.projects.stages import Status

SKILLS = (
    *("design", "building", "law", "finance", "it", "media"),
    *("events", "nature", "teaching", "transport", "crafts", "care"),
)
"""What a member can do for projects; keys of their words."""


async def set_skills(tx: AsyncConnection, member_id: int, skills: Collection[str]) -> None:
    """Remember what the member can do; nothing else."""
    if not set(skills) <= set(SKILLS):
        raise NotFound
    await lock_row(tx, Member, member_id)
    await tx.execute(delete(Skill).where(Skill.member_id == member_id))
    for skill in SKILLS:
        if skill in skills:
            await tx.execute(insert(Skill).values(member_id=member_id, skill=skill))


async def skills_of(tx: AsyncConnection, member_id: int) -> tuple[str, ...]:
    """What the member said they can do, in the order of `SKILLS`."""
    found = set((await tx.scalars(select(Skill.skill).where(Skill.member_id == member_id))).all())
    return tuple(skill for skill in SKILLS if skill in found)


async def wanted(
    tx: AsyncConnection, city_id: int, member_id: int, *, limit: int = 10
) -> list[tuple[int, str]]:
    """Open places (project, skill) that fit what the member can do, the newest first."""
    rows = await tx.execute(
        select(TeamMember.project_id, TeamMember.skill)
        .join(Project, Project.id == TeamMember.project_id)
        .join(Skill, (Skill.skill == TeamMember.skill) & (Skill.member_id == member_id))
        .where(
            Project.city_id == city_id,
            Project.status == Status.ACTIVE,
            Project.hidden.is_(False),
            TeamMember.state == "open",
        )
        .group_by(TeamMember.project_id, TeamMember.skill)
        .order_by(func.max(TeamMember.id).desc())
        .limit(limit)
    )
    return [(row.project_id, row.skill) for row in rows]
