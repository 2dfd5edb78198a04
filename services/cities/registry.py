"""Which till stands where, and how a till or a drive comes into the registry.

A till belongs to whoever has its INN. All that is learned about the tills of one INN goes through
`hold_owner`, so that two receipts of a new till, or a receipt and a partner's tap, follow one
another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal_column, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.cities.models import (
    FiscalDrive,
    Localized,
    Partner,
    Till,
    TillAlert,
    TillCandidate,
    Venue,
)
from services.database import insert_new, lock_row
from services.errors import Changed
from services.members.models import Member, RoleGrant
from services.members.roles import Role

TEAM = (Role.MODERATOR, Role.ADMIN)
CLAIMED = "claimed"
"""The kind of alert that freezes nothing: somebody's word against the registry."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A till of the registry. `drive_state` is that of the drive it was found by, else None."""

    till_id: int
    registration: str
    till_active: bool
    till_origin: str
    venue_id: int
    venue: Localized
    venue_state: str
    lat: float | None
    lon: float | None
    city_id: int
    partner: Localized
    partner_active: bool
    inn: str
    drive_state: str | None


_TILL: tuple[Any, ...] = (
    Till.id.label("till_id"),
    Till.registration,
    Till.active.label("till_active"),
    Till.origin.label("till_origin"),
    Venue.id.label("venue_id"),
    Venue.name.label("venue"),
    Venue.state.label("venue_state"),
    Venue.lat,
    Venue.lon,
    Venue.city_id,
    Partner.name.label("partner"),
    Partner.active.label("partner_active"),
    Partner.inn,
)


async def of_drive(tx: AsyncConnection, fn: str) -> Registered | None:
    """The till that a fiscal drive is registered in, whatever its state."""
    row = await tx.execute(
        select(*_TILL, FiscalDrive.state.label("drive_state"))
        .select_from(FiscalDrive)
        .join(Till, Till.id == FiscalDrive.till_id)
        .join(Venue, Venue.id == Till.venue_id)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(FiscalDrive.fn == fn)
    )
    found = row.first()
    return Registered(**found._mapping) if found else None


async def of_registration(tx: AsyncConnection, registration: str) -> Registered | None:
    """The till with this РН ККТ."""
    row = await tx.execute(
        select(*_TILL, null().label("drive_state"))
        .select_from(Till)
        .join(Venue, Venue.id == Till.venue_id)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(Till.registration == registration)
    )
    found = row.first()
    return Registered(**found._mapping) if found else None


async def partners_of(tx: AsyncConnection, city_id: int, inn: str) -> list[int]:
    """The city's active partners with this INN: one, or several brands of one company."""
    where = (Partner.city_id == city_id, Partner.inn == inn, Partner.active)
    return list(await tx.scalars(select(Partner.id).where(*where).order_by(Partner.id)))


async def hold_owner(tx: AsyncConnection, city_id: int, inn: str) -> None:
    """Nobody else learns about this owner's tills until the transaction ends."""
    first = select(Partner.id).where(Partner.city_id == city_id, Partner.inn == inn)
    partner_id = await tx.scalar(first.order_by(Partner.id).limit(1))
    if partner_id is not None:
        await lock_row(tx, Partner, partner_id)


async def owners(tx: AsyncConnection, venue_ids: Sequence[int]) -> list[int]:
    """The members who own one of these venues, each once."""
    rows = await tx.scalars(
        select(RoleGrant.member_id)
        .where(
            RoleGrant.role == Role.OWNER,
            RoleGrant.venue_id.in_(venue_ids),
            RoleGrant.revoked_at.is_(None),
        )
        .distinct()
        .order_by(RoleGrant.member_id)
    )
    return list(rows)


async def team(tx: AsyncConnection, city_id: int) -> list[int]:
    """The members who look after the city, each once."""
    rows = await tx.scalars(
        select(RoleGrant.member_id)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.role.in_(TEAM),
            RoleGrant.revoked_at.is_(None),
            Member.city_id == city_id,
        )
        .distinct()
        .order_by(RoleGrant.member_id)
    )
    return list(rows)


async def register(
    tx: AsyncConnection,
    *,
    venue_id: int,
    registration: str,
    serial: str,
    drives: Sequence[str],
    origin: str,
    by: int | None,
    now: datetime,
) -> int:
    """A till at a venue with its drives; returns its id. One that is there gets the new drives.

    Whoever waited for it as a candidate waits no longer, and its drives come along. Raises
    `Changed` when it has been registered at another venue meanwhile.
    """
    values = {
        "venue_id": venue_id,
        "registration": registration,
        "serial": serial,
        "active": True,
        "origin": origin,
    }
    made = await insert_new(tx, Till, values)
    if made is not None:
        till_id: int = made.id
        await events.record(tx, "till", till_id, "register", "active", actor_id=by, at=now)
    else:
        there = update(Till).where(Till.registration == registration, Till.venue_id == venue_id)
        found = await tx.scalar(there.values(active=True).returning(Till.id))
        if found is None:
            raise Changed
        till_id = found
    met = await tx.scalar(
        update(TillCandidate)
        .where(TillCandidate.registration == registration, TillCandidate.state == "open")
        .values(state="confirmed", decided_by=by, decided_at=now)
        .returning(TillCandidate.drives)
    )
    for fn in dict.fromkeys([*drives, *(met or ())]):
        await attach(tx, till_id=till_id, fn=fn, origin=origin, by=by, now=now)
    return till_id


async def vouch(tx: AsyncConnection, fn: str) -> None:
    """A verified receipt shows that a drive is where its owner said."""
    await tx.execute(
        update(FiscalDrive)
        .where(FiscalDrive.fn == fn, FiscalDrive.origin == "owner")
        .values(origin="receipt")
    )


async def attach(
    tx: AsyncConnection,
    *,
    till_id: int,
    fn: str,
    origin: str,
    by: int | None,
    now: datetime,
    state: str = "confirmed",
) -> bool:
    """Put a drive nobody knew into a till; False when it is registered already, wherever.

    A drive that a receipt has contradicted is frozen until the city has looked into it.
    """
    if await _in_question(tx, fn):
        state = "frozen"
    values = {"fn": fn, "till_id": till_id, "state": state, "origin": origin}
    if await insert_new(tx, FiscalDrive, values) is None:
        return False
    await events.record(tx, "drive", till_id, "attach", state, actor_id=by, at=now, reason=fn)
    return True


async def _in_question(tx: AsyncConnection, fn: str) -> bool:
    open_one = exists().where(
        TillAlert.drive == fn,
        TillAlert.state == literal_column("'open'"),
        TillAlert.kind != CLAIMED,
    )
    return bool(await tx.scalar(select(open_one)))
