"""The plan's figures and links, as a pack gives them; what came in through the chat stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.pack import Pack
from services.cities.rows import thousandths
from services.database import Base, insert_new
from services.plan.models import (
    CategoryIndicator,
    Indicator,
    IndicatorYear,
    Measure,
    MeasureIndicator,
    MeasureYear,
)

Ids = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Codes of rows that came in a file of the plan since: the pack leaves them alone."""

    indicators: frozenset[str]
    measures: frozenset[str]


async def taken_over(tx: AsyncConnection, city_id: int) -> TakenOver:
    """What of the city's plan is the file's now."""
    codes = [
        frozenset(
            await tx.scalars(
                select(table.code).where(table.city_id == city_id, table.origin == "file")
            )
        )
        for table in (Indicator, Measure)
    ]
    return TakenOver(*codes)


async def load_figures(tx: AsyncConnection, pack: Pack, ids: Ids, theirs: TakenOver) -> None:
    """Years of indicators and measures, and what works on what.

    A fact is loaded only where nobody has given one yet; plans and links are as in the pack.
    """
    for entry in pack.plan.indicators:
        if entry.code in theirs.indicators:
            continue
        indicator_id = ids["indicator"][entry.code]
        for year in sorted({*entry.plan, *entry.fact}):
            plan, fact = entry.plan.get(year), entry.fact.get(year)
            await _put(
                tx,
                IndicatorYear,
                {"indicator_id": indicator_id, "year": year},
                {"plan": None if plan is None else thousandths(plan)},
                once={"fact": None if fact is None else thousandths(fact)},
            )
        links = [
            {"category_id": ids["category"][code], "indicator_id": indicator_id}
            for code in entry.categories
        ]
        await _replace(tx, CategoryIndicator, CategoryIndicator.indicator_id == indicator_id, links)
    for measure in pack.plan.measures:
        if measure.code in theirs.measures:
            continue
        measure_id = ids["measure"][measure.code]
        for year, by_source in measure.money.items():
            for source, roubles in by_source.items():
                key = {"measure_id": measure_id, "year": year, "source": source}
                await _put(tx, MeasureYear, key, {"planned": roubles * 100}, once={"spent": 0})
        links = [
            {"measure_id": measure_id, "indicator_id": ids["indicator"][code], "weight": weight}
            for code, weight in measure.indicators.items()
        ]
        await _replace(tx, MeasureIndicator, MeasureIndicator.measure_id == measure_id, links)


async def _put(
    tx: AsyncConnection,
    table: type[Base],
    key: dict[str, Any],
    values: dict[str, Any],
    once: dict[str, Any],
) -> None:
    """Insert the row, or bring `values` of the one that is there up to date."""
    if await insert_new(tx, table, {**key, **values, **once}) is None:
        await tx.execute(update(table).filter_by(**key).values(**values))


async def _replace(
    tx: AsyncConnection, table: type[Base], ours: Any, rows: list[dict[str, Any]]
) -> None:
    await tx.execute(delete(table).where(ours))
    for row in rows:
        await insert_new(tx, table, row)
