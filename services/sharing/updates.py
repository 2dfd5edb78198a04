"""What happened to published reports, for systems that poll; and what such a system tells us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic.models import CivicEvent
from services.database import insert_new
from services.errors import NotAllowed, NotFound, Refusal
from services.reports import moves, notes
from services.reports.models import Category, Report, ReportPhoto
from services.reports.photos import AFTER, Picture
from services.reports.states import NEVER_SHOWN, Acting, State
from services.sharing.clients import Client
from services.sharing.models import ApiUpdate
from services.sharing.public import MOVES, REPORTS
from services.sharing.words import ASKS, WORDS

CLIENT = "client"
"""The role in which another system leaves a note."""


@dataclass(frozen=True, slots=True)
class Update:
    """A move of a published report. `id` is the number of the move in the city's public log.

    `foreign_id` is the report's number in the system that asks, None for all others: the number
    of one system means another report in the next.
    """

    id: str
    number: int
    state: str
    word: str
    at: datetime
    reason: str | None
    photos: tuple[str, ...]
    category: str
    foreign_id: str | None


async def between(
    tx: AsyncConnection,
    city: CityFacts,
    since: datetime,
    until: datetime,
    *,
    client: Client | None,
    limit: int,
    offset: int = 0,
) -> list[Update]:
    """The moves from `since` to `until`, the oldest first; two queries.

    The publication itself is no update: it is the report.
    """
    rows = list(
        await tx.execute(
            select(
                *(CivicEvent.number, CivicEvent.after, CivicEvent.at, CivicEvent.reason),
                *(Report.id, Report.number.label("report"), Report.client_id, Report.ext_id),
                Category.code,
            )
            .join(Report, Report.id == CivicEvent.subject_id)
            .join(Category, Category.id == Report.category_id)
            .where(
                CivicEvent.city_id == city.id,
                CivicEvent.subject == "report",
                CivicEvent.at >= since,
                CivicEvent.at <= until,
                CivicEvent.before.not_in([*NEVER_SHOWN]),
                CivicEvent.before != CivicEvent.after,
                MOVES,
            )
            .order_by(CivicEvent.number)
            .limit(limit)
            .offset(offset)
        )
    )
    photos = await _after(tx, [row.id for row in rows if row.after == State.FIXED])
    return [
        Update(
            id=str(row.number),
            number=row.report,
            state=row.after,
            word=WORDS[State(row.after)].extended,
            at=row.at,
            reason=row.reason,
            photos=tuple(
                token
                for token, at in photos.get(row.id, ())
                if row.after == State.FIXED and at == row.at
            ),
            category=row.code,
            foreign_id=row.ext_id if client is not None and row.client_id == client.id else None,
        )
        for row in rows
    ]


async def _after(
    tx: AsyncConnection, report_ids: Sequence[int]
) -> dict[int, list[tuple[str, datetime]]]:
    """What officials showed of what they did: tokens with the moment, by report."""
    rows = await tx.execute(
        select(ReportPhoto.report_id, ReportPhoto.token, ReportPhoto.at)
        .where(
            ReportPhoto.report_id.in_(report_ids),
            ReportPhoto.kind == AFTER,
            ReportPhoto.removed.is_(False),
            ReportPhoto.shown,
        )
        .order_by(ReportPhoto.id)
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for report_id, token, at in rows:
        found.setdefault(report_id, []).append((token, at))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What another system says happened to the report `number`: its own `id` for it, a status of
    GeoReport, words, and for planned work the moment `until` which it will be done."""

    number: int
    id: str
    status: str
    text: str
    picture: Picture | None = None
    until: datetime | None = None


async def answered(
    tx: AsyncConnection, city: CityFacts, client: Client, number: int, update_id: str
) -> str | None:
    """What this update was answered before, None when it is new; `NotFound`: no such report."""
    report_id = await _published(tx, city, number)
    found = select(ApiUpdate.answer).where(
        ApiUpdate.client_id == client.id,
        ApiUpdate.report_id == report_id,
        ApiUpdate.update_id == update_id,
    )
    answer: str | None = await tx.scalar(found)
    return answer


async def take(
    tx: AsyncConnection, city: CityFacts, client: Client, told: Told, now: datetime
) -> str:
    """Do what the update asks for; returns our id for it, the same one for a repeat.

    The client acts as an official. A move that cannot be made from here, and words without one,
    become a note for the city's staff and change nothing. Raises `NotFound` and `NotAllowed`.
    """
    if not client.may_update:
        raise NotAllowed
    report_id = await _published(tx, city, told.number)
    new = {
        "client_id": client.id,
        "report_id": report_id,
        "update_id": told.id,
        "answer": "",
        "at": now,
    }
    row = await insert_new(tx, ApiUpdate, new)
    if row is None:
        before = await answered(tx, city, client, told.number, told.id)
        assert before is not None
        return before
    answer = await _moved(tx, city, report_id, told, now) or f"u{row.id}"
    if answer == f"u{row.id}":
        words = f"{told.status}: {told.text}"
        await notes.keep(
            tx,
            report_id=report_id,
            member_id=None,
            acting=CLIENT,
            text=words,
            public=False,
            now=now,
        )
    await tx.execute(update(ApiUpdate).where(ApiUpdate.id == row.id).values(answer=answer))
    return answer


async def _published(tx: AsyncConnection, city: CityFacts, number: int) -> int:
    found = select(Report.id).where(Report.city_id == city.id, Report.number == number, REPORTS)
    report_id = await tx.scalar(found)
    if report_id is None:
        raise NotFound
    return report_id


async def _moved(
    tx: AsyncConnection, city: CityFacts, report_id: int, told: Told, now: datetime
) -> str | None:
    """The number of the move that the update led to; None when it led to none."""
    verb = ASKS.get(told.status.lower())
    if verb is None:
        return None
    try:
        async with tx.begin_nested():
            moved = await moves.move(
                tx, city, report_id, verb, by=None, acting=Acting.OFFICIAL, now=now,
                reason=told.text, picture=told.picture, until=told.until,
            )  # fmt: skip
    except Refusal:
        return None  # The words become a note, so nothing that was said is lost.
    number = await tx.scalar(select(CivicEvent.number).where(CivicEvent.id == moved.event_id))
    return str(number)
