"""The audit's questions to rewards: every redemption has its hold, every piece its place."""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.auditing import Finding
from services.ledger.models import Transfer
from services.rewards.models import Redemption, Reward

_TRANSFER_OF = {
    "held": "pending",
    "confirmed": "posted",
    "undone": "posted",
    "refused": "voided",
    "released": "voided",
    "expired": "expired",
}


async def redemptions_fit(tx: AsyncConnection, _now: datetime) -> list[Finding]:
    """The state and price of each redemption are those of its transfer."""
    expected = case(_TRANSFER_OF, value=Redemption.state)
    rows = await tx.execute(
        select(Redemption.id, Redemption.state, Transfer.state, Redemption.price, Transfer.amount)
        .join(Transfer, Transfer.id == Redemption.transfer_id)
        .where((expected != Transfer.state) | (Redemption.price != Transfer.amount))
    )
    return [
        Finding(
            "redemptions_fit",
            "redemption",
            row[0],
            f"{row[1]} for {row[3]}: transfer {row[2]} of {row[4]}",
        )
        for row in rows
    ]


async def stock_fits(tx: AsyncConnection, _now: datetime) -> list[Finding]:
    """`taken` counts exactly the held and confirmed redemptions, and never exceeds the stock."""
    counted = (
        select(func.count())
        .where(
            Redemption.reward_id == Reward.id,
            Redemption.state.in_(("held", "confirmed")),
        )
        .correlate(Reward)
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(Reward.id, Reward.taken, counted, Reward.stock).where(
            (Reward.taken != counted) | (Reward.taken > Reward.stock)
        )
    )
    return [
        Finding(
            "stock_fits", "reward", row[0], f"taken {row[1]}, redemptions {row[2]}, stock {row[3]}"
        )
        for row in rows
    ]
