"""Contradictions between the registry and verified receipts, and what the city says to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events
from services.cities import registry
from services.cities.models import FiscalDrive, Till, TillAlert, Venue
from services.database import insert_new, lock_row
from services.errors import NotFound, Refusal
from services.members.roles import require


class Kind(StrEnum):
    """What does not fit. A receipt's word is the tax service's; a claim is only a person's."""

    OTHER_TILL = "other_till"
    """The drive (ФН) was met in a till with another registration number."""
    OTHER_OWNER = "other_owner"
    """The till or the drive was met under another INN."""
    MOVED = "moved"
    """The till stands where another venue of its owner is."""
    CLOSED = "closed"
    """A till that is out of use, or of a closed venue, goes on printing receipts."""
    CLAIMED = registry.CLAIMED
    """An owner wanted to add a till or a drive that is registered at another place."""


class Decision(StrEnum):
    """What the city can say: the value is the state in which the alert ends."""

    ACCEPT = "accepted"
    """The receipt is right: the drive belongs to its till and venue."""
    CLOSE = "closed"
    """The drive is closed; its receipts earn nothing."""
    KEEP = "kept"
    """The registry is right: the drive is in use again as it was."""


@dataclass
class TillDecided(Refusal):
    """Somebody was first: the alert or the candidate is in `state`."""

    state: str


class CannotAccept(Refusal):
    """The receipt's seller has no venue here that its till could stand in."""


@dataclass(frozen=True, slots=True)
class Alert:
    """`seen` has the sides `registered` and `receipt` (or `claim`), each with what is known of
    registration, inn, owner, venue, place and address; `venue_id` is where accepting would put
    the drive, None when that is not possible."""

    id: int
    kind: Kind
    drive: str
    seen: Mapping[str, Any]
    raised_at: datetime

    @property
    def can_accept(self) -> bool:
        return self.seen.get("venue_id") is not None


def registered_side(known: registry.Registered) -> dict[str, Any]:
    """What of the registry an alert's `seen` keeps."""
    return {
        "registration": known.registration,
        "inn": known.inn,
        "owner": known.partner,
        "venue": known.venue,
    }


