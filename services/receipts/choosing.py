"""A person's word that of several receipts with one number this one is right.

Whatever stands against it is taken back at once, and it waits as `CHOSEN` for the next step to
credit it: two guests' accounts are never taken in one transaction, and a crash in between leaves
a receipt that waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services import events
from services.cities import CityFacts
from services.database import lock_row
from services.errors import Changed
from services.members.models import Member
from services.receipts import queue, reversing, waiting
from services.receipts.chain import OFFLINE
from services.receipts.models import PENDING, Receipt
from services.receipts.verdict import Reason


@dataclass(frozen=True, slots=True)
class Rival:
    """A receipt that keeps another one with its number from earning."""

    id: int
    member_id: int
    state: str


async def rivals(tx: AsyncConnection, number: str, sign: str, but: int) -> list[Rival]:
    """Receipts that have earned with this number, or wait with this number and sign.

    At most one of each, that which has earned first.
    """
    rows = await tx.execute(
        select(Receipt.id, Receipt.member_id, Receipt.state)
        .where(
            Receipt.number == number,
            Receipt.id != but,
            or_(Receipt.state == "credited", PENDING & (Receipt.sign == sign)),
        )
        .order_by(Receipt.state, Receipt.id)
    )
    return [Rival(*row) for row in rows]


async def hold(tx: AsyncConnection, number: str, against: Sequence[Rival]) -> None:
    """Make everybody wait who could credit with this number, or move these receipts."""
    for member_id in sorted({rival.member_id for rival in against}):
        await lock_row(tx, Member, member_id)
    same = select(Receipt.id).where(Receipt.number == number, PENDING)
    await tx.execute(same.order_by(Receipt.id).with_for_update(key_share=True))


async def take_away(
    tx: AsyncConnection,
    city: CityFacts,
    against: Sequence[Rival],
    reason: Reason,
    *,
    by: int,
    now: datetime,
) -> None:
    """What has earned is reversed, what waits is rejected. Raises `Changed` if one has moved on."""
    for rival in against:
        if rival.state == "credited":
            await reversing.reverse(tx, rival.id, reason, by=by, now=now)
            continue
        held = await waiting.hold(tx, rival.id, rival.member_id)
        if held is None:
            raise Changed
        case = await waiting.case_of(tx, city, held, OFFLINE)
        await waiting.reject(tx, held, reason, case.facts, by=by, now=now)


async def choose(
    tx: AsyncConnection, receipt_id: int, *where: ColumnElement[bool], by: int, now: datetime
) -> None:
    """The receipt waits for the next step if it still is `where` it was; else raises `Changed`."""
    try:
        # The unique index decides, against whoever has sent the same receipt meanwhile.
        async with tx.begin_nested():
            moved = await tx.execute(
                update(Receipt)
                .where(Receipt.id == receipt_id, *where)
                .values(state="pending", reason=Reason.CHOSEN)
            )
    except IntegrityError as error:
        raise Changed from error
    if moved.rowcount != 1:
        raise Changed
    await queue.done(tx, receipt_id)
    await events.record(
        tx, "receipt", receipt_id, "choose", "pending", actor_id=by, at=now, reason=Reason.CHOSEN
    )
