"""Projects as other systems see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import voices
from services.errors import NotFound
from services.projects.models import Project, ResourceLine
from services.projects.stages import BY_STAGE
from services.sharing.public import PROJECTS


@dataclass(frozen=True, slots=True)
class PublicProject:
    """A project past pre-moderation; there is no other field, and no person in it.

    `number` counts the stages from 1; `budget` is the money it needs, in kopecks.
    """

    id: int
    kind: str
    stage: str
    number: int
    status: str
    title: str
    text: str
    lat: float | None
    lon: float | None
    address: str | None
    district: str | None
    citywide: bool
    published_at: datetime
    updated_at: datetime
    stage_at: datetime
    due_at: datetime | None
    up: int
    down: int
    verified_up: int
    verified_down: int
    budget: int


_COLUMNS = (
    *(Project.id, Project.kind, Project.stage, Project.status, Project.title, Project.text),
    *(Project.lat, Project.lon, Project.address, Project.district, Project.citywide),
    *(Project.published_at, Project.updated_at, Project.stage_at, Project.due_at),
)


async def listed(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    district: str | None = None,
    kinds: Sequence[str] = (),
    ids: Sequence[int] = (),
    limit: int,
    offset: int = 0,
) -> list[PublicProject]:
    """The published projects, the newest publication first; three queries."""
    wanted = [Project.city_id == city.id, PROJECTS]
    if district is not None:
        wanted.append(Project.district == district)
    if kinds:
        wanted.append(Project.kind.in_(kinds))
    if ids:
        wanted.append(Project.id.in_(ids))
    rows = await tx.execute(
        select(*_COLUMNS)
        .where(*wanted)
        .order_by(Project.published_at.desc(), Project.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = [dict(row._mapping) for row in rows]
    ids = [row["id"] for row in found]
    totals = await voices.totals(tx, "project", ids)
    budgets = await _budgets(tx, ids)
    nobody = voices.Totals()
    return [
        PublicProject(
            **row,
            number=BY_STAGE[row["stage"]].n,
            up=totals.get(row["id"], nobody).up,
            down=totals.get(row["id"], nobody).down,
            verified_up=totals.get(row["id"], nobody).verified_up,
            verified_down=totals.get(row["id"], nobody).verified_down,
            budget=budgets.get(row["id"], 0),
        )
        for row in found
    ]


async def one(tx: AsyncConnection, city: CityFacts, project_id: int) -> PublicProject:
    """The published project of this number; raises `NotFound`."""
    found = await listed(tx, city, ids=[project_id], limit=1)
    if not found:
        raise NotFound
    return found[0]


async def _budgets(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    rows = await tx.execute(
        select(ResourceLine.project_id, func.sum(ResourceLine.amount))
        .where(ResourceLine.project_id.in_(ids), ResourceLine.kind == "money")
        .group_by(ResourceLine.project_id)
    )
    return {project_id: int(amount) for project_id, amount in rows}


async def changed_at(tx: AsyncConnection, city_id: int) -> datetime | None:
    """When any project of the city changed last, public or not: a hidden one changes lists, too."""
    newest = select(func.max(Project.updated_at)).where(Project.city_id == city_id)
    at: datetime | None = await tx.scalar(newest)
    return at
