"""Purchases that may have been returned before they earned: a person looks first.

A refund can be seen before its purchase is sent in, or while that still waits. So whoever reports
one is remembered, and a purchase is compared with refunds before its points are given.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services import events
from services.database import insert_new
from services.receipts.models import Receipt, ReceiptCase, RefundReport
from services.receipts.slip import Slip

WITHIN = timedelta(days=30)
"""A purchase is looked for so long before its refund."""
_SKEW = timedelta(hours=1)
"""How far the clock of a till may be ahead."""

_OF_REFUND = ReceiptCase.kind == "refund"
_DECIDED = ReceiptCase.state != "open"


@dataclass(frozen=True, slots=True)
class Purchase:
    """A receipt about to earn. `id` is None while it has no row."""

    id: int | None
    member_id: int
    drive: str
    document: int | None
    venue_id: int | None
    total: int | None
    purchased_at: datetime | None
    submitted_at: datetime

    @classmethod
    def of(
        cls,
        id_: int | None,
        slip: Slip,
        *,
        member_id: int,
        venue_id: int | None,
        purchased_at: datetime | None,
        submitted_at: datetime,
    ) -> Self:
        """What the slip's code says, with what else is known."""
        return cls(
            id=id_,
            member_id=member_id,
            drive=slip.device,
            document=slip.document,
            venue_id=venue_id,
            total=slip.total,
            purchased_at=purchased_at,
            submitted_at=submitted_at,
        )


async def in_question(tx: AsyncConnection, purchase: Purchase) -> bool:
    """Whether its venue has reported it, or a refund may be of it, and nobody has decided yet."""
    return await _reported(tx, purchase) or await _refund_of(tx, purchase) is not None


async def ask(tx: AsyncConnection, receipt_id: int, now: datetime) -> None:
    """Ask a person about a receipt that is `in_question`, unless they are asked already."""
    row = await tx.execute(
        select(
            *(Receipt.id, Receipt.member_id, Receipt.drive, Receipt.document, Receipt.venue_id),
            *(Receipt.total, Receipt.purchased_at, Receipt.submitted_at),
        ).where(Receipt.id == receipt_id)
    )
    purchase = Purchase(*row.one())
    if await _reported(tx, purchase):
        await ask_about(tx, receipt_id, by=None, now=now)
        return
    refund = await _refund_of(tx, purchase)
    if refund is not None and not await _reopened(tx, refund, now):
        await open_case(tx, refund, None, by=None, now=now)


async def open_case(
    tx: AsyncConnection, receipt_id: int, against: int | None, *, by: int | None, now: datetime
) -> int | None:
    """Ask a person about a refund; returns the case, None when the receipt has one."""
    values = {
        "kind": "refund",
        "receipt_id": receipt_id,
        "against_id": against,
        "state": "open",
        "opened_at": now,
    }
    opened = await insert_new(tx, ReceiptCase, values)
    if opened is None:
        return None
    await events.record(tx, "case", opened.id, "refund", "open", actor_id=by, at=now)
    return int(opened.id)


async def ask_about(tx: AsyncConnection, receipt_id: int, *, by: int | None, now: datetime) -> bool:
    """The case is about the purchase itself, which is both its receipt and what it is against.

    False when there has been one.
    """
    if await open_case(tx, receipt_id, receipt_id, by=by, now=now) is not None:
        return True
    # A claim that was won has the place of its receipt; it is closed and gives way.
    won = (ReceiptCase.receipt_id == receipt_id, ReceiptCase.kind == "claim", _DECIDED)
    return await _open_again(tx, *won, against=receipt_id, by=by, now=now)


