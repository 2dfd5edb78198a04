"""The audit's question to receipts: each credited one was earned for once, and exactly."""

from datetime import datetime

from sqlalchemy import String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.auditing import Finding
from services.ledger.models import Transfer
from services.receipts.models import Receipt


async def receipts_fit(tx: AsyncConnection, _now: datetime) -> list[Finding]:
    """What a receipt says it brought is what its transfers brought."""
    earned = (
        select(Transfer.reason, func.sum(Transfer.amount).label("amount"))
        .where(Transfer.kind == "receipt")
        .group_by(Transfer.reason)
        .subquery()
    )
    rows = await tx.execute(
        select(Receipt.id, Receipt.points, func.coalesce(earned.c.amount, 0))
        .outerjoin(earned, earned.c.reason == cast(Receipt.id, String))
        .where(Receipt.points != func.coalesce(earned.c.amount, 0))
    )
    return [
        Finding("receipts_fit", "receipt", id_, f"says {points} points, earned {amount}")
        for id_, points, amount in rows
    ]
