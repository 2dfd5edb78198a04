"""Questions about receipts that only a person can answer; each is answered once.

`claims` asks whose a receipt is, `refunds` which purchase was returned.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services import events
from services.database import delete_some
from services.errors import NotAllowed, NotFound, Refusal
from services.members.models import Member
from services.members.roles import require
from services.receipts.models import Receipt, ReceiptCase, ReceiptPhoto
from services.receipts.review import TEAM


class Kind(StrEnum):
    CLAIM = "claim"
    REFUND = "refund"


@dataclass
class CaseDecided(Refusal):
    """Somebody was first: the case is `state` (won or lost) since `at`."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """A case that may be decided on, and the receipt it is about."""

    id: int
    against_id: int | None
    opened_at: datetime
    receipt_id: int
    member_id: int
    number: str
    sign: str
    drive: str


OPEN = ReceiptCase.state == "open"
_OPEN = (
    *(ReceiptCase.id, ReceiptCase.against_id, ReceiptCase.opened_at),
    *(ReceiptCase.receipt_id, Receipt.member_id, Receipt.number, Receipt.sign, Receipt.drive),
)


def _queue(kind: Kind, city_id: int, by: int) -> tuple[ColumnElement[bool], ...]:
    """Nobody decides where one of the receipts is their own."""
    own = aliased(Receipt)
    mine = exists().where(
        own.member_id == by,
        or_(own.number == Receipt.number, own.id == ReceiptCase.against_id),
    )
    return (OPEN, ReceiptCase.kind == kind, Member.city_id == city_id, ~mine)


async def how_many(tx: AsyncConnection, kind: Kind, city_id: int, by: int) -> int:
    """How many cases this member of the city's team could decide on."""
    count = await tx.scalar(
        select(func.count())
        .select_from(ReceiptCase)
        .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(*_queue(kind, city_id, by))
    )
    return count or 0


async def next_after(
    tx: AsyncConnection, kind: Kind, *, city_id: int, by: int, after: int
) -> Open | None:
    """The oldest open case after this one, then from the start; None when there is none."""
    await require(tx, by, TEAM, None)
    found = await tx.execute(
        select(*_OPEN)
        .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(*_queue(kind, city_id, by))
        .order_by(case((ReceiptCase.id <= after, 1), else_=0), ReceiptCase.id)
        .limit(1)
    )
    row = found.first()
    return None if row is None else Open(*row)


async def to_decide(
    tx: AsyncConnection, kind: Kind, *, city_id: int, case_id: int, by: int
) -> Open:
    """An open case, for somebody who may decide on it. Raises `CaseDecided` when it was."""
    await require(tx, by, TEAM, None)
    found = await tx.execute(
        select(*_OPEN)
        .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(ReceiptCase.id == case_id, ReceiptCase.kind == kind, Member.city_id == city_id)
    )
    row = found.first()
    if row is None:
        raise NotFound
    if row.member_id == by:
        raise NotAllowed
    await still_open(tx, case_id)
    return Open(*row)


async def still_open(tx: AsyncConnection, case_id: int) -> None:
    """Raises `CaseDecided` when it is not."""
    row = (
        await tx.execute(
            select(ReceiptCase.state, ReceiptCase.decided_at, ReceiptCase.opened_at).where(
                ReceiptCase.id == case_id
            )
        )
    ).one()
    if row.state != "open":
        raise CaseDecided(row.state, row.decided_at or row.opened_at)


async def close(
    tx: AsyncConnection, case_id: int, state: str, *, against: int | None, by: int, now: datetime
) -> None:
    """Open → won or lost, once. Raises `CaseDecided` when a colleague was first."""
    values: dict[str, Any] = {"state": state, "decided_at": now, "decided_by": by}
    if against is not None:
        values["against_id"] = against
    moved = await tx.execute(
        update(ReceiptCase).where(ReceiptCase.id == case_id, OPEN).values(**values)
    )
    if moved.rowcount != 1:
        await still_open(tx, case_id)
    await events.record(tx, "case", case_id, "decide", state, actor_id=by, at=now)


async def drop_photos(tx: AsyncConnection, kept_before: datetime, limit: int) -> int:
    """Drop pictures kept before then that nobody needs to look at any more.

    Those of receipts that wait, or that an open case is about, stay.
    """
    waits = exists().where(Receipt.id == ReceiptPhoto.receipt_id, Receipt.state == "pending")
    asked = exists().where(
        OPEN,
        or_(
            ReceiptCase.receipt_id == ReceiptPhoto.receipt_id,
            ReceiptCase.against_id == ReceiptPhoto.receipt_id,
        ),
    )
    old = ReceiptPhoto.kept_at < kept_before
    return await delete_some(tx, ReceiptPhoto, old & ~waits & ~asked, limit)
