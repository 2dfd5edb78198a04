"""What a move writes into the report besides its state."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Unit
from services.errors import NotFound, Refusal
from services.reports import duplicates, sending
from services.reports.acting import Facts
from services.reports.deadlines import promised
from services.reports.models import Report
from services.reports.states import Acting, Row, State, Verb

_EMPTY: dict[str, Any] = {
    "text": "",
    "lat": None,
    "lon": None,
    "address": None,
    "district": None,
    "attributes": {},
}
"""What is left of a draft that was thrown away."""


class DateNeeded(Refusal):
    """Planned work needs the day until which it will be done, and that lies ahead."""


class ProjectNeeded(Refusal):
    """A report becomes part of a project only together with one: see `promoting`."""


@dataclass
class Step:
    """A move under way: who makes it as what, and what came with it."""

    report: Facts
    row: Row
    acting: Acting
    by: int | None
    now: datetime
    unit_id: int | None = None
    original: Facts | None = None
    project_id: int | None = None
    until: datetime | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """Columns to write."""
    public: dict[str, Any] = field(default_factory=dict)
    """Facts for the log and for everybody who is told."""


async def prepare(tx: AsyncConnection, city: CityFacts, step: Step) -> None:
    """Fill in `values` and `public`; raises what the move lacks."""
    report, row, now = step.report, step.row, step.now
    step.values |= {
        "state": row.after,
        "state_at": now,
        "updated_at": now,
        "moderator_id": None,
        "claimed_until": None,
    }
    if report.number is not None:
        step.public["number"] = report.number
    if row.restarts and report.sla_days is not None:
        step.values["due_at"] = promised(city, report.sla_days, now)
    if step.acting is Acting.OFFICIAL and step.by is not None:
        step.values["official_id"] = step.by
    if row.before is State.DRAFT:
        await _leave_draft(tx, city, step)
    await _by_verb(tx, city, step)


async def _leave_draft(tx: AsyncConnection, city: CityFacts, step: Step) -> None:
    if step.row.verb is Verb.WITHDRAW:
        step.values |= _EMPTY
        return
    report = step.report
    step.values |= await sending.values(tx, city, report.id, report.author_id, step.now)
    step.public["number"] = step.values["number"]


async def _by_verb(tx: AsyncConnection, city: CityFacts, step: Step) -> None:
    match step.row.verb:
        case Verb.OPEN:
            _open(step)
        case Verb.ASSIGN | Verb.REFER:
            await _hand_over(tx, city, step)
        case Verb.DUPLICATE:
            _lead_on(step)
        case Verb.SCHEDULE:
            _schedule(step)
        case Verb.PROMOTE:
            if step.project_id is None:
                raise ProjectNeeded
            step.values["project_id"] = step.project_id
            step.public["project"] = step.project_id
        case _:
            pass


def _open(step: Step) -> None:
    # What was public once, and was looked at again, keeps its first day.
    step.values["published_at"] = func.coalesce(Report.published_at, step.now)
    step.values |= {"official_id": None, "duplicate_of": None}
    step.public["category"] = step.report.code


async def _hand_over(tx: AsyncConnection, city: CityFacts, step: Step) -> None:
    """Into whose hands: another unit's, everybody's in this one, or the official's who takes it."""
    another = step.unit_id is not None and step.unit_id != step.report.unit_id
    if another:
        unit = await tx.scalar(
            select(Unit.slug).where(
                Unit.id == step.unit_id, Unit.city_id == city.id, Unit.active.is_(True)
            )
        )
        if unit is None:
            raise NotFound
        step.values["unit_id"] = step.unit_id
        step.public["unit"] = unit
    takes = step.acting is Acting.OFFICIAL and step.row.before is not State.IN_PROGRESS
    if another or not takes or step.row.verb is Verb.REFER:
        step.values["official_id"] = None


def _lead_on(step: Step) -> None:
    if step.original is None:
        raise duplicates.NoOriginal
    duplicates.check(step.report, step.original)
    step.values["duplicate_of"] = step.original.id
    step.public["original"] = step.original.id
    step.public["original_number"] = step.original.number


def _schedule(step: Step) -> None:
    if step.until is None or step.until <= step.now:
        raise DateNeeded
    step.values["due_at"] = step.until
    step.public["until"] = step.until.isoformat()
