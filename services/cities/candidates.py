"""Tills that receipts told of and nobody registered: offered to their owner, taken or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events
from services.cities import registry
from services.cities.alerts import TillDecided
from services.cities.models import Localized, Partner, TillCandidate, Venue
from services.database import insert_new
from services.errors import NotAllowed, NotFound
from services.members.roles import Role, holds


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a verified receipt says of the till that printed it.

    `drive` is the device, `registration` the РН ККТ (None: not told). A self-employed seller has
    no till: both are the INN. `internet`: it stands nowhere.
    """

    drive: str
    registration: str | None
    serial: str | None
    inn: str
    seller: str | None
    place: str | None
    address: str | None
    internet: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """`state` is open, confirmed or refused; `same_owner`: met before under the same INN."""

    state: Literal["open", "confirmed", "refused"]
    same_owner: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open candidate. `venue_id` is where it probably stands; `venues` are all of its owner's
    that it could belong to."""

    id: int
    registration: str
    drives: Sequence[str]
    place: str | None
    address: str | None
    internet: bool
    partner: Localized
    venue_id: int | None
    found_at: datetime
    venues: Sequence[tuple[int, Localized]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A candidate that has become a till of this venue."""

    venue: Localized
    registration: str


async def offer(
    tx: AsyncConnection,
    *,
    city_id: int,
    sighting: Sighting,
    partner_id: int,
    venue_id: int | None,
    now: datetime,
) -> Offer:
    """Note a till of a partner and ask its owners about it, once; later drives are added.

    To be called under `registry.hold_owner`.
    """
    assert sighting.registration is not None
    values = {
        "partner_id": partner_id,
        "venue_id": venue_id,
        "registration": sighting.registration,
        "serial": sighting.serial,
        "drives": [sighting.drive],
        "place": sighting.place,
        "address": sighting.address,
        "internet": sighting.internet,
        "state": "open",
        "found_at": now,
    }
    made = await insert_new(tx, TillCandidate, values)
    if made is not None:
        await events.record(tx, "candidate", made.id, "find", "open", actor_id=None, at=now)
        await _tell_owners(tx, city_id, made.id, values, sighting.inn)
        return Offer("open", same_owner=True)
    row = (
        await tx.execute(
            select(TillCandidate.id, TillCandidate.state, TillCandidate.drives, Partner.inn)
            .join(Partner, Partner.id == TillCandidate.partner_id)
            .where(TillCandidate.registration == sighting.registration)
        )
    ).one()
    if row.inn == sighting.inn and row.state == "open" and sighting.drive not in row.drives:
        drives = [*row.drives, sighting.drive]
        await tx.execute(
            update(TillCandidate).where(TillCandidate.id == row.id).values(drives=drives)
        )
    return Offer(row.state, same_owner=row.inn == sighting.inn)


async def _tell_owners(
    tx: AsyncConnection, city_id: int, candidate_id: int, found: Mapping[str, Any], inn: str
) -> None:
    named = dict(await _venues(tx, city_id, inn))
    venue_id = found["venue_id"]
    facts = {
        "candidate": candidate_id,
        **{name: found[name] for name in ("registration", "place", "address", "venue_id")},
        "venue": named.get(venue_id),
    }
    # A partner whose owner has not come yet is the city's to look after.
    asked = list(named) if venue_id is None else [venue_id]
    people = await registry.owners(tx, asked) or await registry.team(tx, city_id)
    for member_id in people:
        await delivery.tell(tx, member_id, "till_met", facts, found["found_at"])


async def _venues(tx: AsyncConnection, city_id: int, inn: str) -> list[tuple[int, Localized]]:
    rows = await tx.execute(
        select(Venue.id, Venue.name)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(Venue.city_id == city_id, Partner.inn == inn, Venue.state != "closed")
        .order_by(Venue.id)
    )
    return [(row.id, row.name) for row in rows]


async def confirm_candidate(
    tx: AsyncConnection,
    *,
    city_id: int,
    candidate_id: int,
    venue_id: int,
    by: int,
    now: datetime,
) -> Taken:
    """The till stands at this venue: it and its drives are registered, receipts that wait earn.

    By an owner of the venue or the city's team. Raises `TillDecided` when somebody was first.
    """
    inn = await _inn_of(tx, city_id, candidate_id)
    names = dict(await _venues(tx, city_id, inn))
    if venue_id not in names:
        raise NotFound
    await _may(tx, by, [venue_id])
    await registry.hold_owner(tx, city_id, inn)
    row = await _decide(tx, candidate_id, "confirmed", by=by, now=now, venue_id=venue_id)
    await registry.register(
        tx,
        venue_id=venue_id,
        registration=row.registration,
        serial=row.serial or "",
        drives=row.drives,
        origin="receipt",
        by=by,
        now=now,
    )
    return Taken(names[venue_id], row.registration)


