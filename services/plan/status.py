"""How an indicator and a measure stand: pure functions, from whole numbers and a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

Direction = Literal["up", "down", "keep"]


class Status(StrEnum):
    """How a figure stands against its plan."""

    NO_PLAN = "no_plan"
    NO_DATA = "no_data"
    IN_PROGRESS = "in_progress"
    REACHED = "reached"
    NEGATIVE = "negative"


_WORST_FIRST = (Status.NEGATIVE, Status.NO_DATA, Status.IN_PROGRESS, Status.REACHED)
ENOUGH_MONEY = 90
"""Percent of a finished year's money that counts as spent."""


def status(
    direction: Direction,
    plan: int | None,
    fact: int | None,
    base: int | None,
    *,
    year: int,
    today: date,
    tolerance: int = 0,
) -> Status:
    """How a year of an indicator stands on the day `today`.

    Without a plan there is nothing to reach. A fact that meets the plan is reached, whenever. One
    that does not is negative when the year is over, and before only if it is worse than the base.
    """
    if plan is None:
        return Status.NO_PLAN
    over = today.year > year
    if fact is None:
        return Status.NO_DATA if over else Status.IN_PROGRESS
    if is_met(direction, plan, fact, tolerance):
        return Status.REACHED
    if over or (base is not None and is_worse(direction, fact, base, plan)):
        return Status.NEGATIVE
    return Status.IN_PROGRESS


def is_met(direction: Direction, plan: int, fact: int, tolerance: int = 0) -> bool:
    """Whether the fact is as good as planned; `tolerance` is for what should stay as it is."""
    if direction == "up":
        return fact >= plan
    if direction == "down":
        return fact <= plan
    return abs(fact - plan) <= tolerance


def is_worse(direction: Direction, fact: int, base: int, plan: int) -> bool:
    """Whether the fact has moved away from the plan since the base."""
    if direction == "up":
        return fact < base
    if direction == "down":
        return fact > base
    return abs(fact - plan) > abs(base - plan)


def percent(direction: Direction, plan: int | None, fact: int | None) -> int | None:
    """How far the fact is on its way to the plan; over 100 is better than planned.

    What should fall is at plan ÷ fact, what should stay at the smaller ÷ the larger one. None
    where a share would say nothing: without figures, or where one of them is not above zero.
    """
    if plan is None or fact is None or min(plan, fact) < 0:
        return None
    if direction == "keep":
        plan, fact = max(plan, fact), min(plan, fact)
    elif direction == "down":
        plan, fact = fact, plan
    return None if plan == 0 else round(fact * 100 / plan)


@dataclass(frozen=True, slots=True)
class YearMoney:
    """Money of one year, all sources together, in kopecks."""

    year: int
    planned: int
    spent: int


def of_money(years: Sequence[YearMoney], today: date) -> Status | None:
    """How spending stands: negative where a finished year left a tenth of its money or more.

    None where no money is planned.
    """
    planned = [year for year in years if year.planned > 0]
    if not planned:
        return None
    spent_well = [year.spent * 100 >= year.planned * ENOUGH_MONEY for year in planned]
    finished = [year.year < today.year for year in planned]
    if any(over and not well for over, well in zip(finished, spent_well, strict=True)):
        return Status.NEGATIVE
    return Status.REACHED if all(spent_well) else Status.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Steps:
    """Milestones of all projects of a measure."""

    all: int
    done: int
    late: int


def of_steps(steps: Steps) -> Status | None:
    """How the milestones stand: negative while one is late. None where there are none."""
    if steps.all == 0:
        return None
    if steps.late:
        return Status.NEGATIVE
    return Status.REACHED if steps.done == steps.all else Status.IN_PROGRESS


def worst(statuses: Iterable[Status | None]) -> Status:
    """The worst that is known; `no_plan` where nothing is."""
    found = {status for status in statuses if status is not None}
    return next((each for each in _WORST_FIRST if each in found), Status.NO_PLAN)


@dataclass(frozen=True, slots=True)
class Light:
    """Where a measure stands: the worst of money, milestones and indicators, each shown beside."""

    money: Status | None
    steps: Status | None
    indicators: Status | None

    @property
    def status(self) -> Status:
        return worst((self.money, self.steps, self.indicators))


def light(
    money: Sequence[YearMoney], steps: Steps, indicators: Iterable[Status], today: date
) -> Light:
    """The light of a measure; what has no plan does not speak."""
    known = [status for status in indicators if status is not Status.NO_PLAN]
    return Light(of_money(money, today), of_steps(steps), worst(known) if known else None)
