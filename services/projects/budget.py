"""What a project needs and who gives it, as it is shown."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.projects import acting, facts
from services.projects.models import Commitment, ResourceLine

SOURCES = ("municipal", "regional", "investor", "fund", "citizens")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the budget: kopecks for money. `have` is what is signed or paid."""

    id: int
    kind: str
    label: str
    amount: int
    unit: str
    have: int


@dataclass(frozen=True, slots=True)
class Given:
    """A commitment as it is shown: `org` only where the giver agreed, and to those who have to
    know; `mine` is the viewer's own."""

    id: int
    line_id: int
    source: str
    org: str | None
    amount: int
    state: str
    mine: bool = False


async def lines(tx: AsyncConnection, project_id: int) -> list[Line]:
    """What the project needs, and how much of each is signed or paid."""
    rows = await tx.execute(
        select(
            ResourceLine.id, ResourceLine.kind, ResourceLine.label, ResourceLine.amount,
            ResourceLine.unit, facts.committed().label("have"),
        )
        .where(ResourceLine.project_id == project_id)
        .order_by(ResourceLine.id)
    )  # fmt: skip
    return [Line(*row) for row in rows]


async def commitments(
    tx: AsyncConnection, project_id: int, *, viewer_id: int | None = None
) -> list[Given]:
    """Who gives what; names by consent, but all of them for an operator, the lead and the giver."""
    knows = False
    if viewer_id is not None:
        project = await facts.one(tx, project_id)
        roles = await acting.roles_of(tx, project, viewer_id)
        knows = bool(roles & {"operator", "lead"})
    rows = await tx.execute(
        select(Commitment)
        .join(ResourceLine, ResourceLine.id == Commitment.line_id)
        .where(ResourceLine.project_id == project_id, Commitment.state != "withdrawn")
        .order_by(Commitment.id)
    )
    return [
        Given(
            row.id, row.line_id, row.source,
            row.org if row.public or knows or _own(row, viewer_id) else None,
            row.amount, row.state, _own(row, viewer_id),
        )
        for row in rows
    ]  # fmt: skip


def _own(row: Any, viewer_id: int | None) -> bool:
    return viewer_id is not None and row.by_id == viewer_id


async def by_source(tx: AsyncConnection, project_id: int) -> dict[str, dict[str, int]]:
    """Kopecks by source and state, of the five sources those that give anything."""
    rows = await tx.execute(
        select(Commitment.source, Commitment.state, func.sum(Commitment.amount))
        .join(ResourceLine, ResourceLine.id == Commitment.line_id)
        .where(
            ResourceLine.project_id == project_id,
            ResourceLine.kind == "money",
            Commitment.state != "withdrawn",
        )
        .group_by(Commitment.source, Commitment.state)
    )
    found: dict[str, dict[str, int]] = {}
    for source, state, amount in rows:
        found.setdefault(source, {})[state] = int(amount)
    return {source: found[source] for source in SOURCES if source in found}
