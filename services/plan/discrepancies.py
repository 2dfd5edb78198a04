"""What does not fit together in the plan, found by rules: nobody has to accuse anybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.plan import measures, overview, walking
from services.plan.measures import MeasureFacts
from services.plan.overview import IndicatorFacts, YearFigures
from services.plan.status import Status
from services.plan.walking import Signal

JUMP = 30
"""Percent by which a fact may differ from the year before without a question."""
SPENT, RESULT = 90, 50
"""More than so much of the money is gone, while less than so much of the result is there."""
GROWTH, FEW = 130, 10
"""Reports are so many percent of those a year before, and there are enough to speak of."""


class Kind(StrEnum):
    UNDOCUMENTED = "undocumented"
    JUMP = "jump"
    MONEY = "money"
    CITIZENS = "citizens"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A question to the responsible unit. `subject` is indicator or measure; the two numbers mean:

    jump: the facts of the year before and of this one; money: percent spent and percent of the
    result; citizens: reports a year before and now.
    """

    kind: Kind
    subject: str
    subject_id: int
    code: str
    title: str
    year: int
    before: int = 0
    after: int = 0


async def found(tx: AsyncConnection, city: CityFacts, now: datetime) -> list[Discrepancy]:
    """Every discrepancy of the city's plan, those of indicators first."""
    today = now.astimezone(city.timezone).date()
    indicators = await overview.indicators(tx, city.id, today)
    signals = await walking.signals(tx, city, [each.id for each in indicators], now)
    works = await measures.measures(tx, city.id, today)
    known = {each.id: each for each in indicators}
    return [
        *(one for each in indicators for one in of_indicator(each, today.year)),
        *(one for each in indicators for one in _citizens(each, signals, today.year)),
        *(one for each in works for one in of_measure(each, known, today.year)),
    ]


def of_indicator(indicator: IndicatorFacts, year: int) -> list[Discrepancy]:
    """Facts without a document, and jumps between two years that follow one another."""
    named = ("indicator", indicator.id, indicator.code, indicator.title)
    known = [figures for figures in indicator.years if figures.fact is not None]
    questions = [
        Discrepancy(Kind.UNDOCUMENTED, *named, figures.year)
        for figures in known
        if not figures.documented and figures.year <= year
    ]
    points = [(figures.year, figures.fact) for figures in known if figures.fact is not None]
    if indicator.base is not None and indicator.base_year is not None:
        points = sorted({indicator.base_year: indicator.base, **dict(points)}.items())
    for (before, old), (after, new) in pairwise(points):
        if after == before + 1 and abs(new - old) * 100 > JUMP * abs(old):
            questions.append(Discrepancy(Kind.JUMP, *named, after, old, new))
    return questions


def _citizens(
    indicator: IndicatorFacts, signals: Mapping[int, Signal], year: int
) -> list[Discrepancy]:
    signal, shown = signals.get(indicator.id), indicator.shown(year)
    if signal is None or shown is None or not disagree(signal, shown.status):
        return []
    named = ("indicator", indicator.id, indicator.code, indicator.title)
    return [Discrepancy(Kind.CITIZENS, *named, shown.year, signal.before, signal.reports)]


def disagree(signal: Signal, official: Status) -> bool:
    """Whether citizens report clearly more than a year ago while the official fact is fine."""
    more = signal.reports * 100 >= GROWTH * signal.before and signal.reports >= FEW
    return more and official is Status.REACHED


def of_measure(
    measure: MeasureFacts, indicators: Mapping[int, IndicatorFacts], year: int
) -> list[Discrepancy]:
    """Years in which nearly all the money is spent and little of the result is there."""
    questions = []
    for money in measure.year_money():
        result = _result(measure, indicators, money.year, over=money.year < year)
        if money.year > year or not money.planned or result is None:
            continue
        spent = money.spent * 100 // money.planned
        if spent > SPENT and result < RESULT:
            questions.append(
                Discrepancy(
                    Kind.MONEY, "measure", measure.id, measure.code, measure.title,
                    money.year, spent, result,
                )
            )  # fmt: skip
    return questions


def _result(
    measure: MeasureFacts, indicators: Mapping[int, IndicatorFacts], year: int, *, over: bool
) -> int | None:
    """The weighted percent of what the measure works on, nothing counted as more than whole.

    What was planned for a year that is `over` and never written is no result.
    """
    shares: Sequence[tuple[int, int]] = [
        (weight, min(100, share))
        for id_, weight in measure.weights.items()
        if (figures := indicators[id_].of(year)) is not None
        and (share := _share(figures, over=over)) is not None
    ]
    total = sum(weight for weight, _ in shares)
    return sum(weight * share for weight, share in shares) // total if total else None


def _share(figures: YearFigures, *, over: bool) -> int | None:
    missed = over and figures.plan is not None and figures.fact is None
    return 0 if missed else figures.percent
