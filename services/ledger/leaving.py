"""What becomes of the points of a member who leaves."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import Changed
from services.ledger import lots
from services.ledger.accounts import FORFEITED, MEMBER, Kept, change, take_in_order
from services.ledger.models import Account, Transfer
from services.ledger.transfers import FORFEIT, PENDING, VOIDED, Draft, own_key, write_new


async def forfeit(tx: AsyncConnection, member_id: int, now: datetime) -> dict[str, int]:
    """Take away all a member has; returns the posted amount taken, by currency.

    What has not matured is voided, what is there goes to the city, a debt stays. Raises `Changed`
    while anything is held: release it first. Once more does nothing.
    """
    ids = select(Account.id).where(Account.kind == MEMBER, Account.owner == member_id)
    accounts = await take_in_order(tx, (await tx.execute(ids)).scalars())
    if any(account.held for account in accounts.values()):
        raise Changed
    return {
        account.currency: await _forfeit(tx, account, now) for account in sorted(accounts.values())
    }


async def _forfeit(tx: AsyncConnection, account: Kept, now: datetime) -> int:
    void = (
        update(Transfer)
        .where(Transfer.credit_id == account.id, Transfer.state == PENDING)
        .values(state=VOIDED, settled_at=now)
        .returning(Transfer.amount)
    )
    voided = sum((await tx.execute(void)).scalars())
    amount = max(account.posted, 0)
    if amount:
        key = own_key(f"forfeit:{account.id}")
        draft = Draft(key, FORFEIT, FORFEITED, True, amount, f"member:{account.owner}")
        await write_new(tx, account, draft, now)
        await lots.empty(tx, account.id)
    if amount or voided:
        await change(tx, account.id, posted=-amount, maturing=-voided)
    return amount
