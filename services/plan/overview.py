"""Indicators with their years, in two queries, however many there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Localized, Unit
from services.errors import NotFound
from services.plan.models import (
    Indicator,
    IndicatorYear,
)
from services.plan.status import Direction, Status, percent, status


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A year of an indicator, in thousandths; `documented`: the fact has its proof."""

    year: int
    plan: int | None
    fact: int | None
    reason: str | None
    documented: bool
    status: Status
    percent: int | None


@dataclass(frozen=True, slots=True)
class IndicatorFacts:
    """An indicator with its years, the earliest first."""

    id: int
    code: str
    title: str
    unit: str
    direction: Direction
    base: int | None
    base_year: int | None
    tolerance: int
    unit_id: int | None
    responsible: Localized | None
    example: bool
    years: tuple[YearFigures, ...]

    def of(self, year: int) -> YearFigures | None:
        """The figures of one year, if the plan has it."""
        return next((figures for figures in self.years if figures.year == year), None)

    def shown(self, year: int) -> YearFigures | None:
        """The year that speaks for the indicator in the running `year`.

        The running one once it has a fact, else the last finished one with a plan, also when its
        fact was never written. Where there is neither, the last that has begun.
        """
        begun = sorted((each for each in self.years if each.year <= year), key=lambda e: -e.year)
        spoken = (
            each for each in begun if (each.fact if each.year == year else each.plan) is not None
        )
        return next(spoken, begun[0] if begun else None)


async def indicators(
    tx: AsyncConnection, city_id: int, today: date, ids: Sequence[int] | None = None
) -> list[IndicatorFacts]:
    """The city's indicators, or some of them, in the plan's order. Two queries."""
    wanted = _indicator_rows().where(Indicator.city_id == city_id, Indicator.active)
    if ids is not None:
        wanted = wanted.where(Indicator.id.in_(ids))
    rows = (await tx.execute(wanted)).all()
    years = await _years(tx, [row.id for row in rows])
    return [_indicator(row, years[row.id], today) for row in rows]


async def indicator(tx: AsyncConnection, city_id: int, id_: int, today: date) -> IndicatorFacts:
    """One indicator of the plan; raises `NotFound`."""
    found = await indicators(tx, city_id, today, [id_])
    if not found:
        raise NotFound
    return found[0]


def _indicator_rows() -> Any:
    return (
        select(
            Indicator.id, Indicator.code, Indicator.title, Indicator.unit, Indicator.direction,
            Indicator.base, Indicator.base_year, Indicator.tolerance, Indicator.unit_id,
            Unit.name.label("responsible"), Indicator.example,
        )
        .outerjoin(Unit, Unit.id == Indicator.unit_id)
        .order_by(Indicator.position, Indicator.id)
    )  # fmt: skip


async def _years(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    if not ids:
        return found
    rows = await tx.execute(
        select(
            IndicatorYear.indicator_id,
            IndicatorYear.year,
            IndicatorYear.plan,
            IndicatorYear.fact,
            IndicatorYear.reason,
            IndicatorYear.document.is_not(None).label("documented"),
        )
        .where(IndicatorYear.indicator_id.in_(ids))
        .order_by(IndicatorYear.year)
    )
    for row in rows:
        found[row.indicator_id].append(row)
    return found


def _indicator(row: Any, years: Sequence[Any], today: date) -> IndicatorFacts:
    direction = cast(Direction, row.direction)
    figures = tuple(
        YearFigures(
            each.year,
            each.plan,
            each.fact,
            each.reason,
            bool(each.documented),
            status(
                *(direction, each.plan, each.fact, row.base),
                year=each.year,
                today=today,
                tolerance=row.tolerance,
            ),
            percent(direction, each.plan, each.fact),
        )
        for each in years
    )
    return IndicatorFacts(**row._mapping, years=figures)
