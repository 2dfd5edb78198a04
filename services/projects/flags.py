"""Members say that a public project should not be public; enough of them hide it at once.

Flags wait as those of a `project` until a moderator has looked; then they are `LOOKED_AT`, and
whoever gave one cannot give another.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.civic.models import CivicEvent, Flag, Verification
from services.civic.verifying import is_verified
from services.database import insert_new, lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, audience, facts, legality, telling
from services.projects.facts import Facts
from services.projects.legality import UnderReview
from services.projects.models import Project
from services.projects.stages import Status

LOOKED_AT = "project_looked_at"
_OWN = frozenset({"author", "lead", "team"})
_FLAGGED = exists().where(Flag.subject == "project", Flag.subject_id == Project.id)


class OwnFlag(Refusal):
    """Nobody flags what is theirs: they can close it."""


class LookedAt(Refusal):
    """The member has flagged it before, and a moderator has decided since."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """`new`: this member had not said so before. `counts`: they are verified, so it counts
    towards hiding. `hidden`: nobody sees the project now."""

    new: bool
    counts: bool
    hidden: bool


async def flag(
    tx: AsyncConnection, city: CityFacts, *, member_id: int, project_id: int, now: datetime
) -> Flagged:
    """Say once that it should not be public.

    Raises `NotFound`, `UnderReview` when it is hidden already, `OwnFlag` or `LookedAt`.
    """
    project = await _held(tx, city, project_id)
    if project.published_at is None:
        raise NotFound
    if project.hidden:
        raise UnderReview
    if await acting.roles_of(tx, project, member_id) & _OWN:
        raise OwnFlag
    mine = Flag.subject_id == project_id, Flag.member_id == member_id
    if await tx.scalar(select(Flag.id).where(Flag.subject == LOOKED_AT, *mine)) is not None:
        raise LookedAt
    values = {"subject": "project", "subject_id": project_id, "member_id": member_id, "at": now}
    new = await insert_new(tx, Flag, values) is not None
    hidden = await _hide_if_enough(tx, city, project, now)
    return Flagged(new, await is_verified(tx, member_id), hidden)


async def _held(tx: AsyncConnection, city: CityFacts, project_id: int) -> Facts:
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if project.city_id != city.id:
        raise NotFound
    return project


async def counts(tx: AsyncConnection, project_id: int) -> int:
    """How many verified members have flagged it since a moderator last looked."""
    found = await tx.scalar(
        select(func.count())
        .select_from(Flag)
        .join(Verification, Verification.member_id == Flag.member_id)
        .where(Flag.subject == "project", Flag.subject_id == project_id)
    )
    return found or 0


async def _hide_if_enough(
    tx: AsyncConnection, city: CityFacts, project: Facts, now: datetime
) -> bool:
    """Hide it if enough flags count; the caller holds its row and has seen that it is public."""
    flags = await counts(tx, project.id)
    if flags < city.rules.civic.flags_hide:
        return False
    await _write(tx, project.id, hidden=True, updated_at=now)
    told = telling.Telling(city, project, now)
    moderators = await audience.called(tx, project, "moderators")
    await told.tell(tx, moderators, "project_flagged", {"flags": flags}, urgent=True)
    authors = await audience.authors(tx, project)
    await told.tell(tx, set(authors) - set(moderators), "project_hidden", urgent=True)
    await _record(tx, project, "hide", "system", None, now)
    return True


async def hide_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Hide one project whose flags count by now; False when there is none.

    A flag begins to count when its giver is verified later.
    """
    enough = (
        select(Flag.subject_id)
        .join(Verification, Verification.member_id == Flag.member_id)
        .where(Flag.subject == "project")
        .group_by(Flag.subject_id)
        .having(func.count() >= city.rules.civic.flags_hide)
    )
    project_id = await tx.scalar(
        select(Project.id)
        .where(
            Project.id.in_(enough),
            Project.city_id == city.id,
            Project.published_at.is_not(None),
            Project.hidden.is_(False),
        )
        .limit(1)
    )
    if project_id is None:
        return False
    project = await _held(tx, city, project_id)
    if facts.is_public(project):
        await _hide_if_enough(tx, city, project, now)
    return True


def waits() -> ColumnElement[bool]:
    """That a hidden project waits for a moderator; a closed one only if somebody flagged it."""
    return and_(
        Project.hidden.is_(True),
        Project.published_at.is_not(None),
        or_(Project.status != Status.CLOSED, _FLAGGED),
    )


async def queue(
    tx: AsyncConnection, city_id: int, *, limit: int = 10, offset: int = 0
) -> list[Facts]:
    """Projects that were flagged away, the longest hidden first."""
    ids = await tx.scalars(
        select(Project.id)
        .where(Project.city_id == city_id, waits())
        .order_by(Project.updated_at, Project.id)
        .limit(limit)
        .offset(offset)
    )
    order = list(ids.all())
    found = await facts.of(tx, order)
    return [found[each] for each in order]


async def settle(
    tx: AsyncConnection, city: CityFacts, *, project_id: int, by: int, show: bool, now: datetime
) -> None:
    """A moderator has looked: everybody sees it again, or a closed one stays hidden.

    One that goes on is closed by `moving.move`. While it was hidden its clock stood. Raises
    `NotFound`, `NotAllowed`, and `Changed` when somebody has decided already.
    """
    project = await _held(tx, city, project_id)
    role = await acting.require(tx, project, by, "moderator")
    if not project.hidden or not (show or project.status == Status.CLOSED):
        raise Changed
    gone = await looked_at(tx, project_id)
    if not show and not gone:
        raise Changed
    if show:
        await _show(tx, project, now)
        told = telling.Telling(city, project, now, but=by)
        await told.tell(tx, await audience.authors(tx, project), "project_kept", urgent=True)
    await _record(tx, project, "show" if show else "hide", role, by, now)


async def looked_at(tx: AsyncConnection, project_id: int) -> int:
    """A moderator has decided: the flags that wait do not any more; returns how many."""
    done = await tx.execute(
        update(Flag)
        .where(Flag.subject == "project", Flag.subject_id == project_id)
        .values(subject=LOOKED_AT)
    )
    return done.rowcount


async def _show(tx: AsyncConnection, project: Facts, now: datetime) -> None:
    values = {"hidden": False, "updated_at": now}
    since = await tx.scalar(
        select(func.max(CivicEvent.at)).where(
            CivicEvent.subject == "project",
            CivicEvent.subject_id == project.id,
            CivicEvent.verb == "hide",
        )
    )
    if project.due_at is not None and since is not None:
        values["due_at"] = project.due_at + (now - since)
    await _write(tx, project.id, **values)


async def _write(tx: AsyncConnection, project_id: int, **values: object) -> None:
    await tx.execute(update(Project).where(Project.id == project_id).values(**values))


async def _record(  # noqa: PLR0917 - one event
    tx: AsyncConnection, project: Facts, verb: str, role: str, by: int | None, now: datetime
) -> None:
    stands = legality.state(project.stage, project.status)
    await log.record(
        tx, city_id=project.city_id, subject="project", subject_id=project.id, verb=verb,
        before=stands, after=stands, acting=role, actor_id=by, at=now,
    )  # fmt: skip
