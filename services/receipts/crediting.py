"""What a credited receipt brings, whenever it was decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities.rules import Earning
from services.receipts.verdict import Case


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a receipt: spendable at once, and maturing."""

    now: int = 0
    later: int = 0

    @property
    def total(self) -> int:
        return self.now + self.later


@dataclass(frozen=True, slots=True)
class Given:
    """`matures_at` is when the later part will be ready, if any. Of the part at once `debt_paid`
    went towards what the guest owed; `debt` is still owed."""

    matures_at: datetime | None
    debt_paid: int
    debt: int


def points_of(case: Case) -> Points:
    """What the receipt brings, or is expected to bring while it waits."""
    earning, limits = case.rules.earning, case.rules.limits
    points = earning.points_for(case.base, case.facts.venue_kind or "other")
    if limits.points_per_month is not None:
        points = max(0, min(points, limits.points_per_month - case.facts.points_this_month))
    at_once = earning.at_once(points, case.facts.points_today, case.facts.points_first)
    return Points(at_once, points - at_once)


async def earn(
    tx: AsyncConnection,
    member_id: int,
    receipt_id: int,
    points: Points,
    *,
    earning: Earning,
    now: datetime,
) -> Given:
    """Give the `points_of` a receipt, once."""
    matures_at = now + timedelta(days=earning.matures_after_days)
    done = await ledger.earn(
        tx,
        member_id=member_id,
        currency=ledger.POINTS,
        now_amount=points.now,
        later_amount=points.later,
        matures_at=matures_at,
        expires_at=now + timedelta(days=earning.expires_after_days),
        key=key_of(receipt_id),
        kind="receipt",
        reason=str(receipt_id),
        now=now,
    )
    paid = points.now - done.usable if done.is_new else 0
    return Given(matures_at if points.later else None, paid, done.debt)


def key_of(receipt_id: int) -> str:
    """The ledger's key of what a receipt brought."""
    return f"receipt:{receipt_id}"
