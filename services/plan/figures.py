"""The responsible unit's official writes the figure of a year: number, document, and reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.errors import Changed, NotAllowed, Refusal
from services.plan import overview
from services.plan.models import IndicatorYear
from services.plan.overview import IndicatorFacts
from services.plan.papers import DocumentNeeded, Proof, may_write
from services.plan.status import Status, status

MOST = 10**15
"""Thousandths: larger figures would not survive a spreadsheet."""


class ReasonNeeded(Refusal):
    """The figure is behind the plan, which has to be explained."""


class YearAhead(Refusal):
    """The year has not begun, or the plan does not know it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an official (`by`) is about to fill in. `seen` tells whether another wrote meanwhile."""

    by: int
    indicator: IndicatorFacts
    year: int
    plan: int | None
    fact: int | None
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a written figure means now."""

    year: int
    fact: int
    status: Status


def writable_years(indicator: IndicatorFacts, year: int) -> list[int]:
    """The years whose figure can be written: of the plan, begun by now, the latest first."""
    return sorted((each.year for each in indicator.years if each.year <= year), reverse=True)


async def form(
    tx: AsyncConnection,
    city: CityFacts,
    *,
    member_id: int,
    indicator_id: int,
    year: int,
    now: datetime,
) -> Form:
    """Begin to write a figure; raises `NotFound`, `NotAllowed` or `YearAhead`."""
    today = now.astimezone(city.timezone).date()
    indicator = await overview.indicator(tx, city.id, indicator_id, today)
    if not await may_write(tx, member_id, indicator.unit_id):
        raise NotAllowed
    if year not in writable_years(indicator, today.year):
        raise YearAhead
    row = await tx.execute(
        select(IndicatorYear.plan, IndicatorYear.fact, IndicatorYear.at).where(
            IndicatorYear.indicator_id == indicator_id, IndicatorYear.year == year
        )
    )
    return Form(member_id, indicator, year, *row.one())


def outcome(filled: Form, fact: int, city: CityFacts, now: datetime) -> Status:
    """How the year would stand with this fact; `negative` needs a reason."""
    indicator = filled.indicator
    return status(
        *(indicator.direction, filled.plan, fact, indicator.base),
        year=filled.year,
        today=now.astimezone(city.timezone).date(),
        tolerance=indicator.tolerance,
    )


async def write(
    tx: AsyncConnection,
    city: CityFacts,
    filled: Form,
    *,
    fact: int,
    seen: datetime | None,
    paper: Proof,
    reason: str | None,
    now: datetime,
) -> Written:
    """Write the fact of a year with its document. `filled` is `form`'s, from this transaction.

    `seen` is that of the form the official saw: if somebody has written since, nothing is and
    `Changed` is raised. Raises `DocumentNeeded` or `ReasonNeeded`.
    """
    if not paper.data:
        raise DocumentNeeded
    if abs(fact) > MOST:
        raise ValueError(f"{fact} is out of reach")
    after = outcome(filled, fact, city, now)
    words = " ".join((reason or "").split()) or None
    if after is not Status.NEGATIVE:
        words = None
    elif words is None:
        raise ReasonNeeded
    values = {"fact": fact, "reason": words, "document": paper.data, "document_name": paper.name}
    await _put(tx, filled, seen, {**values, "by_id": filled.by, "at": now})
    before = filled.indicator.of(filled.year)
    await log.record(
        tx, city_id=city.id, subject="indicator", subject_id=filled.indicator.id, verb="figure",
        before=before.status if before else None, after=after, acting="official",
        actor_id=filled.by, at=now, reason=words,
        facts={"year": filled.year, "plan": filled.plan, "fact": fact, "was": filled.fact},
    )  # fmt: skip
    return Written(filled.year, fact, after)


async def _put(
    tx: AsyncConnection, filled: Form, seen: datetime | None, values: Mapping[str, Any]
) -> None:
    """Write the year as it was seen; raises `Changed` when it is another one by now."""
    written = await tx.execute(
        update(IndicatorYear)
        .where(
            IndicatorYear.indicator_id == filled.indicator.id,
            IndicatorYear.year == filled.year,
            IndicatorYear.at.is_(None) if seen is None else IndicatorYear.at == seen,
        )
        .values(**values)
    )
    if written.rowcount != 1:
        raise Changed
