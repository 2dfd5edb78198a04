"""A project's passport: where it stands, what it lacks, how ready it is and who could help.

What it lacks are the same rows that shut the gate; who could help are the city's aids, each with
the reasons for it, or with the one condition that fails.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.cities.rules import CivicRules
from services.database import insert_new
from services.errors import NotFound
from services.projects import acting, budget, facts, legality, matching, stages
from services.projects.budget import Line
from services.projects.facts import Facts
from services.projects.legality import Lack
from services.projects.matching import Fit
from services.projects.models import Aid, AidAnswer
from services.projects.stages import Status

HELPERS = 5


@dataclass(frozen=True, slots=True)
class Helper:
    """An aid for the project: `reasons` say why, or `fails` what the one thing is that is not
    so; both key their words. `state` is what the project's people said of it."""

    aid_id: int
    kind: str
    name: Localized
    terms: Localized
    score: int
    reasons: tuple[str, ...]
    fails: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Passport:
    """`missing` is the gate's refusal; `short` are lines of the budget that are not covered.

    `readiness` is percent of the whole way, `gate` percent of the stage's own conditions.
    `helpers` fit; of `almost` one condition fails.
    """

    project: Facts
    position: int
    of: int
    missing: tuple[Lack, ...]
    short: tuple[Line, ...]
    readiness: int
    gate: int
    helpers: tuple[Helper, ...]
    almost: tuple[Helper, ...]


def gate_percent(project: Facts, civic: CivicRules) -> int:
    """How much of what the gate asks is there: its needs weigh the same, half of one is half."""
    needs = stages.gate(project.kind, project.stage)
    shares = [_share(need, project, civic) for need in needs]
    return int(100 * sum(shares) / len(shares)) if shares else 100


def _share(need: stages.Need, project: Facts, civic: CivicRules) -> float:
    have: float = getattr(project, need.fact)
    want = stages.wanted(need, project, civic)
    if stages.holds(need, have, want):
        return 1.0
    # What must not be there has no halves, but money does: a gap is part of the budget.
    if need.fact == "funding_gap":
        return 1 - have / project.budget
    return have / want if need.op == ">=" else 0.0


def readiness(project: Facts, civic: CivicRules) -> int:
    """Percent of the way from the idea to what is built, at most 99 until it is."""
    if project.status == Status.DONE:
        return 100
    way = stages.path(project.kind)
    return min((100 * _passed(project) + gate_percent(project, civic)) // len(way), 99)


def _passed(project: Facts) -> int:
    """How many stages of its way lie behind it, wherever it is: rows may change under way."""
    here = stages.BY_STAGE[project.stage].n
    return sum(stages.BY_STAGE[stage].n < here for stage in stages.path(project.kind))


async def of(tx: AsyncConnection, city: CityFacts, project: Facts, now: datetime) -> Passport:
    """The passport of a project whose facts are known."""
    civic = city.rules.civic
    lines = await budget.lines(tx, project.id)
    short = tuple(line for line in lines if line.have < line.amount)
    missing = legality.lacks(project, civic)
    lacking = {each.resource for each in missing} | {line.kind for line in short}
    today = now.astimezone(city.timezone).date()
    helpers = await _helpers(tx, project, lacking, today)
    way = stages.path(project.kind)
    return Passport(
        project, _passed(project) + 1, len(way), missing, short,
        readiness(project, civic), gate_percent(project, civic),
        tuple(each for each in helpers if each.fails is None)[:HELPERS],
        tuple(each for each in helpers if each.fails is not None)[:HELPERS],
    )  # fmt: skip


async def _helpers(
    tx: AsyncConnection, project: Facts, lacking: Collection[str | None], today: date
) -> list[Helper]:
    """Aids for what is lacking that fit or almost do, the best first."""
    if project.status in {Status.CLOSED, Status.DONE}:
        return []
    answers = (
        select(AidAnswer.aid_id, AidAnswer.state)
        .where(AidAnswer.project_id == project.id)
        .subquery()
    )
    rows = await tx.execute(
        select(Aid.__table__, answers.c.state.label("answer"))
        .outerjoin(answers, answers.c.aid_id == Aid.id)
        .where(Aid.city_id == project.city_id, Aid.active)
        .order_by(Aid.position, Aid.id)
    )
    found = []
    for row in rows:
        if row.answer == "declined" or row.filters.get("resource", "money") not in lacking:
            continue
        fit = matching.fit(row.filters, row.until, project, today)
        if len(fit.fails) <= 1:
            found.append(_helper(row, fit))
    return sorted(found, key=lambda each: -each.score)


def _helper(row: Any, fit: Fit) -> Helper:
    return Helper(
        row.id, row.kind, row.name, row.terms, fit.score, fit.reasons,
        fit.fails[0] if fit.fails else None, row.answer,
    )  # fmt: skip


async def answer(
    tx: AsyncConnection, *, project_id: int, aid_id: int, by: int, state: str, now: datetime
) -> None:
    """The project's people asked an aid, or have no use for it: asked, declined or accepted."""
    project = await facts.one(tx, project_id)
    await acting.require(tx, project, by, "lead", "author", "operator")
    known = await tx.scalar(select(Aid.id).where(Aid.id == aid_id, Aid.city_id == project.city_id))
    if known is None or state not in {"asked", "declined", "accepted"}:
        raise NotFound
    values = {"project_id": project_id, "aid_id": aid_id, "state": state, "by_id": by, "at": now}
    if await insert_new(tx, AidAnswer, values) is None:
        await tx.execute(
            update(AidAnswer)
            .where(AidAnswer.project_id == project_id, AidAnswer.aid_id == aid_id)
            .values(state=state, by_id=by, at=now)
        )
