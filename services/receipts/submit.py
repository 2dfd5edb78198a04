"""A guest hands in a receipt: one decision, one row, and the points that follow from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.database import insert_new, lock_row
from services.members.models import Member
from services.receipts.crediting import earn, points_of
from services.receipts.facts import Facts, gather
from services.receipts.models import Receipt
from services.receipts.qr import FiscalQr
from services.receipts.verdict import Case, Reason, State, decide


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it. `again`: the guest had sent this receipt before; this is its state."""

    state: State
    reason: Reason
    total: int
    venue: Localized | None = None
    points_now: int = 0
    points_later: int = 0
    matures_at: datetime | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the guest's own list."""

    state: State
    reason: Reason
    total: int
    purchased_at: datetime
    venue: Localized | None
    points: int


def purchase_moment(qr: FiscalQr, city: CityFacts) -> datetime:
    """The till's clock shows the time of its place: the city's own."""
    return qr.purchased.replace(tzinfo=city.timezone).astimezone(UTC)


async def submit(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    member_id: int,
    qr: FiscalQr,
    source: str,
    now: datetime,
) -> Submitted:
    """Decide on a receipt and write what follows. Sending the same one again changes nothing."""
    await lock_row(tx, Member, member_id)
    purchased_at = purchase_moment(qr, city)
    facts = await gather(
        tx,
        member_id=member_id,
        qr=qr,
        purchased_at=purchased_at,
        apart=timedelta(minutes=city.rules.limits.minutes_between),
        zone=city.timezone,
        now=now,
    )
    if facts.own_id is not None:
        return await _known(tx, facts.own_id)
    case = Case(qr, facts, city.rules, city.timezone, purchased_at, now)
    row = decide(case)
    parts = points_of(case) if row.state == "credited" else (0, 0)
    values = {
        **_columns(case, member_id, source),
        "state": row.state,
        "reason": row.reason,
        "points": sum(parts),
        "points_now": parts[0],
    }
    if row.state == "rejected":
        return await _rejected(tx, values, facts)
    inserted = await insert_new(tx, Receipt, values)
    if inserted is None:
        # Another transaction took the number between the look and the write.
        values |= {"state": "rejected", "reason": Reason.TAKEN, "points": 0, "points_now": 0}
        return await _rejected(tx, values, facts)
    await _record(tx, inserted.id, values)
    matures_at = None
    if row.state == "credited":
        earning = city.rules.earning
        matures_at = await earn(tx, member_id, inserted.id, parts, earning=earning, now=now)
    return Submitted(row.state, row.reason, qr.total, facts.venue_name, *parts, matures_at)


def _columns(case: Case, member_id: int, source: str) -> dict[str, Any]:
    """What the row says whatever is decided."""
    qr = case.qr
    return {
        "member_id": member_id,
        "number": qr.number,
        "sign": str(qr.sign),
        "drive": qr.drive,
        "total": qr.total,
        "purchased_at": case.purchased_at,
        "submitted_at": case.now,
        "source": source,
        "venue_id": case.facts.venue_id,
        "fields": {"operation": qr.operation, "operation_assumed": qr.operation_assumed},
    }


async def _record(tx: AsyncConnection, receipt_id: int, values: dict[str, Any]) -> None:
    await events.record(
        tx, "receipt", receipt_id, "submit", values["state"], actor_id=values["member_id"],
        at=values["submitted_at"], reason=values["reason"],
    )  # fmt: skip


async def _rejected(tx: AsyncConnection, values: dict[str, Any], facts: Facts) -> Submitted:
    # A second try of the same refused receipt tells the same and leaves no second row.
    same = await tx.scalar(
        select(func.count())
        .select_from(Receipt)
        .where(
            *(
                getattr(Receipt, name) == values[name]
                for name in ("member_id", "number", "sign", "state", "reason")
            )
        )
    )
    kept = None if same else await insert_new(tx, Receipt, values)
    if kept is not None:
        await _record(tx, kept.id, values)
    return Submitted("rejected", Reason(values["reason"]), values["total"], facts.venue_name)


_LIST = (
    select(
        Receipt.state,
        Receipt.reason,
        Receipt.total,
        Receipt.purchased_at,
        Venue.name,
        Receipt.points,
    )
    .select_from(Receipt)
    .outerjoin(Venue, Venue.id == Receipt.venue_id)
)


async def _known(tx: AsyncConnection, receipt_id: int) -> Submitted:
    row = (await tx.execute(_LIST.where(Receipt.id == receipt_id))).one()
    return Submitted(
        _state(row.state), Reason(str(row.reason)), row.total, row.name, row.points, again=True
    )


def _state(value: str) -> State:
    return cast(State, value)


async def mine(tx: AsyncConnection, member_id: int, limit: int, offset: int = 0) -> list[Listed]:
    """The member's receipts, newest first."""
    rows = await tx.execute(
        _LIST.where(Receipt.member_id == member_id)
        .order_by(Receipt.submitted_at.desc(), Receipt.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Listed(_state(r[0]), Reason(str(r[1])), *r[2:]) for r in rows]


async def anonymise(tx: AsyncConnection, member_id: int) -> None:
    """Forget how a deleted member sent receipts; their numbers stay, so that they earn once."""
    await tx.execute(
        update(Receipt).where(Receipt.member_id == member_id).values(source="deleted", fields={})
    )
