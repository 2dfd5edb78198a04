"""What happens to projects by itself: one in a transaction, whatever the row says."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import merits
from services.civic.models import Support, Told, Verification
from services.database import insert_new, lock_row
from services.projects import audience, clocks, facts, legality, moving, telling, thanking
from services.projects.facts import Facts
from services.projects.models import Project, ResourceLine
from services.projects.moving import Moved
from services.projects.stages import BY_ITSELF, BY_STAGE, Stage, Status, Timeout, Verb

_AT_ONCE = 50
_RESPONSIBLE = {
    "author": "author",
    "lead": "team",
    "moderator": "moderators",
    "operator": "operators",
    "mentor": "mentor",
}
"""Who is reminded: those who may move it on."""


async def next_due(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Do what one project's clock asks for; False when no clock has run out.

    A gate that holds is gone through instead of pausing or closing, unless it was sent back.
    """
    project_id = await tx.scalar(
        select(Project.id)
        .where(
            Project.city_id == city.id,
            Project.status == Status.ACTIVE,
            Project.hidden.is_(False),
            Project.due_at <= now,
        )
        .order_by(Project.due_at, Project.id)
        .limit(1)
    )
    if project_id is None:
        return False
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if legality.rests(project):
        return True
    if project.status == Status.ACTIVE and project.due_at is not None and project.due_at <= now:
        await _run_out(tx, city, project, now)
    return True


async def _run_out(tx: AsyncConnection, city: CityFacts, project: Facts, now: datetime) -> None:
    if project.stage in BY_ITSELF and await advance(tx, city, project.id, now):
        return
    timeout = BY_STAGE[project.stage].on_timeout
    if timeout is Timeout.REMIND:
        await _remind(tx, city, project, now)
        return
    verb = Verb.PAUSE if timeout is Timeout.PAUSE else Verb.CLOSE
    moved = await moving.move(
        tx, city=city, project_id=project.id, verb=verb, seen=moving.state(project), by=None,
        now=now,
    )  # fmt: skip
    if moved.after == Status.PAUSED and BY_STAGE[project.stage].adoptable:
        told = telling.Telling(city, project, now)
        if project.lead_id is not None:
            await told.tell(tx, [project.lead_id], "project_lead_asked", urgent=True)
            return
        skilled = await audience.called(tx, project, "skills")
        await told.tell(tx, skilled, "project_orphan")


async def _remind(tx: AsyncConnection, city: CityFacts, project: Facts, now: datetime) -> None:
    """Remind whoever may move it on, and wind the clock up again."""
    due = await clocks.due_at(tx, city, project.id, project.stage, now)
    # A milestone that is late is spoken of once a week, not every minute.
    days = BY_STAGE[project.stage].days
    due = max(due, now + (clocks.AGAIN if days is None else timedelta(days=days)))
    await tx.execute(
        update(Project).where(Project.id == project.id).values(due_at=due, reminded_at=now)
    )
    told = telling.Telling(city, project, now)
    reminded: set[int] = set()
    for role in BY_STAGE[project.stage].forward:
        name = _RESPONSIBLE.get(role)
        if name in {"author", "team", "mentor"}:
            reminded |= set(await audience.of(tx, project, name))
        elif name is not None:
            reminded |= set(await audience.called(tx, project, name))
    await told.tell(tx, reminded, "project_reminder", {"stage": project.stage})


async def ready(tx: AsyncConnection, city: CityFacts) -> list[int]:
    """Projects whose gate may have opened without anybody acting on them, by id.

    A voice begins to count when its giver is verified; a rule of the city may have changed. Each
    is tried by `advance` in a transaction of its own.
    """
    return sorted({*await _carried(tx, city), *await _funded(tx, city)})


async def _carried(tx: AsyncConnection, city: CityFacts) -> list[int]:
    """Ideas with enough verified voices by the least the city asks of their kind."""
    civic = city.rules.civic
    needed = case(
        *((Project.kind == kind, voices) for kind, voices in civic.support_by_kind.items()),
        else_=civic.support,
    )
    found = await tx.scalars(
        select(Project.id)
        .join(Support, (Support.subject == "project") & (Support.subject_id == Project.id))
        .join(Verification, Verification.member_id == Support.member_id)
        .where(*_at(city, Stage.EVALUATION), Support.value == 1)
        .group_by(Project.id, Project.kind)
        .having(func.count() >= needed)
    )
    return list(found.all())


async def _funded(tx: AsyncConnection, city: CityFacts) -> list[int]:
    short = (
        select(ResourceLine.id)
        .where(
            ResourceLine.project_id == Project.id,
            ResourceLine.kind == "money",
            facts.committed() < ResourceLine.amount,
        )
        .exists()
    )
    counted = (
        select(ResourceLine.id)
        .where(ResourceLine.project_id == Project.id, ResourceLine.kind == "money")
        .exists()
    )
    found = await tx.scalars(select(Project.id).where(*_at(city, Stage.FINANCING), counted, ~short))
    return list(found.all())


def _at(city: CityFacts, stage: Stage) -> tuple[ColumnElement[bool], ...]:
    return (
        Project.city_id == city.id,
        Project.stage == stage,
        Project.status == Status.ACTIVE,
        Project.hidden.is_(False),
    )


async def advance(
    tx: AsyncConnection, city: CityFacts, project_id: int, now: datetime
) -> Moved | None:
    """Move the project on by the system if it stands where that may be and its gate holds."""
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if project.stage not in BY_ITSELF or project.status != Status.ACTIVE:
        return None
    return await moving.advance(tx, city=city, project_id=project_id, stage=project.stage, now=now)


def _told(key: ColumnElement[str]) -> ColumnElement[bool]:
    return select(Told.key).where(Told.key == key).exists()


async def thank_next(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Thank some supporters of one project that was built; False when all were thanked.

    A few in a transaction, as there may be thousands; each once.
    """
    project_id = await tx.scalar(
        select(Project.id)
        .where(
            Project.city_id == city.id,
            Project.status == Status.DONE,
            Project.hidden.is_(False),
            ~_told(literal("thanks:") + cast(Project.id, String)),
        )
        .order_by(Project.id)
        .limit(1)
    )
    if project_id is None:
        return False
    await lock_row(tx, Project, project_id)
    if (await facts.one(tx, project_id)).status != Status.DONE:
        return True
    mark, member = thanking.mark(project_id), Support.member_id
    key = literal(f"{mark}:") + cast(member, String)
    some = audience.supporters(project_id).where(~_told(key))
    members = (await tx.scalars(some.order_by(member).limit(_AT_ONCE))).all()
    if not members:
        await insert_new(tx, Told, {"key": mark, "at": now})
        return True
    due = []
    for member_id in members:
        told = {"key": f"{mark}:{member_id}", "at": now}
        if await insert_new(tx, Told, told) is not None:
            due.append((member_id, "project_supporter"))
    await merits.award_all(tx, city, due, "project", project_id, now)
    return True
