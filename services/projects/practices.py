"""Finished projects that others can adopt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import City, Localized
from services.database import insert_new
from services.errors import NotFound
from services.projects.facts import Facts
from services.projects.models import Practice, Project


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """What was done, where, for how much (kopecks), in how many days, and how many adopted it."""

    id: int
    project_id: int | None
    title: str
    text: str
    kind: str
    city: Localized
    cost: int
    days: int
    adopted: int
    at: datetime


async def keep(tx: AsyncConnection, project: Facts, now: datetime) -> None:
    """Write a finished project down as a practice, once."""
    values = {
        "city_id": project.city_id,
        "project_id": project.id,
        "title": project.title,
        "text": project.text,
        "kind": project.kind,
        "cost": project.budget,
        "days": max((now - project.created_at).days, 1),
        "at": now,
    }
    await insert_new(tx, Practice, values)


async def listing(
    tx: AsyncConnection, *, kind: str | None = None, limit: int = 10, offset: int = 0
) -> list[PracticeCard]:
    """Practices of every city here, the newest first."""
    query = _cards().order_by(Practice.at.desc(), Practice.id.desc()).limit(limit).offset(offset)
    if kind is not None:
        query = query.where(Practice.kind == kind)
    return [PracticeCard(**row) for row in (await tx.execute(query)).mappings()]


async def one(tx: AsyncConnection, practice_id: int) -> PracticeCard:
    """One practice; raises `NotFound`. `ideas.start(practice_id=…)` adopts it."""
    found = (await tx.execute(_cards().where(Practice.id == practice_id))).mappings().first()
    if found is None:
        raise NotFound
    return PracticeCard(**found)


async def of_project(tx: AsyncConnection, project_id: int) -> int | None:
    """The practice that the project has become."""
    return await tx.scalar(select(Practice.id).where(Practice.project_id == project_id))


def _cards() -> Select[Any]:
    adopted = (
        select(func.count())
        .select_from(Project)
        .where(Project.practice_id == Practice.id, Project.published_at.is_not(None))
        .scalar_subquery()
    )
    columns = (
        Practice.id, Practice.project_id, Practice.title, Practice.text, Practice.kind,
        City.name.label("city"), Practice.cost, Practice.days, adopted.label("adopted"),
        Practice.at,
    )  # fmt: skip
    hidden = select(Project.id).where(Project.hidden.is_(True))
    shown = or_(Practice.project_id.is_(None), Practice.project_id.not_in(hidden))
    return select(*columns).join(City, City.id == Practice.city_id).where(shown)
