"""What happened to published reports, for systems that poll; and what such a system tells us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic.models import CivicEvent
from services.database import insert_new
from services.errors import NotAllowed, NotFound, Refusal
from services.reports import moves, notes, photos
from services.reports.models import Category, Report, ReportPhoto
from services.reports.photos import AFTER, Picture
from services.reports.publicity import WHOLE
from services.reports.reasons import OWN_WORDS
from services.reports.states import NEVER_SHOWN, Acting, State, Verb
from services.sharing.clients import Client
from services.sharing.models import ApiUpdate
from services.sharing.public import MOVES, REPORTS
from services.sharing.words import ASKS, WORDS

WAITING = "open"
"""How a question is told: it leaves the report as it is there, and its words are shown."""
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
    """The moves from `since` to `until`, the oldest first.

    The publication itself is no update: it is the report. A moderator's open question about a
    report that the `client` sent is one, for this client alone.
    """
    told = and_(CivicEvent.before.not_in([*NEVER_SHOWN]), CivicEvent.before != CivicEvent.after)
    wanted = [told & MOVES] if client is None else [told & MOVES, _asked(client)]
    rows = list(
        await tx.execute(
            _MOVED.where(
                CivicEvent.city_id == city.id,
                CivicEvent.subject == "report",
                CivicEvent.at >= since,
                CivicEvent.at <= until,
                or_(*wanted),
            )
            .order_by(CivicEvent.number)
            .limit(limit)
            .offset(offset)
        )
    )
    shown = await _after(tx, [row.id for row in rows if row.after == State.FIXED])
    asked = [row.id for row in rows if row.after == State.CLARIFY]
    questions = await notes.last_words(tx, asked, Acting.MODERATOR) if asked else {}
    return [_update(row, client, shown.get(row.id, ()), questions.get(row.id)) for row in rows]


_MOVED = (
    select(
        *(CivicEvent.number, CivicEvent.after, CivicEvent.at, CivicEvent.reason),
        *(Report.id, Report.number.label("report"), Report.client_id, Report.ext_id),
        Category.code,
    )
    .join(Report, Report.id == CivicEvent.subject_id)
    .join(Category, Category.id == Report.category_id)
)


def _asked(client: Client) -> ColumnElement[bool]:
    """The question that a report of this client waits with. It is not public, nor is the report:
    only who sent it may read it."""
    return and_(
        CivicEvent.after == State.CLARIFY,
        Report.state == State.CLARIFY,
        CivicEvent.at == Report.state_at,
        Report.client_id == client.id,
    )


def _update(
    row: Any,
    client: Client | None,
    shown: Sequence[tuple[str, datetime]],
    question: str | None,
) -> Update:
    own_words = row.after == State.CLARIFY and row.reason == OWN_WORDS
    return Update(
        id=str(row.number),
        number=row.report,
        state=row.after,
        word=WAITING if row.after == State.CLARIFY else WORDS[State(row.after)].extended,
        at=row.at,
        reason=question if own_words else row.reason,
        photos=tuple(token for token, at in shown if row.after == State.FIXED and at == row.at),
        category=row.code,
        foreign_id=row.ext_id if client is not None and row.client_id == client.id else None,
    )


async def _after(
    tx: AsyncConnection, report_ids: Sequence[int]
) -> dict[int, list[tuple[str, datetime]]]:
    """What officials showed of what they did: tokens with the moment, by report."""
    rows = await tx.execute(
        select(ReportPhoto.report_id, ReportPhoto.token, ReportPhoto.at)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(
            ReportPhoto.report_id.in_(report_ids),
            ReportPhoto.kind == AFTER,
            ReportPhoto.removed.is_(False),
            ReportPhoto.shown,
            WHOLE,
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
    report = await _report(tx, city, client, number)
    found = select(ApiUpdate.answer).where(
        ApiUpdate.client_id == client.id,
        ApiUpdate.report_id == report.id,
        ApiUpdate.update_id == update_id,
    )
    answer: str | None = await tx.scalar(found)
    return answer


async def was_asked(tx: AsyncConnection, city: CityFacts, client: Client, number: int) -> bool:
    """Whether there was ever a question about a report that this client sent, to be answered by
    whoever may say nothing else."""
    found = (
        select(CivicEvent.id)
        .join(Report, Report.id == CivicEvent.subject_id)
        .where(
            CivicEvent.subject == "report",
            CivicEvent.after == State.CLARIFY,
            Report.city_id == city.id,
            Report.number == number,
            Report.client_id == client.id,
        )
        .limit(1)
    )
    return await tx.scalar(found) is not None


async def take(
    tx: AsyncConnection, city: CityFacts, client: Client, told: Told, now: datetime
) -> str:
    """Do what the update asks for; returns our id for it, the same one for a repeat.

    The client acts as an official. A move that cannot be made from here, and words without one,
    become a note for the city's staff and change nothing. To a question about its own report any
    update is the answer. Raises `NotFound` and `NotAllowed`.
    """
    before = await answered(tx, city, client, told.number, told.id)
    if before is not None:
        return before
    report = await _report(tx, city, client, told.number)
    asked = report.mine and report.state == State.CLARIFY
    if not asked and not client.may_update:
        raise NotAllowed
    if not asked and not report.published:
        raise NotFound
    new = {
        "client_id": client.id,
        "report_id": report.id,
        "update_id": told.id,
        "answer": "",
        "at": now,
    }
    row = await insert_new(tx, ApiUpdate, new)
    if row is None:
        before = await answered(tx, city, client, told.number, told.id)
        assert before is not None
        return before
    ours = f"u{row.id}"
    if asked:
        await _answer(tx, city, report.id, told, now)
        answer = ours
    else:
        answer = await _moved(tx, city, report.id, told, now) or ours
        if answer == ours:
            words = f"{told.status}: {told.text}"
            await _note(tx, report.id, CLIENT, words, now)
    await tx.execute(update(ApiUpdate).where(ApiUpdate.id == row.id).values(answer=answer))
    return answer


async def _note(
    tx: AsyncConnection, report_id: int, acting: str, words: str, now: datetime
) -> None:
    await notes.keep(
        tx, report_id=report_id, member_id=None, acting=acting, text=words, public=False, now=now
    )


async def _answer(
    tx: AsyncConnection, city: CityFacts, report_id: int, told: Told, now: datetime
) -> None:
    """The words and the photo go to the moderator, who looks at the report again."""
    if told.text:
        await _note(tx, report_id, Acting.AUTHOR, told.text, now)
    if told.picture is not None:
        await photos.add(
            tx, report_id=report_id, member_id=None, kind=photos.BEFORE,
            jpeg=told.picture.jpeg, source_key=told.picture.source_key,
            most=city.rules.civic.photos, now=now,
        )  # fmt: skip
    await moves.move(tx, city, report_id, Verb.SUBMIT, by=None, acting=Acting.AUTHOR, now=now)


@dataclass(frozen=True, slots=True)
class _Report:
    id: int
    state: str
    mine: bool
    published: bool


async def _report(tx: AsyncConnection, city: CityFacts, client: Client, number: int) -> _Report:
    """A report that is published, or that this client sent; raises `NotFound`."""
    mine = func.coalesce(Report.client_id == client.id, False)
    found = await tx.execute(
        select(Report.id, Report.state, mine, REPORTS).where(
            Report.city_id == city.id, Report.number == number, REPORTS | mine
        )
    )
    row = found.first()
    if row is None:
        raise NotFound
    return _Report(row[0], row[1], bool(row[2]), bool(row[3]))


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
