"""Pictures of receipts that a person may have to look at."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new
from services.receipts.models import PENDING, Receipt, ReceiptPhoto
from services.receipts.verdict import Reason

WANTED = (Reason.NOT_FOUND, Reason.UNDECIDED, Reason.TYPED)
"""Why a receipt waits for somebody who wants to see all of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A receipt of which a picture is awaited; `total` in kopecks."""

    id: int
    total: int | None
    purchased_at: datetime | None


async def keep(tx: AsyncConnection, receipt_id: int, jpeg: bytes, now: datetime) -> None:
    """Keep the picture of this receipt, instead of an earlier one."""
    values = {"jpeg": jpeg, "kept_at": now}
    new = {"receipt_id": receipt_id, **values}
    if await insert_new(tx, ReceiptPhoto, new, ReceiptPhoto.receipt_id) is None:
        await tx.execute(
            update(ReceiptPhoto).where(ReceiptPhoto.receipt_id == receipt_id).values(**values)
        )


async def of(tx: AsyncConnection, receipt_id: int) -> bytes | None:
    """The picture of a receipt, a JPEG; None when none is kept."""
    jpeg: bytes | None = await tx.scalar(
        select(ReceiptPhoto.jpeg).where(ReceiptPhoto.receipt_id == receipt_id)
    )
    return jpeg


async def wanted(tx: AsyncConnection, member_id: int) -> Wanted | None:
    """The one receipt of the member whose picture a person waits for; None when there are more.

    Once a picture was sent after the receipt itself, no other is awaited.
    """
    found = (
        await tx.execute(
            select(Receipt.id, Receipt.total, Receipt.purchased_at)
            .outerjoin(ReceiptPhoto, ReceiptPhoto.receipt_id == Receipt.id)
            .where(
                PENDING,
                Receipt.member_id == member_id,
                Receipt.reason.in_(WANTED),
                ReceiptPhoto.kept_at.is_(None) | (ReceiptPhoto.kept_at <= Receipt.submitted_at),
            )
            .limit(2)
        )
    ).all()
    return Wanted(*found[0]) if len(found) == 1 else None
