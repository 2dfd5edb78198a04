"""From a report to the plan and back: theme ↔ indicator ↔ measure ↔ project, and who says what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.database import is_one_of
from services.plan.models import (
    CategoryIndicator,
    Indicator,
    Measure,
    MeasureIndicator,
    ProjectMeasure,
)
from services.projects.models import Project
from services.reports.models import Category, Report

_OPEN = ("open", "assigned", "in_progress", "scheduled", "reopened", "referred")
_NO_SIGNAL = ("draft", "withdrawn", "declined", "duplicate")


@dataclass(frozen=True, slots=True)
class Named:
    """Something one can go on to."""

    id: int
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class ThemeName:
    """A theme of reports."""

    id: int
    code: str
    emoji: str
    name: Localized


@dataclass(frozen=True, slots=True)
class ProjectName:
    """A public project in a list of the plan."""

    id: int
    title: str
    stage: str
    status: str


@dataclass(frozen=True, slots=True)
class Signal:
    """What citizens say beside an indicator: public reports on its themes since New Year, in the
    same days of the year before, and how many are open and past their day now."""

    reports: int
    before: int
    open: int
    overdue: int


async def themes_of(tx: AsyncConnection, indicator_id: int) -> list[ThemeName]:
    """The themes whose reports are the citizens' signal beside the indicator."""
    rows = await tx.execute(
        select(Category.id, Category.code, Category.emoji, Category.name)
        .join(CategoryIndicator, CategoryIndicator.category_id == Category.id)
        .where(CategoryIndicator.indicator_id == indicator_id, Category.active)
        .order_by(Category.position, Category.id)
    )
    return [ThemeName(*row) for row in rows]


async def theme(tx: AsyncConnection, city_id: int, category_id: int) -> ThemeName | None:
    """A theme of the city, or None."""
    row = await tx.execute(
        select(Category.id, Category.code, Category.emoji, Category.name).where(
            Category.id == category_id, Category.city_id == city_id
        )
    )
    found = row.first()
    return ThemeName(*found) if found else None


async def theme_in_plan(tx: AsyncConnection, city_id: int, code: str) -> int | None:
    """The id of the theme of this code, if the plan has an indicator for it."""
    found: int | None = await tx.scalar(
        select(Category.id)
        .join(CategoryIndicator, CategoryIndicator.category_id == Category.id)
        .join(Indicator, Indicator.id == CategoryIndicator.indicator_id)
        .where(Category.city_id == city_id, Category.code == code, Indicator.active)
        .limit(1)
    )
    return found


async def indicators_of_theme(tx: AsyncConnection, category_id: int) -> list[Named]:
    """The indicators that reports of a theme speak of."""
    rows = await tx.execute(
        select(Indicator.id, Indicator.code, Indicator.title)
        .join(CategoryIndicator, CategoryIndicator.indicator_id == Indicator.id)
        .where(CategoryIndicator.category_id == category_id, Indicator.active)
        .order_by(Indicator.position, Indicator.id)
    )
    return [Named(*row) for row in rows]


async def measures_of_indicator(tx: AsyncConnection, indicator_id: int) -> list[Named]:
    """The measures that work on an indicator, the heaviest first."""
    rows = await tx.execute(
        select(Measure.id, Measure.code, Measure.title)
        .join(MeasureIndicator, MeasureIndicator.measure_id == Measure.id)
        .where(MeasureIndicator.indicator_id == indicator_id, Measure.active)
        .order_by(MeasureIndicator.weight.desc(), Measure.position, Measure.id)
    )
    return [Named(*row) for row in rows]


async def measures_of_project(tx: AsyncConnection, project_id: int) -> list[Named]:
    """The measures a project is part of."""
    rows = await tx.execute(
        select(Measure.id, Measure.code, Measure.title)
        .join(ProjectMeasure, ProjectMeasure.measure_id == Measure.id)
        .where(ProjectMeasure.project_id == project_id, Measure.active)
        .order_by(Measure.position, Measure.id)
    )
    return [Named(*row) for row in rows]


async def projects_of_measures(
    tx: AsyncConnection, city_id: int, *, measure_id: int | None = None
) -> list[ProjectName]:
    """The public projects of a measure; of none in particular: those of priority measures."""
    chosen = Measure.priority if measure_id is None else Measure.id == measure_id
    rows = await tx.execute(
        select(Project.id, Project.title, Project.stage, Project.status)
        .join(ProjectMeasure, ProjectMeasure.project_id == Project.id)
        .join(Measure, Measure.id == ProjectMeasure.measure_id)
        .where(
            Measure.city_id == city_id,
            Measure.active,
            chosen,
            Project.published_at.is_not(None),
            ~Project.hidden,
        )
        .distinct()
        .order_by(Project.id)
    )
    return [ProjectName(*row) for row in rows]


async def signals(
    tx: AsyncConnection, city: CityFacts, indicator_ids: Sequence[int], now: datetime
) -> dict[int, Signal]:
    """What citizens say beside these indicators, for those that have themes. One query."""
    if not indicator_ids:
        return {}
    today = now.astimezone(city.timezone).date()

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), city.timezone)

    begins, ended = midnight(date(today.year, 1, 1)), midnight(date(today.year - 1, 1, 1))
    same_day = midnight(_year_before(today)) + (now - midnight(today))

    def how_many(*where: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((and_(*where), 1), else_=0)), 0)

    is_open = is_one_of(Report.state, *_OPEN)
    public = and_(
        Report.category_id == CategoryIndicator.category_id,
        Report.city_id == city.id,
        Report.published_at.is_not(None),
        ~Report.hidden,
        ~is_one_of(Report.state, *_NO_SIGNAL),
    )
    rows = await tx.execute(
        select(
            CategoryIndicator.indicator_id,
            how_many(Report.published_at >= begins, Report.published_at <= now),
            how_many(Report.published_at >= ended, Report.published_at <= same_day),
            how_many(is_open),
            how_many(is_open, Report.due_at < now),
        )
        .select_from(CategoryIndicator)
        .outerjoin(Report, public)
        .where(CategoryIndicator.indicator_id.in_(indicator_ids))
        .group_by(CategoryIndicator.indicator_id)
    )
    return {row[0]: Signal(*(int(count) for count in row[1:])) for row in rows}


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)