async def report_kept(tx: AsyncConnection, venue_id: int, document: int, now: datetime) -> bool:
    """Remember that the venue returned the purchase with this number; False: it is known."""
    values = {"venue_id": venue_id, "document": document, "reported_at": now}
    if await insert_new(tx, RefundReport, values) is not None:
        return True
    # Numbers begin anew with every drive.
    long_ago = (
        *(RefundReport.venue_id == venue_id, RefundReport.document == document),
        RefundReport.reported_at < now - WITHIN,
    )
    again = await tx.execute(update(RefundReport).where(*long_ago).values(reported_at=now))
    return again.rowcount == 1


async def _reported(tx: AsyncConnection, purchase: Purchase) -> bool:
    """The venue has told of its number, and no purchase has been found to be the one."""
    if purchase.document is None or purchase.purchased_at is None:
        return False
    told = exists().where(
        *(RefundReport.venue_id == purchase.venue_id, RefundReport.document == purchase.document),
        RefundReport.reported_at.between(
            purchase.purchased_at - _SKEW, purchase.purchased_at + WITHIN
        ),
    )
    won = exists().where(
        *(_OF_REFUND, ReceiptCase.state == "won", ReceiptCase.against_id == Receipt.id),
        *(Receipt.venue_id == purchase.venue_id, Receipt.document == purchase.document),
        ReceiptCase.decided_at >= purchase.purchased_at,
    )
    spoken = exists().where(_OF_REFUND, _DECIDED, ReceiptCase.receipt_id == purchase.id)
    return bool(await tx.scalar(select(told & ~won & ~spoken)))


async def _refund_of(tx: AsyncConnection, purchase: Purchase) -> int | None:
    """A refund receipt that may be of it: of the same guest, or of exactly its sum.

    None that a person has found to be of another purchase, or has looked at with this one there.
    """
    if purchase.total is None or purchase.purchased_at is None:
        return None
    refund, same = aliased(Receipt), aliased(Receipt)
    looked_at = or_(
        ReceiptCase.against_id.is_not(None), ReceiptCase.decided_at >= purchase.submitted_at
    )
    explained = exists().where(
        *(_OF_REFUND, ReceiptCase.receipt_id == same.id, same.number == refund.number),
        or_(ReceiptCase.state == "won", and_(ReceiptCase.state == "lost", looked_at)),
    )
    # Whoever invents refunds must not hold up what others will buy.
    of_another = and_(refund.total == purchase.total, refund.purchased_at <= refund.submitted_at)
    found: int | None = await tx.scalar(
        select(refund.id)
        .where(
            *(refund.drive == purchase.drive, _is_refund(refund), ~explained),
            refund.total <= purchase.total,
            refund.purchased_at.between(purchase.purchased_at, purchase.purchased_at + WITHIN),
            or_(refund.member_id == purchase.member_id, of_another),
        )
        .order_by(refund.member_id != purchase.member_id, refund.id)
        .limit(1)
    )
    return found


def _is_refund(receipt: type[Receipt]) -> ColumnElement[bool]:
    # Written out, so that both databases see that the index of refunds holds them all.
    return receipt.reason == literal_column("'refund'")


async def _reopened(tx: AsyncConnection, refund: int, now: datetime) -> bool:
    """Its document has been asked about; a case that was closed without finding is open again."""
    number = select(Receipt.number).where(Receipt.id == refund).scalar_subquery()
    same = select(Receipt.id).where(Receipt.number == number)
    of_it = (_OF_REFUND, ReceiptCase.receipt_id.in_(same))
    if await _open_again(tx, *of_it, ReceiptCase.state == "lost", against=None, by=None, now=now):
        return True
    return bool(await tx.scalar(select(exists().where(*of_it))))


async def _open_again(
    tx: AsyncConnection,
    *where: ColumnElement[bool],
    against: int | None,
    by: int | None,
    now: datetime,
) -> bool:
    again = await tx.execute(
        update(ReceiptCase)
        .where(*where)
        .values(kind="refund", against_id=against, state="open", opened_at=now)
        .returning(ReceiptCase.id)
    )
    row = again.first()
    if row is None:
        return False
    await events.record(tx, "case", row.id, "refund", "open", actor_id=by, at=now)
    return True
