"""The plan of a city as a draft: what `workbook.write` makes a file of."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Unit
from services.plan.draft import Draft, FigureLine, IndicatorLine, MeasureLine, MoneyLine, tidy
from services.plan.models import (
    CategoryIndicator,
    Indicator,
    IndicatorYear,
    Measure,
    MeasureIndicator,
    MeasureYear,
)
from services.reports.models import Category


async def draft_of(tx: AsyncConnection, city_id: int) -> Draft:
    """The whole plan, also what is not in force. Documents and names of people are not in it."""
    indicators = await _rows(tx, Indicator, city_id)
    measures = await _rows(tx, Measure, city_id)
    units = await _slugs(tx, city_id)
    themes, weights = await _themes(tx, city_id), await _weights(tx, city_id)
    draft = Draft()
    for row in indicators:
        draft.indicators.append(
            IndicatorLine(
                row["code"], tidy(row["title"]), tidy(row["unit"]), row["direction"],
                row["base"], row["base_year"], row["tolerance"], units.get(row["unit_id"]),
                tuple(themes[row["id"]]), row["active"], row["example"],
            )
        )  # fmt: skip
    for row in measures:
        draft.measures.append(
            MeasureLine(
                row["code"], tidy(row["section"]), tidy(row["title"]),
                tidy(row["result"]), units.get(row["unit_id"]), row["priority"],
                tuple(weights[row["id"]]), row["active"], row["example"],
            )
        )  # fmt: skip
    draft.figures = await _figures(tx, {row["id"]: row["code"] for row in indicators})
    draft.money = await _money(tx, {row["id"]: row["code"] for row in measures})
    return draft


async def _rows(
    tx: AsyncConnection, table: type[Indicator] | type[Measure], city_id: int
) -> list[dict[str, Any]]:
    rows = await tx.execute(
        select(table.__table__).where(table.city_id == city_id).order_by(table.position, table.id)
    )
    return [dict(row) for row in rows.mappings()]


async def _slugs(tx: AsyncConnection, city_id: int) -> dict[int | None, str]:
    rows = await tx.execute(select(Unit.id, Unit.slug).where(Unit.city_id == city_id))
    return {row.id: row.slug for row in rows}


async def _themes(tx: AsyncConnection, city_id: int) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = await tx.execute(
        select(CategoryIndicator.indicator_id, Category.code)
        .join(Category, Category.id == CategoryIndicator.category_id)
        .where(Category.city_id == city_id)
        .order_by(Category.position, Category.id)
    )
    for indicator_id, code in rows:
        found[indicator_id].append(code)
    return found


async def _weights(tx: AsyncConnection, city_id: int) -> Mapping[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = await tx.execute(
        select(MeasureIndicator.measure_id, Indicator.code, MeasureIndicator.weight)
        .join(Indicator, Indicator.id == MeasureIndicator.indicator_id)
        .where(Indicator.city_id == city_id)
        .order_by(MeasureIndicator.weight.desc(), Indicator.position, Indicator.id)
    )
    for measure_id, code, weight in rows:
        found[measure_id].append((code, weight))
    return found


async def _figures(tx: AsyncConnection, codes: Mapping[int, str]) -> list[FigureLine]:
    table = IndicatorYear
    rows = await tx.execute(
        select(table.indicator_id, table.year, table.plan, table.fact, table.reason)
        .where(table.indicator_id.in_(list(codes)))
        .order_by(table.year)
    )
    order = {id_: place for place, id_ in enumerate(codes)}
    found = sorted(rows, key=lambda row: order[row.indicator_id])
    return [
        FigureLine(
            codes[row.indicator_id], row.year, row.plan, row.fact,
            None if row.reason is None else tidy(row.reason),
        )
        for row in found
    ]  # fmt: skip


async def _money(tx: AsyncConnection, codes: Mapping[int, str]) -> list[MoneyLine]:
    table = MeasureYear
    rows = await tx.execute(
        select(table.measure_id, table.year, table.source, table.planned, table.spent)
        .where(table.measure_id.in_(list(codes)))
        .order_by(table.year, table.id)
    )
    order = {id_: place for place, id_ in enumerate(codes)}
    found = sorted(rows, key=lambda row: order[row.measure_id])
    return [
        MoneyLine(codes[row.measure_id], row.year, row.source, row.planned, row.spent)
        for row in found
    ]
