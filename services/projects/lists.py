"""Public lists of projects, in a number of queries that does not depend on how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.projects import facts, passport
from services.projects.facts import Facts
from services.projects.models import Project
from services.projects.stages import Status

Order = Literal["new", "moved", "ending"]


@dataclass(frozen=True, slots=True)
class Card:
    """A project in a list, with how ready it is."""

    project: Facts
    readiness: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the projects, and how many there are in all."""

    cards: tuple[Card, ...]
    total: int


async def page(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    stage: str | None = None,
    kind: str | None = None,
    district: str | None = None,
    challenge_id: int | None = None,
    status: str | None = None,
    order: Order = "moved",
    limit: int = 5,
    offset: int = 0,
) -> Page:
    """Public projects, the closed ones only where `status` asks for them.

    `new`: published last first; `moved`: moved last first; `ending`: whose time runs out first.
    """
    where = _public(city.id)
    if status is None:
        where.append(Project.status != Status.CLOSED)
    for column, wanted in (
        (Project.stage, stage),
        (Project.kind, kind),
        (Project.district, district),
        (Project.challenge_id, challenge_id),
        (Project.status, status),
    ):
        if wanted is not None:
            where.append(column == wanted)
    total = await tx.scalar(select(func.count()).select_from(Project).where(*where))
    ids = await tx.scalars(
        select(Project.id).where(*where).order_by(*_ORDERS[order]).limit(limit).offset(offset)
    )
    return Page(await cards(tx, city, list(ids.all())), total or 0)


_ORDERS: Mapping[Order, tuple[Any, ...]] = {
    "new": (Project.published_at.desc(), Project.id.desc()),
    "moved": (Project.stage_at.desc(), Project.id.desc()),
    "ending": (Project.due_at.is_(None), Project.due_at, Project.id),
}


def _public(city_id: int) -> list[ColumnElement[bool]]:
    return [
        Project.city_id == city_id,
        Project.published_at.is_not(None),
        Project.hidden.is_(False),
    ]


async def cards(tx: AsyncConnection, city: CityFacts, ids: Sequence[int]) -> tuple[Card, ...]:
    """Cards of these projects in this order, in one query; what is not public is left out."""
    found = await facts.of(tx, ids)
    return tuple(
        Card(found[each], passport.readiness(found[each], city.rules.civic))
        for each in ids
        if each in found and facts.is_public(found[each])
    )


async def counts(tx: AsyncConnection, city_id: int) -> dict[str, int]:
    """How many public projects stand at each stage, done ones as `done`, closed ones not."""
    rows = await tx.execute(
        select(Project.stage, Project.status, func.count())
        .where(*_public(city_id), Project.status != Status.CLOSED)
        .group_by(Project.stage, Project.status)
    )
    found: dict[str, int] = {}
    for stage, status, count in rows:
        key = Status.DONE if status == Status.DONE else stage
        found[key] = found.get(key, 0) + count
    return found


async def kinds(tx: AsyncConnection, city_id: int) -> dict[str, int]:
    """How many public projects there are of each kind, closed ones left out."""
    return await _by(tx, city_id, Project.kind)


async def districts(tx: AsyncConnection, city_id: int) -> dict[str, int]:
    """How many public projects there are in each district that has any."""
    return await _by(tx, city_id, Project.district)


async def _by(tx: AsyncConnection, city_id: int, column: Any) -> dict[str, int]:
    rows = await tx.execute(
        select(column, func.count())
        .where(*_public(city_id), Project.status != Status.CLOSED, column.is_not(None))
        .group_by(column)
    )
    return {row[0]: row[1] for row in rows}
