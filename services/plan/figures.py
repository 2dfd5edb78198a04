"""The responsible unit's official writes the figure of a year: number, document, and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic import log
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.models import RoleGrant
from services.members.roles import Role
from services.plan import overview
from services.plan.models import Indicator, IndicatorYear
from services.plan.overview import IndicatorFacts
from services.plan.status import Status, status

MOST = 10**15
"""Thousandths: larger figures would not survive a spreadsheet."""

_MAY_READ = (Role.MODERATOR, Role.ADMIN, Role.OPERATOR)


class ReasonNeeded(Refusal):
    """The figure is behind the plan, which has to be explained."""


class DocumentNeeded(Refusal):
    """A figure comes with its document."""


class YearAhead(Refusal):
    """The year has not begun, or the plan does not know it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an official is about to fill in. `seen` tells whether somebody wrote meanwhile."""

    indicator: IndicatorFacts
    year: int
    plan: int | None
    fact: int | None
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a written figure means now."""

    indicator: IndicatorFacts
    year: int
    fact: int
    status: Status


async def may_write(tx: AsyncConnection, member_id: int, unit_id: int | None) -> bool:
    """Whether the member is an official of this unit right now."""
    if unit_id is None:
        return False
    grant = select(RoleGrant.id).where(
        RoleGrant.member_id == member_id,
        RoleGrant.role == Role.OFFICIAL,
        RoleGrant.unit_id == unit_id,
        RoleGrant.revoked_at.is_(None),
    )
    return await tx.scalar(grant.limit(1)) is not None


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
    return Form(indicator, year, *row.one())


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
    *,
    member_id: int,
    indicator_id: int,
    year: int,
    fact: int,
    seen: datetime | None,
    document: bytes,
    document_name: str,
    reason: str | None,
    now: datetime,
) -> Written:
    """Write the fact of a year with its document.

    `seen` is `Form.seen`: if somebody has written since, nothing is and `Changed` is raised. Raises
    `NotFound`, `NotAllowed`, `YearAhead`, `DocumentNeeded` or `ReasonNeeded`.
    """
    filled = await form(
        tx, city, member_id=member_id, indicator_id=indicator_id, year=year, now=now
    )
    if not document:
        raise DocumentNeeded
    if abs(fact) > MOST:
        raise ValueError(f"{fact} is out of reach")
    after = outcome(filled, fact, city, now)
    words = " ".join((reason or "").split()) or None
    if after is Status.NEGATIVE and words is None:
        raise ReasonNeeded
    same = IndicatorYear.at.is_(None) if seen is None else IndicatorYear.at == seen
    written = await tx.execute(
        update(IndicatorYear)
        .where(IndicatorYear.indicator_id == indicator_id, IndicatorYear.year == year, same)
        .values(
            fact=fact,
            reason=words if after is Status.NEGATIVE else None,
            document=document,
            document_name=document_name,
            by_id=member_id,
            at=now,
        )
    )
    if written.rowcount != 1:
        raise Changed
    before = filled.indicator.of(year)
    await log.record(
        tx,
        city_id=city.id,
        subject="indicator",
        subject_id=indicator_id,
        verb="figure",
        before=before.status if before else None,
        after=after,
        acting="official",
        actor_id=member_id,
        at=now,
        reason=words if after is Status.NEGATIVE else None,
        facts={"year": year, "plan": filled.plan, "fact": fact, "was": filled.fact},
    )
    today = now.astimezone(city.timezone).date()
    return Written(await overview.indicator(tx, city.id, indicator_id, today), year, fact, after)


@dataclass(frozen=True, slots=True)
class Proof:
    """The document of a figure, as it was photographed."""

    data: bytes
    name: str


async def proof(
    tx: AsyncConnection, *, member_id: int, indicator_id: int, year: int
) -> Proof | None:
    """The document of a figure, for the city's team and the responsible unit; None without one.

    It is not public: signatures and names may stand on it. Raises `NotFound` or `NotAllowed`.
    """
    unit_id = await tx.scalar(select(Indicator.unit_id).where(Indicator.id == indicator_id))
    if not await _holds(tx, member_id, _MAY_READ) and not await may_write(tx, member_id, unit_id):
        raise NotAllowed
    row = await tx.execute(
        select(IndicatorYear.document, IndicatorYear.document_name).where(
            IndicatorYear.indicator_id == indicator_id, IndicatorYear.year == year
        )
    )
    found = row.first()
    if found is None:
        raise NotFound
    return Proof(found.document, found.document_name or "document.jpg") if found.document else None


async def _holds(tx: AsyncConnection, member_id: int, wanted: Sequence[Role]) -> bool:
    grant = select(RoleGrant.id).where(
        RoleGrant.member_id == member_id,
        RoleGrant.role.in_(wanted),
        RoleGrant.revoked_at.is_(None),
    )
    return await tx.scalar(grant.limit(1)) is not None
