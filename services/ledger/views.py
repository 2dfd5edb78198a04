"""What a member is shown of the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.accounts import MEMBER
from services.ledger.models import HAS_POINTS, Account, Lot, Transfer
from services.ledger.transfers import PENDING


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer as its member sees it; `amount` is negative where points go out.

    `state` is pending, posted, voided or expired; `due_at` is when a pending one matures (in) or
    lapses (out).
    """

    id: int
    kind: str
    reason: str
    amount: int
    state: str
    at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """`amount` units to which something happens `at` a moment."""

    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What matures and what expires, the nearest first, added up by moment."""

    maturing: Sequence[Due]
    expiring: Sequence[Due]


async def history(
    tx: AsyncConnection,
    member_id: int,
    currency: str,
    limit: int = 20,
    before_id: int | None = None,
) -> list[Entry]:
    """The latest `limit` transfers, newest first; `before_id` continues below an entry's id."""
    signed = case((Transfer.debit_id == Account.id, -Transfer.amount), else_=Transfer.amount)
    statement = (
        select(
            Transfer.id,
            Transfer.kind,
            Transfer.reason,
            signed,
            Transfer.state,
            Transfer.created_at,
            Transfer.due_at,
        )
        .join(Account, or_(Transfer.debit_id == Account.id, Transfer.credit_id == Account.id))
        .where(Account.kind == MEMBER, Account.owner == member_id, Account.currency == currency)
        .order_by(Transfer.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(Transfer.id < before_id)
    return [Entry(*row) for row in await tx.execute(statement)]


async def upcoming(tx: AsyncConnection, member_id: int, currency: str) -> Upcoming:
    """What is on its way to a member and what is about to leave."""
    of_member = (
        Account.kind == MEMBER,
        Account.owner == member_id,
        Account.currency == currency,
    )
    maturing = (
        select(func.sum(Transfer.amount), Transfer.due_at)
        .join(Account, Account.id == Transfer.credit_id)
        .where(*of_member, Transfer.state == PENDING)
        .group_by(Transfer.due_at)
        .order_by(Transfer.due_at)
    )
    expiring = (
        select(func.sum(Lot.remaining), Lot.expires_at)
        .join(Account, Account.id == Lot.account_id)
        .where(*of_member, HAS_POINTS, Lot.expires_at.is_not(None))
        .group_by(Lot.expires_at)
        .order_by(Lot.expires_at)
    )
    return Upcoming(
        maturing=_due(await tx.execute(maturing)),
        expiring=_due(await tx.execute(expiring)),
    )


def _due(rows: Iterable[Any]) -> list[Due]:
    return [Due(amount, at) for amount, at in rows]