async def contradict(
    tx: AsyncConnection,
    *,
    city_id: int,
    kind: Kind,
    drive: str,
    seen: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Freeze the drive and tell the city's team, once while the alert is open; True when new.

    A claim freezes nothing. A drive that is not registered is only alerted about.
    """
    if kind is not Kind.CLAIMED:
        frozen = await tx.execute(
            update(FiscalDrive)
            .where(FiscalDrive.fn == drive, FiscalDrive.state != "frozen")
            .values(state="frozen")
            .returning(FiscalDrive.till_id)
        )
        if (row := frozen.first()) is not None:
            await events.record(
                tx, "drive", row.till_id, "freeze", "frozen", actor_id=None, at=now, reason=drive
            )
    values = {
        "city_id": city_id, "kind": kind, "drive": drive, "seen": dict(seen), "state": "open",
        "raised_at": now,
    }  # fmt: skip
    made = await insert_new(tx, TillAlert, values)
    if made is None:
        return False
    await events.record(tx, "alert", made.id, "raise", "open", actor_id=None, at=now, reason=kind)
    for member_id in await registry.team(tx, city_id):
        facts = {"alert": made.id, "kind": kind, "drive": drive}
        await delivery.tell(tx, member_id, "till_alert", facts, now)
    return True


async def decisions(tx: AsyncConnection, drive: str) -> set[str]:
    """What the city has said about this drive so far; claims do not count."""
    where = (TillAlert.drive == drive, TillAlert.kind != Kind.CLAIMED, TillAlert.state != "open")
    return set(await tx.scalars(select(TillAlert.state).where(*where).distinct()))


async def kept(tx: AsyncConnection, drive: str, kind: Kind, seen: Mapping[str, Any]) -> bool:
    """Whether the city has looked into just this and said that the registry is right: the same
    kind, and a receipt with the same registration and INN at the same venue."""
    where = (TillAlert.drive == drive, TillAlert.kind == kind, TillAlert.state == Decision.KEEP)
    before = await tx.scalars(select(TillAlert.seen).where(*where))
    return any(_told(each) == _told(seen) for each in before)


def _told(seen: Mapping[str, Any]) -> tuple[Any, ...]:
    receipt = seen["receipt"]
    return receipt["registration"], receipt["inn"], seen["venue_id"]


_ALERT = select(
    TillAlert.id, TillAlert.kind, TillAlert.drive, TillAlert.seen, TillAlert.raised_at
).where(TillAlert.state == "open")


async def open_alerts(tx: AsyncConnection, city_id: int, limit: int = 20) -> list[Alert]:
    """The oldest first."""
    rows = await tx.execute(
        _ALERT.where(TillAlert.city_id == city_id).order_by(TillAlert.id).limit(limit)
    )
    return [Alert(r.id, Kind(r.kind), r.drive, r.seen, r.raised_at) for r in rows]


async def how_many(tx: AsyncConnection, city_id: int) -> int:
    """How many alerts are open."""
    where = (TillAlert.city_id == city_id, TillAlert.state == "open")
    return await tx.scalar(select(func.count()).select_from(TillAlert).where(*where)) or 0


async def alert_of(tx: AsyncConnection, city_id: int, alert_id: int) -> Alert:
    """An open alert. Raises `TillDecided` when it is not open any more."""
    where = (TillAlert.city_id == city_id, TillAlert.id == alert_id)
    row = (await tx.execute(_ALERT.where(*where))).first()
    if row is None:
        state = await tx.scalar(select(TillAlert.state).where(*where))
        if state is None:
            raise NotFound
        raise TillDecided(state)
    return Alert(row.id, Kind(row.kind), row.drive, row.seen, row.raised_at)


async def decide(
    tx: AsyncConnection,
    *,
    city_id: int,
    alert_id: int,
    decision: Decision,
    by: int,
    now: datetime,
) -> bool:
    """The city's word; it ends every open alert about the drive.

    Returns whether the pack must be corrected too, or its next loading takes this back. Raises
    `TillDecided` when a colleague was first, `CannotAccept` when there is nothing to accept.
    """
    await require(tx, by, registry.TEAM, None)
    alert = await alert_of(tx, city_id, alert_id)
    if decision is Decision.ACCEPT and not alert.can_accept:
        raise CannotAccept
    if decision is Decision.CLOSE and alert.kind is Kind.CLAIMED:
        raise CannotAccept
    about = TillAlert.id == alert_id
    if alert.kind is not Kind.CLAIMED:
        about = (TillAlert.drive == alert.drive) & (TillAlert.kind != Kind.CLAIMED)
    # In the order in which a receipt takes them that contradicts the registry again.
    if decision is Decision.ACCEPT:
        await registry.hold_owner(tx, city_id, alert.seen["receipt"]["inn"])
    await lock_row(tx, FiscalDrive, alert.drive)
    ended = await tx.execute(
        update(TillAlert)
        .where(about, TillAlert.city_id == city_id, TillAlert.state == "open")
        .values(state=decision, decided_by=by, decided_at=now)
        .returning(TillAlert.id)
    )
    ids = [row.id for row in ended]
    if alert_id not in ids:
        await alert_of(tx, city_id, alert_id)
    for each in sorted(ids):
        await events.record(tx, "alert", each, "decide", decision, actor_id=by, at=now)
    if alert.kind is Kind.CLAIMED:
        return False
    if decision is Decision.ACCEPT:
        return await _accept(tx, city_id, alert, by, now)
    if alert.kind is Kind.CLOSED:
        # The registry says that it is out of use.
        decision = Decision.CLOSE
    return await _thaw(tx, alert.drive, decision, by, now)


async def _thaw(
    tx: AsyncConnection, drive: str, decision: Decision, by: int, now: datetime
) -> bool:
    state = "confirmed" if decision is Decision.KEEP else "closed"
    changed = await tx.execute(
        update(FiscalDrive)
        .where(FiscalDrive.fn == drive, FiscalDrive.state == "frozen")
        .values(state=state)
        .returning(FiscalDrive.till_id, FiscalDrive.origin)
    )
    row = changed.first()
    if row is None:
        return False
    await events.record(tx, "drive", row.till_id, "thaw", state, actor_id=by, at=now, reason=drive)
    return row.origin == "pack" and state == "closed"


async def _accept(tx: AsyncConnection, city_id: int, alert: Alert, by: int, now: datetime) -> bool:
    """The till of the receipt stands at the receipt's venue, and the drive is in it."""
    venue_id, receipt = alert.seen["venue_id"], alert.seen["receipt"]
    open_venue = (Venue.id == venue_id, Venue.state != "closed")
    if await tx.scalar(select(Venue.id).where(*open_venue)) is None:
        raise CannotAccept
    before = await registry.of_registration(tx, receipt["registration"])
    if before is None:
        till_id = await registry.register(
            tx,
            venue_id=venue_id,
            registration=receipt["registration"],
            serial=receipt["serial"] or "",
            drives=(),
            origin="receipt",
            by=by,
            now=now,
        )
    else:
        till_id = before.till_id
        await tx.execute(
            update(Till).where(Till.id == till_id).values(venue_id=venue_id, active=True)
        )
        await events.record(tx, "till", till_id, "move", "active", actor_id=by, at=now)
    moved = await tx.execute(
        update(FiscalDrive)
        .where(FiscalDrive.fn == alert.drive)
        .values(till_id=till_id, state="confirmed")
        .returning(FiscalDrive.origin)
    )
    row = moved.first()
    if row is None:
        await registry.attach(tx, till_id=till_id, fn=alert.drive, origin="receipt", by=by, now=now)
        return False
    await events.record(
        tx, "drive", till_id, "move", "confirmed", actor_id=by, at=now, reason=alert.drive
    )
    return row.origin == "pack" or (before is not None and before.till_origin == "pack")
