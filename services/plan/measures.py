"""Measures with money, projects and light, in seven queries, however many there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Localized, Unit
from services.database import is_one_of
from services.errors import NotFound
from services.plan import overview
from services.plan.models import Measure, MeasureIndicator, MeasureYear, ProjectMeasure
from services.plan.overview import IndicatorFacts
from services.plan.status import Light, Steps, YearMoney, light
from services.projects.models import Milestone, Project


@dataclass(frozen=True, slots=True)
class SourceMoney:
    """Money of a measure in a year from one source, in kopecks."""

    year: int
    source: str
    planned: int
    spent: int
    documented: bool = False


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """A measure with its money, what it works on (indicator id → weight) and its projects."""

    id: int
    code: str
    section: str
    title: str
    result: str
    unit_id: int | None
    responsible: Localized | None
    priority: bool
    example: bool
    money: tuple[SourceMoney, ...]
    weights: Mapping[int, int]
    projects: tuple[int, ...]
    light: Light

    def year_money(self) -> list[YearMoney]:
        """Each year's money, all sources together."""
        return _by_year(self.money)


async def measures(
    tx: AsyncConnection,
    city_id: int,
    today: date,
    ids: Sequence[int] | None = None,
    *,
    priority: bool = False,
) -> list[MeasureFacts]:
    """The city's measures, or some of them, in the plan's order. Seven queries at most."""
    wanted = (
        select(
            Measure.id, Measure.code, Measure.section, Measure.title, Measure.result,
            Measure.unit_id, Unit.name.label("responsible"), Measure.priority, Measure.example,
        )
        .outerjoin(Unit, Unit.id == Measure.unit_id)
        .where(Measure.city_id == city_id, Measure.active)
        .order_by(Measure.position, Measure.id)
    )  # fmt: skip
    if ids is not None:
        wanted = wanted.where(Measure.id.in_(ids))
    if priority:
        wanted = wanted.where(Measure.priority)
    rows = (await tx.execute(wanted)).all()
    if not rows:
        return []
    parts = await _parts(tx, city_id, today, [row.id for row in rows])
    return [parts.measure(row, today) for row in rows]


async def measure(tx: AsyncConnection, city_id: int, id_: int, today: date) -> MeasureFacts:
    """One measure of the plan; raises `NotFound`."""
    found = await measures(tx, city_id, today, [id_])
    if not found:
        raise NotFound
    return found[0]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to some measures, by measure."""

    money: Mapping[int, list[SourceMoney]]
    weights: Mapping[int, dict[int, int]]
    indicators: Mapping[int, IndicatorFacts]
    projects: Mapping[int, list[int]]
    steps: Mapping[int, Steps]

    def measure(self, row: Any, today: date) -> MeasureFacts:
        money = self.money[row.id]
        weights = {id_: w for id_, w in self.weights[row.id].items() if id_ in self.indicators}
        shown = [self.indicators[id_].shown(today.year) for id_ in weights]
        lit = light(
            _by_year(money),
            self.steps.get(row.id, Steps(0, 0, 0)),
            [figures.status for figures in shown if figures is not None],
            today,
        )
        return MeasureFacts(
            **row._mapping,
            money=tuple(money),
            weights=weights,
            projects=tuple(self.projects[row.id]),
            light=lit,
        )


async def _parts(tx: AsyncConnection, city_id: int, today: date, ids: Sequence[int]) -> _Parts:
    money: dict[int, list[SourceMoney]] = defaultdict(list)
    table = MeasureYear
    found = await tx.execute(
        select(
            table.measure_id, table.year, table.source, table.planned, table.spent,
            table.document.is_not(None),
        )
        .where(table.measure_id.in_(ids))
        .order_by(table.year, table.id)
    )  # fmt: skip
    for row in found:
        money[row[0]].append(SourceMoney(*row[1:]))
    weights: dict[int, dict[int, int]] = defaultdict(dict)
    link = MeasureIndicator
    linked = select(link.measure_id, link.indicator_id, link.weight)
    for measure_id, indicator_id, weight in await tx.execute(
        linked.where(link.measure_id.in_(ids)).order_by(link.weight.desc(), link.indicator_id)
    ):
        weights[measure_id][indicator_id] = weight
    wanted = sorted({id_ for each in weights.values() for id_ in each})
    known = {each.id: each for each in await overview.indicators(tx, city_id, today, wanted)}
    projects: dict[int, list[int]] = defaultdict(list)
    for measure_id, project_id in await tx.execute(_projects(ids)):
        projects[measure_id].append(project_id)
    return _Parts(money, weights, known, projects, await _steps(tx, ids, today))


def _projects(ids: Sequence[int]) -> Any:
    """The public projects that are part of these measures."""
    return (
        select(ProjectMeasure.measure_id, ProjectMeasure.project_id)
        .join(Project, Project.id == ProjectMeasure.project_id)
        .where(
            ProjectMeasure.measure_id.in_(ids),
            Project.published_at.is_not(None),
            ~Project.hidden,
        )
        .order_by(ProjectMeasure.project_id)
    )


async def _steps(tx: AsyncConnection, ids: Sequence[int], today: date) -> dict[int, Steps]:
    """Milestones of the projects that were not given up, counted by measure."""
    done = Milestone.done_at.is_not(None)
    late = ~done & (Milestone.due_on < today)
    rows = await tx.execute(
        _projects(ids)
        .join(Milestone, Milestone.project_id == Project.id)
        .where(is_one_of(Project.status, "active", "paused", "done"))
        .with_only_columns(
            ProjectMeasure.measure_id,
            func.count(),
            func.sum(case((done, 1), else_=0)),
            func.sum(case((late, 1), else_=0)),
        )
        .group_by(ProjectMeasure.measure_id)
        .order_by(None)
    )
    return {row[0]: Steps(*row[1:]) for row in rows}


def _by_year(money: Sequence[SourceMoney]) -> list[YearMoney]:
    years = sorted({each.year for each in money})
    return [
        YearMoney(
            year,
            sum(each.planned for each in money if each.year == year),
            sum(each.spent for each in money if each.year == year),
        )
        for year in years
    ]
