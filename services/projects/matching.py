"""Whether an aid fits a project: hard conditions first, then how well.

Pure: an aid's filters are those of the city pack (`AidEntry`); every condition that fails and
every reason for it is a key of its words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.projects.facts import Facts

_SOON = timedelta(days=30)
Filters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an aid fits; one entry in `fails` is an almost match."""

    score: int
    reasons: tuple[str, ...]
    fails: tuple[str, ...]


def _kind(filters: Filters, project: Facts) -> bool:
    kinds = filters.get("kinds")
    return kinds is None or project.kind in kinds


def _stage(filters: Filters, project: Facts) -> bool:
    wanted = filters.get("stages")
    return wanted is None or project.stage in wanted


def _amount(filters: Filters, project: Facts) -> bool:
    """Whether it gives as much as is missing; nothing is known before there is a budget."""
    gap = project.funding_gap
    if gap == 0:
        return True
    least, most = filters.get("min_kop"), filters.get("max_kop")
    if least is not None and gap < least:
        return False
    return most is None or gap <= most or bool(filters.get("co_funding"))


def _applicant(filters: Filters, project: Facts) -> bool:
    return filters.get("applicant", "anyone") == "anyone" or project.company > 0


def _district(filters: Filters, project: Facts) -> bool:
    districts = filters.get("districts")
    return districts is None or project.citywide or project.district in districts


def _own(filters: Filters, project: Facts) -> bool:
    """Whether enough of the budget is there already."""
    share = filters.get("own_percent", 0)
    have = project.budget - project.funding_gap
    return share == 0 or (project.budget > 0 and have * 100 >= share * project.budget)


CONDITIONS: Mapping[str, Callable[[Filters, Facts], bool]] = {
    "kind": _kind,
    "stage": _stage,
    "amount": _amount,
    "applicant": _applicant,
    "district": _district,
    "own": _own,
}
"""What must hold, by the key of its words; `until` stands beside them, as it asks for the day."""


def fit(filters: Filters, until: date | None, project: Facts, today: date) -> Fit:
    """How well an aid with these filters, open through `until`, fits the project."""
    fails = [name for name, holds in CONDITIONS.items() if not holds(filters, project)]
    if until is not None and until <= today:
        fails.append("until")
    points = {
        "for_kind": 3 if filters.get("kinds") is not None else 0,
        "fits_amount": 2 if _covers(filters, project) else 0,
        "near": 1 if filters.get("districts") is not None else 0,
        "time_left": 1 if until is None or until - today >= _SOON else 0,
    }
    failed = {"for_kind": "kind", "fits_amount": "amount", "near": "district", "time_left": "until"}
    good = {key: worth for key, worth in points.items() if worth and failed[key] not in fails}
    return Fit(sum(good.values()), tuple(good), tuple(fails))


def _covers(filters: Filters, project: Facts) -> bool:
    """Whether it could close the whole gap alone."""
    most = filters.get("max_kop")
    return project.funding_gap > 0 and most is not None and project.funding_gap <= most
