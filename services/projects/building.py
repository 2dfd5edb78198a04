"""The work itself: milestones with photos, and residents who saw that it is built."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.civic.verifying import is_verified
from services.database import insert_new, lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, clocks, facts, telling, wording
from services.projects.facts import Facts
from services.projects.models import Confirmation, Milestone, Project
from services.projects.stages import BY_STAGE, Stage, Status

MILESTONES = 30
MAX_BYTES = 5_000_000
_BUILDERS = ("lead", "official", "operator")
OWN = frozenset({*_BUILDERS, "author", "team", "mentor"})
"""Whose word is not that of a resident."""


@dataclass
class TooManyMilestones(Refusal):
    """A project has at most this many milestones."""

    most: int


class PhotoNeeded(Refusal):
    """A milestone is closed with a photo of what was done."""


class NotVerified(Refusal):
    """Only members whose phone is known confirm what is built."""


class OwnWork(Refusal):
    """Who built it, or builds for the city, does not confirm it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone; `done_at` is None while it is open."""

    id: int
    position: int
    title: str
    due_on: date
    done_at: datetime | None
    has_photo: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a confirmation brought: False when it was given before."""

    new: bool
    residents: int
    needed: int


async def add_milestone(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    project_id: int,
    by: int,
    title: str,
    due_on: date,
    now: datetime,
) -> int:
    """The lead, an official or an operator adds a step, from the design on; returns its id.

    What residents confirmed was built without it, so they are asked again.
    """
    project = await _planned(tx, project_id)
    await acting.require(tx, project, by, *_BUILDERS)
    if project.milestones >= MILESTONES:
        raise TooManyMilestones(MILESTONES)
    last = await tx.scalar(
        select(func.max(Milestone.position)).where(Milestone.project_id == project_id)
    )
    values = {
        "project_id": project_id,
        "position": (last or 0) + 1,
        "title": wording.line(title, "milestone"),
        "due_on": due_on,
    }
    milestone: int | None = await tx.scalar(
        insert(Milestone).values(**values).returning(Milestone.id)
    )
    assert milestone is not None
    await tx.execute(delete(Confirmation).where(Confirmation.project_id == project_id))
    await clocks.wind(tx, city, project_id, now)
    return milestone


async def remove_milestone(
    tx: AsyncConnection, *, city: CityFacts, milestone_id: int, by: int, now: datetime
) -> None:
    """Take an open step back, which the log tells; raises `Changed` for one that is done.

    While it is built only an operator does: what is left of the plan is what residents confirm.
    """
    project = await _of_milestone(tx, milestone_id)
    role = await acting.require(tx, project, by, *removers(project.stage))
    gone = await tx.execute(
        delete(Milestone)
        .where(Milestone.id == milestone_id, Milestone.done_at.is_(None))
        .returning(Milestone.position)
    )
    row = gone.first()
    if row is None:
        raise Changed
    await clocks.wind(tx, city, project.id, now)
    await log.record(
        tx, city_id=city.id, subject="project", subject_id=project.id, verb="step_removed",
        before=project.stage, after=project.stage, acting=role, actor_id=by, at=now,
        facts={"position": row.position},
    )  # fmt: skip


def removers(stage: str) -> tuple[str, ...]:
    """The roles that may take an open step of the plan away at this stage."""
    return ("operator",) if stage == Stage.IMPLEMENTATION else _BUILDERS


async def close_milestone(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    milestone_id: int,
    by: int,
    photo: bytes | None,
    now: datetime,
) -> Step:
    """A step is done, with its photo; followers hear of it. Raises `Changed` if it was before."""
    if not photo or len(photo) > MAX_BYTES:
        raise PhotoNeeded
    project = await _of_milestone(tx, milestone_id)
    role = await acting.require(tx, project, by, *_BUILDERS)
    if project.stage != Stage.IMPLEMENTATION:
        raise Changed
    written = await tx.execute(
        update(Milestone)
        .where(Milestone.id == milestone_id, Milestone.done_at.is_(None))
        .values(photo=photo, done_by=by, done_at=now)
        .returning(Milestone.position, Milestone.title, Milestone.due_on)
    )
    row = written.first()
    if row is None:
        raise Changed
    await clocks.wind(tx, city, project.id, now)
    about = {
        "milestone": row.title,
        "done": project.milestones - project.open_milestones + 1,
        "of": project.milestones,
    }
    await telling.Telling(city, project, now, but=by).circle(
        tx, "followers", "project_milestone", about
    )
    await log.record(
        tx, city_id=city.id, subject="milestone", subject_id=milestone_id, verb="done",
        before="open", after="done", acting=role, actor_id=by, at=now,
        facts={"project": project.id, "position": row.position},
    )  # fmt: skip
    return Step(milestone_id, row.position, row.title, row.due_on, now, has_photo=True)


async def milestones(tx: AsyncConnection, project_id: int) -> list[Step]:
    """The steps in their order."""
    rows = await tx.execute(
        select(
            Milestone.id, Milestone.position, Milestone.title, Milestone.due_on,
            Milestone.done_at, Milestone.photo.is_not(None).label("has_photo"),
        )
        .where(Milestone.project_id == project_id)
        .order_by(Milestone.position)
    )  # fmt: skip
    return [Step(**row) for row in rows.mappings()]


async def photo(tx: AsyncConnection, milestone_id: int) -> bytes | None:
    """The photo of a step of a public project."""
    return await tx.scalar(
        select(Milestone.photo)
        .join(Project, Project.id == Milestone.project_id)
        .where(
            Milestone.id == milestone_id,
            Project.published_at.is_not(None),
            Project.hidden.is_(False),
        )
    )


async def confirm(
    tx: AsyncConnection, *, city: CityFacts, project_id: int, member_id: int, now: datetime
) -> Confirmed:
    """A resident has seen that it is built: once every step is done, and once a resident.

    Raises `NotVerified`, `OwnWork` (its people, and who may build it for the city) or `Changed`
    (not now).
    """
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if project.city_id != city.id or not facts.is_public(project):
        raise NotFound
    built = project.milestones > 0 and project.open_milestones == 0
    if (project.stage, project.status) != (Stage.IMPLEMENTATION, Status.ACTIVE) or not built:
        raise Changed
    if not await is_verified(tx, member_id):
        raise NotVerified
    if await acting.roles_of(tx, project, member_id) & OWN:
        raise OwnWork
    values = {"project_id": project_id, "member_id": member_id, "at": now}
    new = await insert_new(tx, Confirmation, values) is not None
    return Confirmed(new, project.residents + new, city.rules.civic.residents)


async def _planned(tx: AsyncConnection, project_id: int) -> Facts:
    """The project, locked, from its design on and under way; raises `Changed`."""
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    early = BY_STAGE[project.stage].n < BY_STAGE[Stage.DESIGN].n
    if early or project.status != Status.ACTIVE:
        raise Changed
    return project


async def _of_milestone(tx: AsyncConnection, milestone_id: int) -> Facts:
    project_id = await tx.scalar(select(Milestone.project_id).where(Milestone.id == milestone_id))
    if project_id is None:
        raise NotFound
    return await _planned(tx, project_id)
