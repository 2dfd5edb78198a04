"""Short sentences about an idea, to agree with, to disagree with or to pass."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new, lock_row
from services.errors import Changed, NotFound, Refusal
from services.projects import acting, facts, wording
from services.projects.models import Project, Statement, StatementVote
from services.projects.stages import Stage, Status

LETTERS = 140
OF_ONE = 3
"""How many statements one member may add to a project."""


@dataclass
class EnoughSaid(Refusal):
    """The member has added as many statements as one may, or this one is there already."""

    most: int


class TalkOver(Refusal):
    """Statements are made while the idea is evaluated."""


@dataclass(frozen=True, slots=True)
class Said:
    """A statement and how many agree, disagree and pass."""

    id: int
    project_id: int
    text: str
    agree: int
    disagree: int
    passed: int


async def add(
    tx: AsyncConnection, *, project_id: int, author_id: int, text: str, now: datetime
) -> int:
    """Add a statement; a moderator sees it before everybody does. Returns its id.

    Raises `NotFound`, `TalkOver`, `EnoughSaid` or `wording.Unsuitable`.
    """
    await lock_row(tx, Project, project_id)
    await _evaluated(tx, project_id)
    said = await tx.scalar(
        select(func.count())
        .select_from(Statement)
        .where(Statement.project_id == project_id, Statement.author_id == author_id)
    )
    if (said or 0) >= OF_ONE:
        raise EnoughSaid(OF_ONE)
    values = {
        "project_id": project_id,
        "author_id": author_id,
        "text": wording.line(text, "statement", least=5, most=LETTERS),
        "state": "waiting",
        "at": now,
    }
    added = await insert_new(tx, Statement, values, Statement.id)
    if added is None:
        raise EnoughSaid(OF_ONE)
    return int(added.id)


async def _evaluated(tx: AsyncConnection, project_id: int) -> None:
    project = await facts.one(tx, project_id)
    if not facts.is_public(project):
        raise NotFound
    if (project.stage, project.status) != (Stage.EVALUATION, Status.ACTIVE):
        raise TalkOver


def _counted() -> Select[Any]:
    def count(value: int) -> Any:
        return (
            select(func.count())
            .select_from(StatementVote)
            .where(StatementVote.statement_id == Statement.id, StatementVote.value == value)
            .scalar_subquery()
        )

    return select(
        Statement.id,
        Statement.project_id,
        Statement.text,
        count(1).label("agree"),
        count(-1).label("disagree"),
        count(0).label("passed"),
    )


async def listing(tx: AsyncConnection, project_id: int, *, limit: int = 10) -> list[Said]:
    """What was said and shown, what most people answered first."""
    answers = (
        select(func.count())
        .select_from(StatementVote)
        .where(StatementVote.statement_id == Statement.id)
        .scalar_subquery()
    )
    rows = await tx.execute(
        _counted()
        .where(Statement.project_id == project_id, Statement.state == "shown")
        .order_by(answers.desc(), Statement.id)
        .limit(limit)
    )
    return [Said(*row) for row in rows]


async def following_one(tx: AsyncConnection, *, project_id: int, member_id: int) -> Said | None:
    """The next statement that the member has not answered, what fewest answered first."""
    answered = select(StatementVote.statement_id).where(StatementVote.member_id == member_id)
    answers = (
        select(func.count())
        .select_from(StatementVote)
        .where(StatementVote.statement_id == Statement.id)
        .scalar_subquery()
    )
    rows = await tx.execute(
        _counted()
        .where(
            Statement.project_id == project_id,
            Statement.state == "shown",
            Statement.id.not_in(answered),
        )
        .order_by(answers, Statement.id)
        .limit(1)
    )
    row = rows.first()
    return None if row is None else Said(*row)


async def answer(
    tx: AsyncConnection, *, statement_id: int, member_id: int, value: int, now: datetime
) -> int:
    """Agree (1), disagree (-1) or pass (0), or think again; returns the project's id."""
    project_id = await tx.scalar(
        select(Statement.project_id).where(Statement.id == statement_id, Statement.state == "shown")
    )
    if project_id is None or value not in {1, 0, -1}:
        raise NotFound
    await _evaluated(tx, project_id)
    values = {"statement_id": statement_id, "member_id": member_id, "value": value, "at": now}
    if await insert_new(tx, StatementVote, values) is None:
        await tx.execute(
            update(StatementVote)
            .where(StatementVote.statement_id == statement_id, StatementVote.member_id == member_id)
            .values(value=value, at=now)
        )
    return project_id


async def waiting(tx: AsyncConnection, city_id: int, *, limit: int = 10) -> list[Said]:
    """Statements that a moderator has not seen, the oldest first."""
    rows = await tx.execute(
        _counted()
        .join(Project, Project.id == Statement.project_id)
        .where(Project.city_id == city_id, Statement.state == "waiting")
        .order_by(Statement.id)
        .limit(limit)
    )
    return [Said(*row) for row in rows]


async def moderate(tx: AsyncConnection, *, statement_id: int, by: int, show: bool) -> None:
    """A moderator shows or hides a statement; raises `NotAllowed`, `Changed`."""
    found = await tx.execute(
        select(Statement.project_id, Statement.author_id).where(Statement.id == statement_id)
    )
    row = found.first()
    if row is None or row.author_id == by:
        raise NotFound
    await acting.require(tx, await facts.one(tx, row.project_id), by, "moderator")
    state = "shown" if show else "hidden"
    written = await tx.execute(
        update(Statement)
        .where(Statement.id == statement_id, Statement.state != state)
        .values(state=state)
    )
    if written.rowcount != 1:
        raise Changed
