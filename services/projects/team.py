"""Who builds it: a lead, open places by skill, and applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following
from services.civic.verifying import is_verified
from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.members.models import Member
from services.projects import acting, facts, telling, wording
from services.projects.acting import NotYours
from services.projects.building import NotVerified
from services.projects.facts import Facts
from services.projects.models import Project, TeamMember
from services.projects.skills import SKILLS
from services.projects.stages import BY_STAGE, Stage, Status

PLACES = 12


class TeamFull(Refusal):
    """No place with this skill is open, or no more can be opened."""


class AlreadyIn(Refusal):
    """The member is in the team, leads it, or has applied for this place."""


class LeadTaken(Refusal):
    """Somebody leads the project already."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a team: `state` is open, applied or accepted. `name` only where the member
    agreed that everybody sees it, or for the lead's eyes."""

    id: int
    skill: str
    state: str
    member_id: int | None
    name: str | None
    word: str
    at: datetime


async def take_lead(tx: AsyncConnection, *, project_id: int, member_id: int, now: datetime) -> None:
    """An author, or one of the team, leads the project from now on; raises `LeadTaken`.

    One that nobody wrote and nobody leads is any verified member's to lead, else `NotVerified`.
    """
    project = await _gathering(tx, project_id)
    if nobodys(project) and facts.is_public(project):
        if not await is_verified(tx, member_id):
            raise NotVerified
        await following.follow(
            tx, member_id=member_id, subject="project", key=str(project_id), via="chosen", now=now
        )
    else:
        await acting.require(tx, project, member_id, "author", "team")
    await _set_lead(tx, project_id, member_id, now)


def nobodys(project: Facts) -> bool:
    """Whether it has neither author nor lead: born of reports, or those people have left."""
    return project.author_id is None and project.lead_id is None


async def _set_lead(tx: AsyncConnection, project_id: int, member_id: int, now: datetime) -> None:
    written = await tx.execute(
        update(Project)
        .where(Project.id == project_id, Project.lead_id.is_(None))
        .values(lead_id=member_id, updated_at=now)
    )
    if written.rowcount != 1:
        raise LeadTaken


async def open_place(
    tx: AsyncConnection, *, project_id: int, by: int, skill: str, now: datetime
) -> int:
    """The lead or the author looks for somebody with a skill; returns the place's id."""
    project = await _gathering(tx, project_id)
    await acting.require(tx, project, by, "lead", "author")
    if skill not in SKILLS:
        raise NotFound
    if await _count(tx, project_id, TeamMember.state.in_(("open", "accepted"))) >= PLACES:
        raise TeamFull
    values = {"project_id": project_id, "skill": skill, "state": "open", "at": now}
    place_id: int | None = await tx.scalar(
        insert(TeamMember).values(**values).returning(TeamMember.id)
    )
    assert place_id is not None
    return place_id


async def close_place(tx: AsyncConnection, *, place_id: int, by: int) -> None:
    """The lead or the author looks for nobody any more; raises `Changed` for a place taken."""
    project = await _of_place(tx, place_id)
    await acting.require(tx, project, by, "lead", "author")
    gone = await tx.execute(
        delete(TeamMember).where(TeamMember.id == place_id, TeamMember.state == "open")
    )
    if gone.rowcount != 1:
        raise Changed


async def apply(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    project_id: int,
    member_id: int,
    skill: str,
    word: str,
    public: bool,
    now: datetime,
) -> int:
    """Ask for an open place; the lead (the author without one) hears of it.

    `public`: everybody may see the name once accepted. Raises `TeamFull` or `AlreadyIn`.
    """
    project = await _gathering(tx, project_id)
    if not facts.is_public(project):
        raise NotFound
    if await _count(tx, project_id, TeamMember.state == "open", TeamMember.skill == skill) == 0:
        raise TeamFull
    mine = await _count(
        tx,
        project_id,
        TeamMember.member_id == member_id,
        (TeamMember.state == "accepted")
        | ((TeamMember.state == "applied") & (TeamMember.skill == skill)),
    )
    if mine or project.lead_id == member_id:
        raise AlreadyIn
    values = {
        "project_id": project_id,
        "skill": skill,
        "member_id": member_id,
        "state": "applied",
        "word": wording.text(word, "application", most=300),
        "public": public,
        "at": now,
    }
    application: int | None = await tx.scalar(
        insert(TeamMember).values(**values).returning(TeamMember.id)
    )
    assert application is not None
    to = project.lead_id or project.author_id
    if to is not None:
        told = telling.Telling(city, project, now, but=member_id)
        await told.tell(tx, [to], "project_applied", {"skill": skill}, urgent=True)
    return application


