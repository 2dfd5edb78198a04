"""What time does to points: they mature, are warned about, and expire.

Each function takes a batch of rows that are due, in the order of their accounts; running one twice
at once, or late, or again after a crash, loses and doubles nothing.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger import lots
from services.ledger.accounts import EXPIRED, MEMBER, Kept, change, take_in_order
from services.ledger.models import HAS_POINTS, Account, Lot, Transfer
from services.ledger.transfers import EXPIRY, PENDING, POSTED, Draft, own_key, write_new


@dataclass(frozen=True, slots=True)
class Matured:
    """A pending credit that is posted now; the member can spend `usable` of it, a debt ate the
    rest."""

    member_id: int
    currency: str
    amount: int
    usable: int
    kind: str
    reason: str
    transfer_id: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """`amount` of one member's points whose end is, or was, at `expires_at`."""

    member_id: int
    currency: str
    amount: int
    expires_at: datetime


async def mature(tx: AsyncConnection, now: datetime, limit: int = 100) -> list[Matured]:
    """Post up to `limit` pending credits that are due, the oldest first."""
    due = (
        select(Transfer.id, Transfer.credit_id)
        .join(Account, Account.id == Transfer.credit_id)
        .where(Transfer.state == PENDING, Transfer.due_at <= now, Account.kind == MEMBER)
        .order_by(Transfer.due_at, Transfer.id)
        .limit(limit)
    )
    account_of = {row.id: row.credit_id for row in await tx.execute(due)}
    if not account_of:
        return []
    await take_in_order(tx, account_of.values())
    post = (
        update(Transfer)
        .where(Transfer.id.in_(list(account_of)), Transfer.state == PENDING)
        .values(state=POSTED, settled_at=now)
        .returning(Transfer.id, Transfer.amount, Transfer.kind, Transfer.reason)
    )
    filled: dict[int, int] = {}
    matured: list[Matured] = []
    for row in sorted(await tx.execute(post)):
        account = await change(tx, account_of[row.id], posted=row.amount, maturing=-row.amount)
        usable = filled[row.id] = lots.gained(account.free, row.amount)
        about = (row.amount, usable, row.kind, row.reason, row.id)
        matured.append(Matured(account.owner, account.currency, *about))
    if filled:
        await lots.fill(tx, filled)
    return matured


async def expire_lots(tx: AsyncConnection, now: datetime, limit: int = 100) -> list[Expiring]:
    """Give to the city what up to `limit` lots past their end still hold.

    Points live, and can be spent, until this has run.
    """
    over = select(Lot.id, Lot.account_id).where(Lot.expires_at <= now, HAS_POINTS)
    accounts, rows = await _take(tx, over.order_by(Lot.expires_at, Lot.id).limit(limit))
    found = select(Lot.id, Lot.account_id, Lot.remaining, Lot.expires_at).where(
        Lot.id.in_(rows), Lot.expires_at <= now, HAS_POINTS
    )
    over_now = (await tx.execute(found.order_by(Lot.id))).all() if rows else []
    lost: dict[int, int] = defaultdict(int)
    expired: list[Expiring] = []
    for lot in over_now:
        account = accounts[lot.account_id]
        key = own_key(f"expire:{lot.id}")
        draft = Draft(key, EXPIRY, EXPIRED, True, lot.remaining, f"lot:{lot.id}")
        await write_new(tx, account, draft, now)
        lost[account.id] += lot.remaining
        expired.append(Expiring(account.owner, account.currency, lot.remaining, lot.expires_at))
    if expired:
        swept = [lot.id for lot in over_now]
        await tx.execute(update(Lot).where(Lot.id.in_(swept)).values(remaining=0))
    for account_id in sorted(lost):
        await change(tx, account_id, posted=-lost[account_id])
    return _together(expired)


async def warn_expiring(
    tx: AsyncConnection, now: datetime, before: datetime, limit: int = 100
) -> list[Expiring]:
    """Claim up to `limit` lots that end after `now` and not after `before`, each once.

    Whoever gets an entry tells its member, in the same transaction. The amounts of one member
    that end at one moment are added up.
    """
    conditions = (
        Lot.warned_at.is_(None),
        HAS_POINTS,
        Lot.expires_at > now,
        Lot.expires_at <= before,
    )
    near = select(Lot.id, Lot.account_id).where(*conditions)
    accounts, rows = await _take(tx, near.order_by(Lot.expires_at, Lot.id).limit(limit))
    if not rows:
        return []
    claim = (
        update(Lot)
        .where(Lot.id.in_(rows), *conditions)
        .values(warned_at=now)
        .returning(Lot.account_id, Lot.remaining, Lot.expires_at)
    )
    claimed = []
    for lot in await tx.execute(claim):
        account = accounts[lot.account_id]
        claimed.append(Expiring(account.owner, account.currency, lot.remaining, lot.expires_at))
    return _together(claimed)


async def _take(
    tx: AsyncConnection, lots_of_accounts: Select[int, int]
) -> tuple[dict[int, Kept], list[int]]:
    """Take the accounts of the lots a statement finds; returns them and the lots' ids."""
    found = (await tx.execute(lots_of_accounts)).all()
    if not found:
        return {}, []
    accounts = await take_in_order(tx, {account_id for _, account_id in found})
    return accounts, [lot_id for lot_id, _ in found]


def _together(parts: list[Expiring]) -> list[Expiring]:
    sums: dict[tuple[datetime, int, str], int] = defaultdict(int)
    for part in parts:
        sums[part.expires_at, part.member_id, part.currency] += part.amount
    return [
        Expiring(member_id, currency, amount, expires_at)
        for (expires_at, member_id, currency), amount in sorted(sums.items())
    ]
