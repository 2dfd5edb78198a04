"""Which points are spent, given back and taken back: the lots behind a balance.

At any moment the lots of an account hold together exactly what its balance has free, and nothing
while there is a debt: so incoming points pay a debt first, and a lot holds what remains.
Every function here expects the account's row to be taken already.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, case, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import UtcDateTime
from services.ledger.accounts import LedgerBrokenError
from services.ledger.models import HAS_POINTS, Lot, LotUse, Transfer
from services.ledger.transfers import POSTED

GRACE = timedelta(days=3)
"""How long points live that come back to a lot which expired while they were held."""


def _up_to(amount: Any, limit: Any, before: Any) -> Any:
    """The smaller of `amount` and what `limit` leaves after `before`; both databases know it."""
    return case((amount < limit - before, amount), else_=limit - before)


_limit: Any = bindparam("limit_amount", type_=Integer)
_account: Any = bindparam("of_account", type_=Integer)
_transfer: Any = bindparam("of_transfer", type_=Integer)

_OPEN = insert(Lot).from_select(
    ("account_id", "transfer_id", "remaining", "expires_at"),
    select(
        Transfer.credit_id,
        Transfer.id,
        case((Transfer.state == POSTED, bindparam("usable", type_=Integer)), else_=0),
        bindparam("until", type_=UtcDateTime),
    ).where(Transfer.id.in_((bindparam("first_transfer"), bindparam("second_transfer")))),
)


def _consumption() -> tuple[Any, Any]:
    nearest = (Lot.expires_at.asc().nulls_last(), Lot.id)
    running = func.sum(Lot.remaining).over(order_by=nearest)
    queue = (
        select(Lot.id, Lot.remaining, (running - Lot.remaining).label("before"))
        .where(Lot.account_id == _account, HAS_POINTS)
        .subquery()
    )
    use = insert(LotUse).from_select(
        ("transfer_id", "lot_id", "amount"),
        select(_transfer, queue.c.id, _up_to(queue.c.remaining, _limit, queue.c.before)).where(
            queue.c.before < _limit
        ),
    )
    used = select(LotUse.amount).where(LotUse.transfer_id == _transfer, LotUse.lot_id == Lot.id)
    lower = (
        update(Lot)
        .where(Lot.id.in_(select(LotUse.lot_id).where(LotUse.transfer_id == _transfer)))
        .values(remaining=Lot.remaining - used.scalar_subquery())
    )
    return use.returning(LotUse.amount), lower


def _return() -> Any:
    farthest = (Lot.expires_at.desc().nulls_first(), Lot.id.desc())
    running = func.sum(LotUse.amount).over(order_by=farthest)
    queue = (
        select(LotUse.lot_id, LotUse.amount, (running - LotUse.amount).label("before"))
        .join(Lot, Lot.id == LotUse.lot_id)
        .where(LotUse.transfer_id == _transfer)
        .subquery()
    )
    is_over = Lot.expires_at <= bindparam("at", type_=UtcDateTime)
    return (
        update(Lot)
        .where(Lot.id == queue.c.lot_id, queue.c.before < _limit)
        .values(
            remaining=Lot.remaining + _up_to(queue.c.amount, _limit, queue.c.before),
            expires_at=case(
                (is_over, bindparam("grace_until", type_=UtcDateTime)), else_=Lot.expires_at
            ),
            warned_at=case((is_over, None), else_=Lot.warned_at),
        )
    )


def _removal() -> Any:
    own = Lot.transfer_id.in_(bindparam("own_transfers", expanding=True))
    order = (case((own, 0), else_=1), Lot.expires_at.asc().nulls_last(), Lot.id)
    running = func.sum(Lot.remaining).over(order_by=order)
    queue = (
        select(Lot.id, Lot.remaining, (running - Lot.remaining).label("before"))
        .where(Lot.account_id == _account, HAS_POINTS)
        .subquery()
    )
    return (
        update(Lot)
        .where(Lot.id == queue.c.id, queue.c.before < _limit)
        .values(remaining=Lot.remaining - _up_to(queue.c.remaining, _limit, queue.c.before))
    )


_USE, _LOWER = _consumption()
_GIVE_BACK = _return()
_TAKE_BACK = _removal()
_FILL = update(Lot).where(Lot.transfer_id == _transfer).values(remaining=_limit)
_EMPTY = update(Lot).where(Lot.account_id == _account).values(remaining=literal(0))


def gained(free: int, amount: int) -> int:
    """Of the last `amount` units that made the balance `free`, how many no debt has eaten."""
    return max(free, 0) - max(free - amount, 0)


async def open_for(
    tx: AsyncConnection, transfer_ids: Collection[int], usable: int, expires_at: datetime | None
) -> None:
    """Make the lots of one earning: `usable` in that of its posted transfer, none in a pending."""
    first, *others = transfer_ids
    parameters = {
        "first_transfer": first,
        "second_transfer": others[0] if others else first,
        "usable": usable,
        "until": expires_at,
    }
    await tx.execute(_OPEN, parameters)


async def fill(tx: AsyncConnection, amounts: dict[int, int]) -> None:
    """Put points into the empty lots of transfers that have just matured (amount by transfer)."""
    rows = [{"of_transfer": id_, "limit_amount": amount} for id_, amount in amounts.items()]
    await tx.execute(_FILL, rows)


async def use(tx: AsyncConnection, account_id: int, transfer_id: int, amount: int) -> None:
    """Take `amount` from the lots by nearest expiry and record which."""
    parameters = {"of_account": account_id, "of_transfer": transfer_id, "limit_amount": amount}
    taken = (await tx.execute(_USE, parameters)).scalars().all()
    if sum(taken) != amount:
        raise LedgerBrokenError(f"lots of account {account_id} held {sum(taken)} of {amount}")
    await tx.execute(_LOWER, {"of_transfer": transfer_id})


async def give_back(
    tx: AsyncConnection, transfer_id: int, amount: int, now: datetime, grace: timedelta
) -> None:
    """Return `amount` of what a transfer used to the same lots, the longest-lived first.

    A lot that expired meanwhile lives until `now + grace`, and will be warned about again.
    """
    if amount:
        parameters = {"of_transfer": transfer_id, "limit_amount": amount}
        await tx.execute(_GIVE_BACK, {**parameters, "at": now, "grace_until": now + grace})


async def take_back(
    tx: AsyncConnection, account_id: int, own_transfers: Collection[int], amount: int
) -> None:
    """Remove `amount`: from the lots of `own_transfers` first, then by nearest expiry."""
    if amount:
        parameters = {"of_account": account_id, "limit_amount": amount}
        await tx.execute(_TAKE_BACK, {**parameters, "own_transfers": list(own_transfers)})


async def empty(tx: AsyncConnection, account_id: int) -> None:
    """Leave nothing in any lot of an account."""
    await tx.execute(_EMPTY, {"of_account": account_id})
