"""What a project needs, and who gives it: pledged, signed, paid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.civic.verifying import is_verified
from services.database import lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, facts, moving, telling, wording
from services.projects.acting import NotYours
from services.projects.budget import SOURCES
from services.projects.building import NotVerified
from services.projects.facts import Facts
from services.projects.models import Commitment, Project, ResourceLine
from services.projects.moving import Moved
from services.projects.stages import BY_STAGE, Stage, Status

RESOURCES = ("money", "people", "land", "material", "expertise")
LINES = 20
_MOST = 10**13
_GIVERS = {
    "municipal": ("operator",),
    "regional": ("operator",),
    "investor": ("investor", "operator"),
    "fund": ("investor", "operator"),
}


@dataclass
class BadAmount(Refusal):
    """The amount is not between one and `most`."""

    most: int


class DocumentNeeded(Refusal):
    """A signature needs the number or name of its document."""


@dataclass
class TooManyLines(Refusal):
    """A project has at most this many lines."""

    most: int


async def add_line(
    tx: AsyncConnection,
    *,
    project_id: int,
    by: int,
    kind: str,
    label: str,
    amount: int,
    unit: str,
    now: datetime,
) -> int:
    """The lead or an operator says what is needed; returns the line's id."""
    if kind not in RESOURCES:
        raise NotFound
    _check(amount)
    project = await _at_work(tx, project_id)
    await acting.require(tx, project, by, "lead", "author", "operator")
    if project.lines >= LINES:
        raise TooManyLines(LINES)
    values = {
        "project_id": project_id,
        "kind": kind,
        "label": wording.line(label, "line"),
        "amount": amount,
        "unit": "kop" if kind == "money" else wording.line(unit, "unit", least=1, most=20),
    }
    line_id: int | None = await tx.scalar(
        insert(ResourceLine).values(**values).returning(ResourceLine.id)
    )
    assert line_id is not None
    await _touch(tx, project_id, now)
    return line_id


async def remove_line(tx: AsyncConnection, *, line_id: int, by: int, now: datetime) -> None:
    """Take a line back that nobody has given to; raises `Changed` otherwise."""
    project = await _of_line(tx, line_id)
    await acting.require(tx, project, by, "lead", "author", "operator")
    given = await tx.scalar(
        select(func.count()).select_from(Commitment).where(Commitment.line_id == line_id)
    )
    if given:
        raise Changed
    await tx.execute(delete(ResourceLine).where(ResourceLine.id == line_id))
    await _touch(tx, project.id, now)


async def pledge(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    line_id: int,
    by: int,
    source: str,
    org: str,
    amount: int,
    public: bool,
    now: datetime,
) -> int:
    """Promise something for a line; it counts once an operator has a signed paper.

    Budgets are an operator's to promise, business and funds an investor's, and everybody may as a
    citizen whose phone is known. Returns the commitment's id; the lead hears of it.
    """
    _check(amount)
    project = await _of_line(tx, line_id)
    await _may_give(tx, project, by, source)
    values = {
        "line_id": line_id,
        "source": source,
        "org": wording.line(org, "org", least=1),
        "public": public,
        "amount": amount,
        "state": "pledged",
        "by_id": by,
        "at": now,
    }
    commitment: int | None = await tx.scalar(
        insert(Commitment).values(**values).returning(Commitment.id)
    )
    assert commitment is not None
    if project.lead_id is not None:
        told = telling.Telling(city, project, now, but=by)
        await told.tell(tx, [project.lead_id], "project_pledged", {"amount": amount})
    return commitment


async def _may_give(tx: AsyncConnection, project: Facts, by: int, source: str) -> None:
    if source not in SOURCES:
        raise NotFound
    if source == "citizens":
        if not await is_verified(tx, by):
            raise NotVerified
        return
    await acting.require(tx, project, by, *_GIVERS[source])


async def sign(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    commitment_id: int,
    by: int,
    document: str,
    now: datetime,
) -> Moved | None:
    """An operator has the paper: from now on it counts. The move it made, if it closed the gap.

    Raises `NotAllowed`, `DocumentNeeded` or `Changed` (not pledged any more).
    """
    if not document.strip():
        raise DocumentNeeded
    paper = wording.line(document, "document", least=1)
    return await _settle(tx, _Settling(city, commitment_id, by, now, "signed"), document=paper)


