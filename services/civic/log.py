"""The city's public log: every move is an event, and each event's hash covers the one before it.

A hash is that of the hash before it and of a digest of the event's words. So anybody can follow
the whole chain with the digests of what is not for everybody; a salt of its own keeps each of them
from being guessed.

Whoever appends waits for the city's row in `civic_head`, so numbers have no gaps and two events
never follow the same one. That row is the very last lock of a transaction.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.civic.models import CivicEvent, CivicHead, DailyHead
from services.database import insert_new
from services.projects.models import Challenge

GENESIS = "0" * 64
"""What the first event of a city follows."""

_PAGE = 1000
_SETTLING = timedelta(minutes=10)
"""How long after midnight a day is closed: what was under way is written by then."""


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """A move as everybody may see it; who made it stands nowhere, only in which role."""

    number: int
    subject: str
    subject_id: int
    verb: str
    before: str | None
    after: str
    acting: str
    reason: str | None
    facts: dict[str, Any]
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """What does not fit: the event of this number, and in what way.

    `what` is content, link, missing, head or day (`number` is then what the day says).
    """

    number: int
    what: str


@dataclass(slots=True)
class Verdict:
    """How many events were looked at, and what is broken."""

    events: int = 0
    hash: str = GENESIS
    broken: list[Broken] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.broken


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at the end of a local day: the number of events, and the hash."""

    day: date
    number: int
    hash: str


_HEAD = CivicHead.__table__.c
_PUBLIC = tuple(CivicEvent.__table__.c[name] for name in PublicEvent.__dataclass_fields__)


