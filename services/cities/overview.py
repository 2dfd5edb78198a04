"""One day of the programme in numbers, participants only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.models import Member
from services.receipts.models import Receipt
from services.rewards.models import Redemption, Reward


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts since the start of the day. `turnover` in kopecks, of credited receipts."""

    cards: int
    credited: int
    pending: int
    rejected: int
    turnover: int
    points: int
    redemptions: int


async def overview(tx: AsyncConnection, city_id: int, start: datetime) -> Overview:
    """The day since `start` in one city."""
    sent = (Receipt.submitted_at >= start, Member.city_id == city_id)
    credited = (*sent, Receipt.state == "credited")
    row = (
        await tx.execute(
            select(
                select(func.count())
                .select_from(Member)
                .where(Member.city_id == city_id, Member.created_at >= start)
                .scalar_subquery(),
                *(
                    _receipts(func.count(), *sent, Receipt.state == state)
                    for state in ("credited", "pending", "rejected")
                ),
                _receipts(func.coalesce(func.sum(Receipt.total), 0), *credited),
                _receipts(func.coalesce(func.sum(Receipt.points), 0), *credited),
                select(func.count())
                .select_from(Redemption)
                .join(Reward, Reward.id == Redemption.reward_id)
                .where(
                    Reward.city_id == city_id,
                    Redemption.state == "confirmed",
                    Redemption.settled_at >= start,
                )
                .scalar_subquery(),
            )
        )
    ).one()
    return Overview(*(int(value) for value in row))


def _receipts(what: Any, *where: Any) -> Any:
    return (
        select(what)
        .select_from(Receipt)
        .join(Member, Member.id == Receipt.member_id)
        .where(*where)
        .scalar_subquery()
    )