async def refuse_candidate(
    tx: AsyncConnection, *, city_id: int, candidate_id: int, by: int, now: datetime
) -> None:
    """The till is none of the partner's venues here; it is not asked about again."""
    inn = await _inn_of(tx, city_id, candidate_id)
    await _may(tx, by, [venue for venue, _ in await _venues(tx, city_id, inn)])
    await registry.hold_owner(tx, city_id, inn)
    await _decide(tx, candidate_id, "refused", by=by, now=now)


async def _decide(
    tx: AsyncConnection, candidate_id: int, state: str, *, by: int, now: datetime, **values: int
) -> Any:
    decided = await tx.execute(
        update(TillCandidate)
        .where(TillCandidate.id == candidate_id, TillCandidate.state == "open")
        .values(state=state, decided_by=by, decided_at=now, **values)
        .returning(TillCandidate.registration, TillCandidate.serial, TillCandidate.drives)
    )
    row = decided.first()
    if row is None:
        was = select(TillCandidate.state).where(TillCandidate.id == candidate_id)
        raise TillDecided((await tx.execute(was)).scalar_one())
    await events.record(tx, "candidate", candidate_id, "decide", state, actor_id=by, at=now)
    return row


async def _inn_of(tx: AsyncConnection, city_id: int, candidate_id: int) -> str:
    inn = await tx.scalar(
        select(Partner.inn)
        .join(TillCandidate, TillCandidate.partner_id == Partner.id)
        .where(TillCandidate.id == candidate_id, Partner.city_id == city_id)
    )
    if inn is None:
        raise NotFound
    return inn


async def _may(tx: AsyncConnection, member_id: int, venue_ids: Sequence[int]) -> None:
    """An owner of one of the venues, or the city's team."""
    if await holds(tx, member_id, registry.TEAM, None):
        return
    for venue_id in venue_ids:
        if await holds(tx, member_id, (Role.OWNER,), venue_id):
            return
    raise NotAllowed


async def candidate_of(
    tx: AsyncConnection, *, city_id: int, candidate_id: int, member_id: int
) -> Candidate:
    """An open candidate, for those who may decide on it. Raises `TillDecided` when it is not."""
    inn = await _inn_of(tx, city_id, candidate_id)
    await _may(tx, member_id, [venue for venue, _ in await _venues(tx, city_id, inn)])
    found = await _open(tx, city_id, TillCandidate.id == candidate_id)
    if not found:
        was = select(TillCandidate.state).where(TillCandidate.id == candidate_id)
        raise TillDecided((await tx.execute(was)).scalar_one())
    return found[0]


async def at_venue(tx: AsyncConnection, city_id: int, venue_id: int) -> list[Candidate]:
    """Open candidates that may stand at this venue."""
    inn = (
        select(Partner.inn)
        .join(Venue, Venue.partner_id == Partner.id)
        .where(Venue.id == venue_id)
        .scalar_subquery()
    )
    here = or_(
        TillCandidate.venue_id == venue_id,
        and_(TillCandidate.venue_id.is_(None), Partner.inn == inn),
    )
    return await _open(tx, city_id, here)


async def in_city(tx: AsyncConnection, city_id: int) -> list[Candidate]:
    """All open candidates of the city."""
    return await _open(tx, city_id, TillCandidate.id.is_not(None))


async def _open(
    tx: AsyncConnection, city_id: int, where: ColumnElement[bool], limit: int = 20
) -> list[Candidate]:
    rows = await tx.execute(
        select(
            TillCandidate.id,
            TillCandidate.registration,
            TillCandidate.drives,
            TillCandidate.place,
            TillCandidate.address,
            TillCandidate.internet,
            Partner.name.label("partner"),
            TillCandidate.venue_id,
            TillCandidate.found_at,
            Partner.inn,
        )
        .join(Partner, Partner.id == TillCandidate.partner_id)
        .where(TillCandidate.state == "open", Partner.city_id == city_id, where)
        .order_by(TillCandidate.id)
        .limit(limit)
    )
    found = []
    for row in rows.all():
        facts = dict(row._mapping)
        facts["venues"] = await _venues(tx, city_id, facts.pop("inn"))
        found.append(Candidate(**facts))
    return found