async def record(
    tx: AsyncConnection,
    *,
    city_id: int,
    subject: str,
    subject_id: int,
    verb: str,
    before: str | None,
    after: str,
    acting: str,
    actor_id: int | None,
    at: datetime,
    reason: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> int:
    """Append a move to the city's chain; returns the event's id.

    `reason` and `facts` are public: words and plain JSON values without personal data. No other
    row may be locked after this.
    """
    number, prev = await _take_head(tx, city_id)
    values = {
        "city_id": city_id,
        "number": number + 1,
        "subject": subject,
        "subject_id": subject_id,
        "verb": verb,
        "before": before,
        "after": after,
        "acting": acting,
        "reason": reason,
        "facts": json.loads(json.dumps(dict(facts or {}))),
        "at": at.astimezone(UTC),
        "prev": prev,
        "salt": secrets.token_hex(_SALT_BYTES),
    }
    values["hash"] = _hash(values)
    event_id: int | None = await tx.scalar(
        insert(CivicEvent).returning(CivicEvent.id), {**values, "actor_id": actor_id}
    )
    await tx.execute(
        update(CivicHead)
        .where(CivicHead.city_id == city_id)
        .values(number=number + 1, hash=values["hash"])
    )
    assert event_id is not None
    return event_id


async def _take_head(tx: AsyncConnection, city_id: int) -> tuple[int, str]:
    """The row where the chain ends, held until the transaction does."""
    found = select(_HEAD.number, _HEAD.hash).where(_HEAD.city_id == city_id).with_for_update()
    row = (await tx.execute(found)).first()
    if row is None:
        await insert_new(tx, CivicHead, {"city_id": city_id, "number": 0, "hash": GENESIS})
        row = (await tx.execute(found)).one()
    return row.number, row.hash


_SALT_BYTES = 16
_WORDS = (
    *("city_id", "number", "subject", "subject_id", "verb", "before", "after", "acting"),
    *("reason", "facts", "at"),
)


def content(values: Mapping[str, Any]) -> str:
    """The words of an event as the one text that is hashed: JSON."""
    return _text(values, _WORDS)


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of the event's salt and words."""
    return _sha256(f"{values['salt']}{content(values)}")


def _hash(values: Mapping[str, Any]) -> str:
    """SHA-256 of the hash before it and of the digest."""
    if values["salt"] is None:
        # From before there were salts.
        return _sha256(_text(values, (*_WORDS, "prev")))
    return _sha256(f"{values['prev']}{digest(values)}")


def _text(values: Mapping[str, Any], names: Sequence[str]) -> str:
    told = {name: values[name] for name in names}
    told["at"] = values["at"].isoformat(timespec="microseconds")
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def of(
    tx: AsyncConnection, subject: str, subject_id: int, limit: int = 20, offset: int = 0
) -> list[PublicEvent]:
    """What happened to one subject, the latest first. Whether it is public its owner knows."""
    rows = await tx.execute(
        select(*_PUBLIC)
        .where(CivicEvent.subject == subject, CivicEvent.subject_id == subject_id)
        .order_by(CivicEvent.number.desc())
        .limit(limit)
        .offset(offset)
    )
    return [PublicEvent(**row._mapping) for row in rows]


def once_open() -> ColumnElement[bool]:
    """That a request is public: one that was closed as a draft never was."""
    opening = CivicEvent.__table__.alias()
    opened = exists().where(
        opening.c.subject == "challenge",
        opening.c.subject_id == Challenge.id,
        opening.c.verb == "forward",
    )
    return or_(Challenge.state == "open", opened)


async def verify(tx: AsyncConnection, city_id: int) -> Verdict:
    """Compute the whole chain again and name every event that does not fit.

    What a change of `actor_id` would be is not seen: it is private, and a deleted member's is
    emptied.
    """
    verdict = Verdict()
    expected = 1
    hashes: dict[int, str] = {0: GENESIS}
    days = await _days(tx, city_id)
    async for event in _chain(tx, city_id):
        number = event["number"]
        verdict.events += 1
        verdict.broken += [Broken(gone, "missing") for gone in range(expected, number)]
        if event["hash"] != _hash(event):
            verdict.broken.append(Broken(number, "content"))
        elif event["prev"] != verdict.hash and number == expected:
            verdict.broken.append(Broken(number, "link"))
        verdict.hash, expected = event["hash"], number + 1
        if number in days:
            hashes[number] = event["hash"]
    head = (
        await tx.execute(select(_HEAD.number, _HEAD.hash).where(_HEAD.city_id == city_id))
    ).first()
    if (head.number, head.hash) != (expected - 1, verdict.hash) if head else verdict.events:
        verdict.broken.append(Broken(expected - 1, "head"))
    for number, wanted in days.items():
        if any(hashes.get(number) != each for each in wanted):
            verdict.broken.append(Broken(number, "day"))
    return verdict


async def _chain(tx: AsyncConnection, city_id: int) -> AsyncIterator[dict[str, Any]]:
    after = -(2**31)
    while True:
        rows = await tx.execute(
            select(CivicEvent.__table__)
            .where(CivicEvent.city_id == city_id, CivicEvent.number > after)
            .order_by(CivicEvent.number)
            .limit(_PAGE)
        )
        events = [dict(row._mapping) for row in rows]
        for event in events:
            yield event
        if len(events) < _PAGE:
            return
        after = events[-1]["number"]


async def _days(tx: AsyncConnection, city_id: int) -> dict[int, list[str]]:
    """What was published: number of events → the hashes said to end there."""
    rows = await tx.execute(
        select(DailyHead.number, DailyHead.hash)
        .where(DailyHead.city_id == city_id)
        .order_by(DailyHead.number)
    )
    said: dict[int, list[str]] = {}
    for number, hash_ in rows:
        said.setdefault(number, []).append(hash_)
    return said


async def close_day(tx: AsyncConnection, city: CityFacts, now: datetime) -> bool:
    """Publish the head of the oldest local day that is over and was not closed yet.

    False when there is none: a city without events has no days, and the day that has just ended
    is closed ten minutes after midnight.
    """
    newest = DailyHead.day.desc()
    last = await tx.scalar(
        select(DailyHead.day).where(DailyHead.city_id == city.id).order_by(newest).limit(1)
    )
    if last is None:
        first = await tx.scalar(
            select(CivicEvent.at)
            .where(CivicEvent.city_id == city.id)
            .order_by(CivicEvent.number)
            .limit(1)
        )
        if first is None:
            return False
        day = first.astimezone(city.timezone).date()
    else:
        day = last + timedelta(days=1)
    over = datetime.combine(day + timedelta(days=1), time(), city.timezone)
    if now < over + _SETTLING:
        return False
    end = await tx.execute(
        select(CivicEvent.number, CivicEvent.hash)
        .where(CivicEvent.city_id == city.id, CivicEvent.at < over)
        .order_by(CivicEvent.number.desc())
        .limit(1)
    )
    number, hash_ = end.first() or (0, GENESIS)
    closed = {
        "city_id": city.id,
        "day": day,
        "number": number,
        "hash": hash_,
        "published_at": now,
    }
    return await insert_new(tx, DailyHead, closed) is not None


async def heads(tx: AsyncConnection, city_id: int, limit: int = 30) -> list[Head]:
    """The published ends of days, the latest first."""
    rows = await tx.execute(
        select(DailyHead.day, DailyHead.number, DailyHead.hash)
        .where(DailyHead.city_id == city_id)
        .order_by(DailyHead.day.desc())
        .limit(limit)
    )
    return [Head(*row) for row in rows]
