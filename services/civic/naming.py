"""What subjects are called, for lists that mix them: the log, what is followed, good deeds."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.civic.log import once_open
from services.civic.places import named_district
from services.plan.models import Indicator, Measure
from services.projects.models import Challenge, Milestone, Practice, Project
from services.reports.models import Category, Report

Ref = tuple[str, str]
"""A subject and its key: an id, or the slug or code of a district, a kind or a theme."""


@dataclass(frozen=True, slots=True)
class Named:
    """Words for a subject: those of the pack (`local`) or somebody's own (`text`).

    `number` is a report's public one; `id` that of what can be opened.
    """

    id: int | None = None
    local: Localized | None = None
    text: str | None = None
    number: int | None = None


async def names(tx: AsyncConnection, city: CityFacts, refs: Iterable[Ref]) -> dict[Ref, Named]:
    """The names of these subjects; one that is gone, or hidden from the public, is left out."""
    wanted: dict[str, set[str]] = {}
    for subject, key in refs:
        wanted.setdefault(subject, set()).add(key)
    found: dict[Ref, Named] = {}
    for subject, keys in wanted.items():
        for key, named in (await _of_subject(tx, city, subject, keys)).items():
            found[subject, key] = named
    return found


async def _of_subject(
    tx: AsyncConnection, city: CityFacts, subject: str, keys: set[str]
) -> dict[str, Named]:
    if subject == "district":
        districts = ((key, named_district(city, key)) for key in keys)
        return {key: Named(local=dict(name)) for key, name in districts if name is not None}
    if subject == "kind":
        return {key: Named(text=key) for key in keys}
    if subject == "category":
        rows = await tx.execute(
            select(Category.code, Category.name).where(
                Category.city_id == city.id, Category.code.in_(keys)
            )
        )
        return {row.code: Named(local=row.name) for row in rows}
    ids = [int(key) for key in keys if key.isdecimal()]
    if subject == "report":
        return await _reports(tx, ids)
    return await _titled(tx, subject, ids)


async def _reports(tx: AsyncConnection, ids: list[int]) -> dict[str, Named]:
    rows = await tx.execute(
        select(Report.id, Report.number, Category.name)
        .outerjoin(Category, Category.id == Report.category_id)
        .where(Report.id.in_(ids), Report.published_at.is_not(None), ~Report.hidden)
    )
    return {str(row.id): Named(row.id, row.name, number=row.number) for row in rows}


async def _titled(tx: AsyncConnection, subject: str, ids: list[int]) -> dict[str, Named]:
    shown = (Project.published_at.is_not(None), ~Project.hidden)
    queries = {
        "project": select(Project.id, Project.title).where(Project.id.in_(ids), *shown),
        "milestone": select(Milestone.id, Milestone.title)
        .join(Project, Project.id == Milestone.project_id)
        .where(Milestone.id.in_(ids), *shown),
        "challenge": select(Challenge.id, Challenge.title).where(
            Challenge.id.in_(ids), once_open()
        ),
        "practice": select(Practice.id, Practice.title).where(Practice.id.in_(ids)),
        "measure": select(Measure.id, Measure.title).where(Measure.id.in_(ids)),
        "indicator": select(Indicator.id, Indicator.title).where(Indicator.id.in_(ids)),
    }
    query = queries.get(subject)
    if query is None:
        return {}
    return {str(row.id): Named(row.id, text=row.title) for row in await tx.execute(query)}
