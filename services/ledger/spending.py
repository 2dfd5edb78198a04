"""Points on their way out: promised, then paid or given back, or refunded after all."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import Changed, NotFound, Refusal
from services.ledger import lots
from services.ledger.accounts import (
    KEPT,
    OF_MEMBER,
    REDEEMED,
    Kept,
    balance,
    change,
)
from services.ledger.models import Account, Transfer
from services.ledger.transfers import (
    LAPSED,
    PENDING,
    POSTED,
    REFUND,
    SPEND,
    VOIDED,
    Draft,
    repeated,
    write,
)


class NotEnough(Refusal):
    """The member has fewer free units than this needs; holds are not free."""

    def __init__(self, available: int, needed: int, currency: str) -> None:
        super().__init__(available, needed, currency)
        self.available = available
        self.needed = needed
        self.currency = currency


_PROMISE = (
    update(Account)
    .where(*OF_MEMBER, Account.posted - Account.held >= bindparam("more_held"))
    .values(held=Account.held + bindparam("more_held"))
    .returning(*KEPT)
)
_TAKE_BY_SPEND = (
    select(Transfer.amount, *KEPT)
    .join(Account, Account.id == Transfer.debit_id)
    .where(Transfer.id == bindparam("of_transfer"), Transfer.kind == SPEND)
    .with_for_update(of=Account)
)
_IS_PENDING = (Transfer.id == bindparam("of_transfer"), Transfer.state == PENDING)
_SETTLEMENT: dict[str, Any] = {"state": bindparam("new_state"), "settled_at": bindparam("at")}
_POST = (
    update(Transfer)
    .where(*_IS_PENDING, or_(Transfer.due_at.is_(None), Transfer.due_at > bindparam("at")))
    .values(**_SETTLEMENT)
)
_LET_GO = update(Transfer).where(*_IS_PENDING).values(**_SETTLEMENT)
_IS_POSTED = select(Transfer.id).where(
    Transfer.id == bindparam("of_transfer"), Transfer.state == POSTED
)


async def hold(
    tx: AsyncConnection,
    *,
    member_id: int,
    currency: str,
    amount: int,
    key: str,
    reason: str,
    now: datetime,
    expires_at: datetime | None,
) -> int:
    """Promise `amount` (> 0) free units until `expires_at`; returns the transfer's id.

    Raises `NotEnough`. The same key with the same member, amount and reason returns the earlier
    transfer and holds nothing more; with any other of them it raises `KeyReusedError`.
    """
    if amount <= 0:
        raise ValueError("a hold is of at least one unit")
    draft = Draft(key, SPEND, REDEEMED, True, amount, reason, PENDING, expires_at)
    parameters = {"member_id": member_id, "in_currency": currency, "more_held": amount}
    row = (await tx.execute(_PROMISE, parameters)).first()
    if row is None:
        known = await repeated(tx, [key], member_id, currency, [draft])
        if known:
            return known[key]
        raise NotEnough((await balance(tx, member_id, currency)).available, amount, currency)
    account = Kept(*row)
    written = await write(tx, account, [draft], now)
    if not written:
        await change(tx, account.id, held=-amount)
        return (await repeated(tx, [key], member_id, currency, [draft]))[key]
    await lots.use(tx, account.id, written[key], amount)
    return written[key]


async def confirm_hold(tx: AsyncConnection, transfer_id: int, now: datetime) -> None:
    """Pay what was held, whatever has become of the balance meanwhile.

    Raises `Changed` when it was paid, given back or past its end already; of a confirmation and
    a release at the same time exactly one wins.
    """
    account, amount = await _take(tx, transfer_id)
    await _settle(tx, _POST, transfer_id, POSTED, now)
    await change(tx, account.id, posted=-amount, held=-amount)


async def release_hold(
    tx: AsyncConnection,
    transfer_id: int,
    now: datetime,
    state: str = VOIDED,
    grace: timedelta = lots.GRACE,
) -> None:
    """Give held points back to the lots they came from; `state` is "voided" or "expired".

    A lot that expired meanwhile lives for `grace` more. Raises `Changed` when the hold was paid
    or given back already.
    """
    if state not in (VOIDED, LAPSED):
        raise ValueError("a hold ends voided or expired")
    account, amount = await _take(tx, transfer_id)
    await _settle(tx, _LET_GO, transfer_id, state, now)
    after = await change(tx, account.id, held=-amount)
    await lots.give_back(tx, transfer_id, lots.gained(after.free, amount), now, grace)


async def refund(
    tx: AsyncConnection,
    *,
    transfer_id: int,
    key: str,
    reason: str,
    now: datetime,
    grace: timedelta = lots.GRACE,
) -> int:
    """Undo a paid hold by a transfer of exactly its amount, to the same lots; returns its id.

    Raises `Changed` when the hold was not paid, or was refunded under another key. The same key
    with the same reason returns the earlier refund; with another one it raises `KeyReusedError`.
    """
    account, amount = await _take(tx, transfer_id)
    if (await tx.execute(_IS_POSTED, {"of_transfer": transfer_id})).first() is None:
        raise Changed
    draft = Draft(key, REFUND, REDEEMED, False, amount, reason, undoes_id=transfer_id)
    written = await write(tx, account, [draft], now)
    if not written:
        known = await repeated(tx, [key], account.owner, account.currency, [draft])
        if not known:
            raise Changed
        return known[key]
    after = await change(tx, account.id, posted=amount)
    await lots.give_back(tx, transfer_id, lots.gained(after.free, amount), now, grace)
    return written[key]


async def _take(tx: AsyncConnection, transfer_id: int) -> tuple[Kept, int]:
    """The account of a spend, its row now taken, and the spend's amount."""
    row = (await tx.execute(_TAKE_BY_SPEND, {"of_transfer": transfer_id})).first()
    if row is None:
        raise NotFound
    return Kept(*row[1:]), row.amount


async def _settle(
    tx: AsyncConnection, statement: Any, transfer_id: int, state: str, now: datetime
) -> None:
    parameters = {"of_transfer": transfer_id, "new_state": state, "at": now}
    if (await tx.execute(statement, parameters)).rowcount != 1:
        raise Changed
