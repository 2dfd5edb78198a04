"""Voices for and against an idea while it is evaluated."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import following, voices
from services.civic.models import Told, Verification
from services.civic.voices import Totals
from services.database import insert_new, lock_row
from services.errors import NotFound, Refusal
from services.projects import facts, ideas, moving, telling
from services.projects.models import CoAuthor, Project
from services.projects.moving import Moved
from services.projects.stages import Stage, Status, support_needed


class VotingOver(Refusal):
    """Voices are given while the idea is evaluated, not now."""


class OwnProject(Refusal):
    """Authors give no voice to what is theirs."""


@dataclass(frozen=True, slots=True)
class Voted:
    """What became of a voice. `changed` is False for the same voice again; `needed` verified
    voices carry the idea; `moved` is there when this one did."""

    changed: bool
    mine: int | None
    totals: Totals
    needed: int
    moved: Moved | None


async def vote(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    project_id: int,
    member_id: int,
    value: int,
    now: datetime,
) -> Voted:
    """Give or change a voice: 1 for, -1 against. A voice for it follows the project.

    The voice that fills the gate moves the project at once. Raises `NotFound`, `VotingOver` or
    `OwnProject`.
    """
    if value not in {1, -1}:
        raise NotFound
    project = await _open(tx, city, project_id, member_id)
    changed = await voices.give(
        tx, subject="project", subject_id=project_id, member_id=member_id, value=value, now=now
    )
    if changed and value == 1:
        await following.follow(
            tx, member_id=member_id, subject="project", key=str(project_id), via="support", now=now
        )
    return await _counted(tx, city, project, changed=changed, mine=value, now=now)


async def withdraw(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, member_id: int, now: datetime
) -> Voted:
    """Take the voice back; raises as `vote`."""
    project = await _open(tx, city, project_id, member_id)
    changed = await voices.withdraw(
        tx, subject="project", subject_id=project_id, member_id=member_id
    )
    return await _counted(tx, city, project, changed=changed, mine=None, now=now)


def _open_project() -> Any:
    wrote = exists().where(
        CoAuthor.project_id == Project.id,
        CoAuthor.member_id == bindparam("member"),
        CoAuthor.state == "yes",
    )
    return select(
        Project.id,
        Project.kind,
        Project.stage,
        Project.status,
        Project.author_id,
        wrote.label("wrote"),
    ).where(
        Project.id == bindparam("project"),
        Project.city_id == bindparam("city"),
        Project.published_at.is_not(None),
        Project.hidden.is_(False),
    )


_OPEN = _open_project()
"""Made once: building it takes longer than running it."""


async def _open(tx: AsyncConnection, city: CityFacts, project_id: int, member_id: int) -> Any:
    """The project, while voices for it are taken; whoever else counts them waits."""
    await lock_row(tx, Project, project_id)
    found = await tx.execute(_OPEN, {"project": project_id, "city": city.id, "member": member_id})
    project = found.first()
    if project is None:
        # Says why to whoever has a button of it still.
        await ideas.visible(tx, project_id, member_id)
        raise NotFound
    if (project.stage, project.status) != (Stage.EVALUATION, Status.ACTIVE):
        raise VotingOver
    if project.wrote or project.author_id == member_id:
        raise OwnProject
    return project


async def _counted(
    tx: AsyncConnection,
    city: CityFacts,
    project: Any,
    *,
    changed: bool,
    mine: int | None,
    now: datetime,
) -> Voted:
    totals = (await voices.totals(tx, "project", [project.id]))[project.id]
    needed = support_needed(project.kind, 0, city.rules.civic)
    moved = None
    if changed and totals.verified_up * 2 >= needed:
        # Who could vote is counted only where the answer may matter.
        needed = support_needed(project.kind, await _city_voices(tx, city.id), city.rules.civic)
        if totals.verified_up >= needed:
            moved = await moving.advance(
                tx, city=city, project_id=project.id, stage=Stage.EVALUATION, now=now
            )
        elif totals.verified_up * 2 >= needed:
            await _half(tx, city, project.id, now)
    return Voted(changed, mine, totals, needed, moved)


async def _city_voices(tx: AsyncConnection, city_id: int) -> int:
    count = await tx.scalar(
        select(func.count()).select_from(Verification).where(Verification.city_id == city_id)
    )
    return count or 0


async def _half(tx: AsyncConnection, city: CityFacts, project_id: int, now: datetime) -> None:
    """Tell its followers once that half of the voices are there."""
    if await insert_new(tx, Told, {"key": f"project:{project_id}:half", "at": now}) is None:
        return
    project = await facts.one(tx, project_id)
    told = telling.Telling(city, project, now)
    await told.circle(tx, "followers", "project_half", {"percent": 50})
