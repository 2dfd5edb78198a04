"""What a credited receipt brings, whenever it was decided."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities.rules import Earning
from services.receipts.verdict import Case


def points_of(case: Case) -> tuple[int, int]:
    """(spendable at once, maturing)."""
    earning = case.rules.earning
    points = earning.points_for(case.qr.total, case.facts.venue_kind or "other")
    at_once = earning.at_once(points, case.facts.points_today)
    return at_once, points - at_once


async def earn(
    tx: AsyncConnection,
    member_id: int,
    receipt_id: int,
    points: tuple[int, int],
    *,
    earning: Earning,
    now: datetime,
) -> datetime | None:
    """Give the `points_of` a receipt, once; returns when the later part will be ready, if any."""
    points_now, points_later = points
    matures_at = now + timedelta(days=earning.matures_after_days)
    await ledger.earn(
        tx,
        member_id=member_id,
        currency=ledger.POINTS,
        now_amount=points_now,
        later_amount=points_later,
        matures_at=matures_at,
        expires_at=now + timedelta(days=earning.expires_after_days),
        key=f"receipt:{receipt_id}",
        kind="receipt",
        reason=str(receipt_id),
        now=now,
    )
    return matures_at if points_later else None