async def pay(
    tx: AsyncConnection, *, city: CityFacts, commitment_id: int, by: int, now: datetime
) -> Moved | None:
    """An operator has seen the money arrive; raises `Changed` unless it was signed."""
    return await _settle(tx, _Settling(city, commitment_id, by, now, "paid"))


_BEFORE = {"signed": ("pledged",), "paid": ("signed",), "withdrawn": ("pledged", "signed")}


@dataclass(frozen=True, slots=True)
class _Settling:
    city: CityFacts
    commitment_id: int
    by: int
    now: datetime
    state: str


async def _settle(
    tx: AsyncConnection, step: _Settling, *, document: str | None = None
) -> Moved | None:
    project = await _of_commitment(tx, step.commitment_id)
    role = await acting.require(tx, project, step.by, "operator")
    await _write(tx, step.commitment_id, step.state, document)
    moved = None
    if project.stage == Stage.FINANCING:
        moved = await moving.advance(
            tx, city=step.city, project_id=project.id, stage=Stage.FINANCING, now=step.now,
            paid=True,
        )  # fmt: skip
    if moved is None:
        await _log(tx, project, step.state, role, by=step.by, now=step.now)
    return moved


async def withdraw(tx: AsyncConnection, *, commitment_id: int, by: int, now: datetime) -> None:
    """The giver takes back what they promised, an operator also what was signed.

    Raises `NotAllowed` or `Changed`.
    """
    project = await _of_commitment(tx, commitment_id)
    roles = await acting.roles_of(tx, project, by)
    found = await tx.execute(
        select(Commitment.by_id, Commitment.state).where(Commitment.id == commitment_id)
    )
    row = found.one()
    own = row.by_id == by and row.state == "pledged"
    if "operator" not in roles and not own:
        raise NotYours
    await _write(tx, commitment_id, "withdrawn", None)
    role = "operator" if "operator" in roles else "giver"
    await _log(tx, project, "withdrawn", role, by=by, now=now)


async def _write(tx: AsyncConnection, commitment_id: int, state: str, document: str | None) -> None:
    written = await tx.execute(
        update(Commitment)
        .where(Commitment.id == commitment_id, Commitment.state.in_(_BEFORE[state]))
        .values(state=state, **({"document": document} if document else {}))
    )
    if written.rowcount != 1:
        raise Changed


async def _log(
    tx: AsyncConnection, project: Facts, verb: str, role: str, *, by: int, now: datetime
) -> None:
    before = moving.state(project)
    await log.record(
        tx, city_id=project.city_id, subject="project", subject_id=project.id, verb=verb,
        before=before, after=before, acting=role, actor_id=by, at=now,
    )  # fmt: skip


def _check(amount: int) -> None:
    if not 1 <= amount <= _MOST:
        raise BadAmount(_MOST)


async def _touch(tx: AsyncConnection, project_id: int, now: datetime) -> None:
    await tx.execute(update(Project).where(Project.id == project_id).values(updated_at=now))


async def _of_line(tx: AsyncConnection, line_id: int) -> Facts:
    project_id = await tx.scalar(select(ResourceLine.project_id).where(ResourceLine.id == line_id))
    if project_id is None:
        raise NotFound
    return await _at_work(tx, project_id)


async def _of_commitment(tx: AsyncConnection, commitment_id: int) -> Facts:
    line_id = await tx.scalar(select(Commitment.line_id).where(Commitment.id == commitment_id))
    if line_id is None:
        raise NotFound
    return await _of_line(tx, line_id)


async def _at_work(tx: AsyncConnection, project_id: int) -> Facts:
    """The project, locked, while it is with its team; raises `Changed`."""
    await lock_row(tx, Project, project_id)
    project = await facts.one(tx, project_id)
    if not facts.is_public(project):
        raise NotFound
    if project.status != Status.ACTIVE or BY_STAGE[project.stage].n < BY_STAGE[Stage.TEAM].n:
        raise Changed
    return project
