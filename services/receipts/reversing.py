"""Taking a credited receipt back: the purchase was refunded, false or somebody else's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events, ledger
from services.cities.models import Venue
from services.database import lock_row
from services.errors import Changed, NotFound
from services.members.models import Member
from services.receipts.crediting import key_of
from services.receipts.models import Receipt
from services.receipts.verdict import Reason

WHY = (Reason.REFUNDED, Reason.CLAIMED, Reason.FORGED)
"""Why points of a receipt are taken back."""


@dataclass(frozen=True, slots=True)
class Reversed:
    """`points` were taken back; `debt` is what the guest owes now, in all."""

    points: int
    debt: int


async def reverse(
    tx: AsyncConnection,
    receipt_id: int,
    reason: Reason,
    *,
    by: int | None,
    now: datetime,
    part: int | None = None,
) -> Reversed:
    """Credited → reversed, once; what was spent already becomes a debt that later points pay.

    `part`: only so many kopecks of it were returned, which the guest is told. All goes even then.
    Raises `NotFound` for an unknown receipt and `Changed` when it is not credited any more.
    """
    if reason not in WHY:
        raise ValueError(f"{reason} is no reason to take points back")
    member_id = await tx.scalar(select(Receipt.member_id).where(Receipt.id == receipt_id))
    if member_id is None:
        raise NotFound
    await lock_row(tx, Member, member_id)
    row = (
        await tx.execute(
            update(Receipt)
            .where(Receipt.id == receipt_id, Receipt.state == "credited")
            .values(state="reversed", reason=reason)
            .returning(Receipt.points, Receipt.total, Receipt.purchased_at, Receipt.venue_id)
        )
    ).first()
    if row is None:
        raise Changed
    debt = await _take(tx, member_id, receipt_id, reason, now) if row.points else 0
    await events.record(
        tx, "receipt", receipt_id, "reverse", "reversed", actor_id=by, at=now, reason=reason
    )
    told = {
        "reason": reason,
        "venue": await tx.scalar(select(Venue.name).where(Venue.id == row.venue_id)),
        "total": row.total,
        "purchased_at": row.purchased_at.isoformat() if row.purchased_at else None,
        "points": row.points,
        "debt": debt,
    }
    if part is not None:
        told["part"] = part
    await delivery.tell(tx, member_id, "receipt_reversed", told, now)
    return Reversed(row.points, debt)


async def _take(
    tx: AsyncConnection, member_id: int, receipt_id: int, reason: Reason, now: datetime
) -> int:
    """Take the points back; returns what is owed now."""
    try:
        taken = await ledger.reverse(
            tx, key_of_earning=key_of(receipt_id), reason=str(reason), now=now
        )
    except Changed:
        # All was still on its way when the guest left, and was voided then.
        here = select(Member.id).where(Member.id == member_id, Member.deleted_at.is_(None))
        if await tx.scalar(here) is not None:
            raise
        return 0
    return taken.debt
