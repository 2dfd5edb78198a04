"""Who is meant by a name in the rows of `stages`: for telling, and for thanking."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.civic import verifying
from services.civic.models import CivicEvent, Follow, Support, Verification
from services.members.models import Member, RoleGrant
from services.projects.facts import Facts
from services.projects.models import CoAuthor, Opinion, Skill, TeamMember
from services.projects.stages import Stage
from services.reports.models import Report

_ROLES = {
    "moderators": ("moderator", "admin"),
    "operators": ("operator",),
    "experts": ("expert",),
    "mentors": ("mentor",),
    "funders": ("funder",),
}


async def authors(tx: AsyncConnection, project: Facts) -> list[int]:
    """Its author and the co-authors who agreed."""
    more = await tx.scalars(
        select(CoAuthor.member_id).where(CoAuthor.project_id == project.id, CoAuthor.state == "yes")
    )
    return _sorted({project.author_id, *more.all()})


async def of(tx: AsyncConnection, project: Facts, name: str) -> list[int]:
    """The members whom the name means on this project, by id: author, experts (who gave an
    opinion that counts), team with its lead, mentor, adopter, followers, subscribers (of its
    theme or district)."""
    if name == "author":
        return await authors(tx, project)
    if name == "mentor":
        return _sorted({project.mentor_id})
    if name == "adopter":
        return _sorted({project.author_id} if project.practice_id else set())
    found = set((await tx.scalars(_query(project, name))).all())
    return _sorted(found | ({project.lead_id} if name == "team" else set()))


def _sorted(members: Iterable[int | None]) -> list[int]:
    return sorted({member for member in members if member is not None})


def _query(project: Facts, name: str) -> Select[Any]:
    if name == "experts":
        return select(Opinion.expert_id).where(
            Opinion.project_id == project.id, Opinion.conflict.is_(False)
        )
    if name == "team":
        return select(TeamMember.member_id).where(
            TeamMember.project_id == project.id, TeamMember.state == "accepted"
        )
    if name == "followers":
        return select(Follow.member_id).where(
            Follow.subject == "project", Follow.key == str(project.id)
        )
    assert name == "subscribers", name
    wanted = [(Follow.subject == "kind") & (Follow.key == project.kind)]
    if project.district:
        wanted.append((Follow.subject == "district") & (Follow.key == project.district))
    return select(Follow.member_id).where(or_(*wanted))


async def thanked(tx: AsyncConnection, project: Facts, name: str) -> list[int]:
    """Those of `of` who are thanked: real people, and of the team of what is built only who was in
    it when the work began."""
    found = set(await of(tx, project, name))
    if name == "team" and project.stage == Stage.IMPLEMENTATION:
        in_time = _query(project, "team").where(TeamMember.at <= project.stage_at)
        found = set((await tx.scalars(in_time)).all())
        if project.lead_id is not None and await _led_before(tx, project):
            found.add(project.lead_id)
    return await verifying.among(tx, found)


async def _led_before(tx: AsyncConnection, project: Facts) -> bool:
    """Whether its lead wrote it, or has moved it before the work began."""
    if project.lead_id in await authors(tx, project):
        return True
    moved = select(CivicEvent.id).where(
        CivicEvent.subject == "project",
        CivicEvent.subject_id == project.id,
        CivicEvent.actor_id == project.lead_id,
        CivicEvent.acting.in_(("lead", "adopter")),
        CivicEvent.at <= project.stage_at,
    )
    return await tx.scalar(moved.limit(1)) is not None


def supporters(project_id: int) -> Select[Any]:
    """Whose voice for the project counts."""
    return (
        select(Support.member_id)
        .join(Verification, Verification.member_id == Support.member_id)
        .where(Support.subject == "project", Support.subject_id == project_id, Support.value == 1)
    )


async def called(tx: AsyncConnection, project: Facts, name: str) -> list[int]:
    """The members whose work begins at a stage: moderators, operators, experts, mentors, funders,
    skills (whoever can do what the team lacks), unit (the officials whose reports it came from;
    operators when there are none)."""
    if name == "skills":
        found = await tx.scalars(_skilled(project.id))
        return _sorted(set(found.all()) - {project.author_id, project.lead_id})
    if name == "unit":
        officials = await tx.scalars(_officials(project.id))
        at_work = _sorted(set(officials.all()))
        return at_work or await called(tx, project, "operators")
    holders = await tx.scalars(
        select(RoleGrant.member_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.role.in_(_ROLES[name]),
            RoleGrant.revoked_at.is_(None),
            Member.city_id == project.city_id,
        )
    )
    return _sorted(set(holders.all()) - {project.author_id})


def _skilled(project_id: int) -> Select[Any]:
    return (
        select(Skill.member_id)
        .join(TeamMember, TeamMember.skill == Skill.skill)
        .where(TeamMember.project_id == project_id, TeamMember.state == "open")
    )


def _officials(project_id: int) -> Select[Any]:
    return (
        select(RoleGrant.member_id)
        .join(Report, Report.unit_id == RoleGrant.unit_id)
        .where(
            Report.project_id == project_id,
            RoleGrant.role == "official",
            RoleGrant.revoked_at.is_(None),
        )
    )