async def answer(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    application_id: int,
    by: int,
    accept: bool,
    now: datetime,
) -> None:
    """The lead (the author) takes somebody into the team, or thanks and declines.

    Raises `Changed` when it was answered already, `TeamFull` when the place is gone.
    """
    project = await _of_place(tx, application_id)
    await acting.require(tx, project, by, "lead", "author")
    written = await tx.execute(
        update(TeamMember)
        .where(TeamMember.id == application_id, TeamMember.state == "applied")
        .values(state="accepted" if accept else "declined", at=now)
        .returning(TeamMember.member_id, TeamMember.skill)
    )
    row = written.first()
    if row is None:
        raise Changed
    if accept:
        await _fill(tx, project.id, row.skill)
        await following.follow(
            tx, member_id=row.member_id, subject="project", key=str(project.id), via="chosen",
            now=now,
        )  # fmt: skip
    told = telling.Telling(city, project, now, but=by)
    facts_of_it = {"skill": row.skill, "accepted": accept}
    await told.tell(tx, [row.member_id], "project_application", facts_of_it, urgent=True)


async def _fill(tx: AsyncConnection, project_id: int, skill: str) -> None:
    """An open place with the skill is not open any more."""
    open_one = (
        select(TeamMember.id)
        .where(
            TeamMember.project_id == project_id,
            TeamMember.state == "open",
            TeamMember.skill == skill,
        )
        .order_by(TeamMember.id)
        .limit(1)
    )
    place_id = await tx.scalar(open_one)
    if place_id is None:
        raise TeamFull
    await tx.execute(delete(TeamMember).where(TeamMember.id == place_id))


async def leave(tx: AsyncConnection, *, project_id: int, member_id: int, now: datetime) -> None:
    """A member leaves the team, or stops leading it; raises `NotAllowed` for who is not in it."""
    await lock_row(tx, Project, project_id)
    left = await tx.execute(
        update(TeamMember)
        .where(
            TeamMember.project_id == project_id,
            TeamMember.member_id == member_id,
            TeamMember.state.in_(("accepted", "applied")),
        )
        .values(state="left", at=now)
    )
    led = await tx.execute(
        update(Project)
        .where(Project.id == project_id, Project.lead_id == member_id)
        .values(lead_id=None, updated_at=now)
    )
    if left.rowcount + led.rowcount == 0:
        raise NotYours


async def places(tx: AsyncConnection, project_id: int, *, viewer_id: int) -> list[Place]:
    """The team's places. Names and words of applicants are for its lead and author only."""
    project = await facts.one(tx, project_id)
    roles = await acting.roles_of(tx, project, viewer_id)
    leads = bool(roles & {"lead", "author"})
    rows = await tx.execute(_places([project_id]))
    return [
        _place(row, leads=leads)
        for row in rows
        if leads or row.state != "applied" or row.member_id == viewer_id
    ]


def _places(ids: Sequence[int]) -> Select[Any]:
    return (
        select(TeamMember.__table__, Member.name)
        .outerjoin(Member, Member.id == TeamMember.member_id)
        .where(
            TeamMember.project_id.in_(ids),
            TeamMember.state.in_(("open", "applied", "accepted")),
        )
        .order_by(TeamMember.id)
    )


def _place(row: Any, *, leads: bool) -> Place:
    named = leads or (row.public and row.state == "accepted")
    return Place(
        row.id, row.skill, row.state, row.member_id if leads else None,
        row.name if named else None, row.word if leads else "", row.at,
    )  # fmt: skip


async def _count(tx: AsyncConnection, project_id: int, *where: Any) -> int:
    query = select(func.count()).select_from(TeamMember)
    return await tx.scalar(query.where(TeamMember.project_id == project_id, *where)) or 0


async def _gathering(tx: AsyncConnection, project_id: int) -> Facts:
    """The project, locked, while it gathers its team or works with it; raises `Changed`."""
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    early = BY_STAGE[project.stage].n < BY_STAGE[Stage.TEAM].n
    if early or project.status != Status.ACTIVE:
        raise Changed
    return project


async def _of_place(tx: AsyncConnection, place_id: int) -> Facts:
    project_id = await tx.scalar(select(TeamMember.project_id).where(TeamMember.id == place_id))
    if project_id is None:
        raise NotFound
    return await _gathering(tx, project_id)
