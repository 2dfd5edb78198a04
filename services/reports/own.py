"""A member's own reports, once they are sent: in whatever state, with every reason in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import Localized
from services.civic import voices
from services.civic.places import Spot
from services.errors import NotFound
from services.reports import notes, photos, publicity, reasons
from services.reports.models import Category, Report
from services.reports.photos import Kept
from services.reports.states import Acting, State


@dataclass(frozen=True, slots=True)
class Mine:
    """A report in its author's list. `hidden`: flagged away. `editable_until`: None: not now.

    `reason` is that of the last move, a key of `reasons` or words; `question` the same while an
    answer is waited for, until `answer_until`.
    """

    id: int
    number: int
    state: str
    emoji: str
    theme: Localized
    text: str
    spot: Spot
    anonymous: bool
    photos: tuple[Kept, ...]
    up: int
    due_at: datetime | None
    overdue: bool
    hidden: bool
    reason: str | None
    question: str | None
    answer_until: datetime | None
    editable_until: datetime | None
    duplicate_of: int | None
    project_id: int | None
    updated_at: datetime


_COLUMNS: tuple[Any, ...] = (
    *(Report.id, Report.number, Report.state, Report.text, Report.anonymous),
    *(Report.lat, Report.lon, Report.address, Report.district, Report.citywide),
    *(Report.due_at, Report.hidden, Report.duplicate_of, Report.project_id, Report.updated_at),
    *(Report.state_at, Report.submitted_at, Category.emoji, Category.name),
)


async def own(
    tx: AsyncConnection, city: CityFacts, member_id: int, report_id: int, now: datetime
) -> Mine:
    """One sent report of this member, in whatever state; raises `NotFound`."""
    found = await _of(tx, city, member_id, now, Report.id == report_id, limit=1, offset=0)
    if not found:
        raise NotFound
    return found[0]


async def mine(
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    now: datetime,
    *,
    limit: int,
    offset: int = 0,
) -> list[Mine]:
    """The member's sent reports, the one that moved last first."""
    return await _of(tx, city, member_id, now, limit=limit, offset=offset)


async def _of(
    tx: AsyncConnection,
    city: CityFacts,
    member_id: int,
    now: datetime,
    *where: Any,
    limit: int,
    offset: int,
) -> list[Mine]:
    found = await tx.execute(
        select(*_COLUMNS)
        .join(Category, Category.id == Report.category_id)
        .where(
            Report.author_id == member_id,
            Report.city_id == city.id,
            Report.submitted_at.is_not(None),
            *where,
        )
        .order_by(Report.updated_at.desc(), Report.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = found.all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    said = await last_reasons(tx, ids)
    pictures = await photos.listed(tx, ids)
    totals = await voices.totals(tx, "report", ids)
    return [
        _mine(city, row, now, said.get(row.id), tuple(pictures.get(row.id, ())), totals[row.id].up)
        for row in rows
    ]


def _mine(  # noqa: PLR0917 - one report
    city: CityFacts,
    row: Any,
    now: datetime,
    reason: str | None,
    pictures: tuple[Kept, ...],
    up: int,
) -> Mine:
    asked = row.state == State.CLARIFY
    return Mine(
        id=row.id,
        number=row.number,
        state=row.state,
        emoji=row.emoji,
        theme=row.name,
        text=row.text,
        spot=Spot(row.lat, row.lon, row.address, row.district, row.citywide),
        anonymous=row.anonymous,
        photos=pictures,
        up=up,
        due_at=row.due_at,
        overdue=publicity.is_overdue(row.state, row.due_at, now),
        hidden=row.hidden,
        reason=reason,
        question=reason if asked else None,
        answer_until=answer_until(city, row.state_at) if asked else None,
        editable_until=editable_until(city, row, now),
        duplicate_of=row.duplicate_of,
        project_id=row.project_id,
        updated_at=row.updated_at,
    )


def answer_until(city: CityFacts, asked_at: datetime) -> datetime:
    """When a question that nobody answers ends the report."""
    return asked_at + timedelta(days=city.rules.civic.clarify_days)


def editable_until(city: CityFacts, row: Any, now: datetime) -> datetime | None:
    """Until when the author may change what was sent: for some minutes after sending, and while
    there is a question to answer; never once a moderator has opened it."""
    if row.state == State.CLARIFY:
        until = answer_until(city, row.state_at)
    elif row.state == State.SUBMITTED:
        until = row.submitted_at + timedelta(minutes=city.rules.civic.edit_minutes)
    else:
        return None
    return until if until > now else None


async def last_reasons(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, str]:
    """The reason of each report's last move, in full: for its author and the city's staff."""
    said = await publicity.last_moves(tx, ids)
    found: dict[int, str] = {}
    hidden = [id_ for id_, move in said.items() if move.reason == reasons.OWN_WORDS]
    for role in Acting:
        of_role = [id_ for id_ in hidden if said[id_].acting == role]
        if of_role:
            found |= await notes.last_words(tx, of_role, role)
    open_ = {id_: move.reason for id_, move in said.items() if id_ not in found and move.reason}
    return found | open_
