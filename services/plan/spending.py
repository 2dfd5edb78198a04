"""The responsible unit's official writes what was spent in a year from a source, with its paper."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.errors import Changed, NotAllowed
from services.plan import measures
from services.plan.figures import MOST, YearAhead
from services.plan.measures import MeasureFacts, SourceMoney
from services.plan.models import MeasureYear
from services.plan.papers import DocumentNeeded, Proof, may_write


@dataclass(frozen=True, slots=True)
class Form:
    """What an official (`by`) is about to fill in. `seen` tells whether another wrote meanwhile."""

    by: int
    measure: MeasureFacts
    money: SourceMoney
    seen: datetime | None


def writable(measure: MeasureFacts, year: int) -> list[SourceMoney]:
    """The sums that can be written: of years that have begun, the latest first."""
    begun = [each for each in measure.money if each.year <= year]
    return sorted(begun, key=lambda each: -each.year)


async def form(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    measure_id: int,
    year: int,
    source: str,
    now: datetime,
) -> Form:
    """Begin to write a sum; raises `NotFound`, `NotAllowed` or `YearAhead`."""
    today = now.astimezone(city.timezone).date()
    measure = await measures.measure(tx, city.id, measure_id, today)
    if not await may_write(tx, member_id, measure.unit_id):
        raise NotAllowed
    for money in writable(measure, today.year):
        if (money.year, money.source) == (year, source):
            return Form(member_id, measure, money, await _written_at(tx, measure_id, money))
    raise YearAhead


async def _written_at(tx: AsyncConnection, measure_id: int, money: SourceMoney) -> datetime | None:
    return await tx.scalar(
        select(MeasureYear.at).where(
            MeasureYear.measure_id == measure_id,
            MeasureYear.year == money.year,
            MeasureYear.source == money.source,
        )
    )


async def write(
    tx: AsyncConnection,
    city: CityFacts,
    filled: Form,
    *,
    spent: int,
    seen: datetime | None,
    paper: Proof,
    now: datetime,
) -> None:
    """Write what was spent (kopecks) with its document; `filled` is `form`'s, of this transaction.

    `seen` is that of the form the official saw: if somebody has written since, nothing is and
    `Changed` is raised. Raises `DocumentNeeded`.
    """
    if not paper.data:
        raise DocumentNeeded
    if not 0 <= spent <= MOST:
        raise ValueError(f"{spent} is out of reach")
    money, table = filled.money, MeasureYear
    written = await tx.execute(
        update(table)
        .where(
            table.measure_id == filled.measure.id,
            table.year == money.year,
            table.source == money.source,
            table.spent == money.spent,
            table.at.is_(None) if seen is None else table.at == seen,
        )
        .values(spent=spent, document=paper.data, document_name=paper.name, by_id=filled.by, at=now)
    )
    if written.rowcount != 1:
        raise Changed
    await log.record(
        tx, city_id=city.id, subject="measure", subject_id=filled.measure.id, verb="spent",
        before=None, after="spent", acting="official", actor_id=filled.by, at=now,
        facts={
            "year": money.year, "source": money.source, "planned": money.planned,
            "spent": spent, "was": money.spent,
        },
    )  # fmt: skip
