"""Who has an account, what is in it, and how its row is taken before anything else.

Every write of the ledger takes the member's account row first and touches its transfers and lots
after it. That one row puts all that happens to one balance in order, without deadlocks. Where a
transaction touches both currencies of a member, points come before merits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.models import Account

POINTS = "points"
MERITS = "merits"
CURRENCIES = (POINTS, MERITS)

MEMBER = "member"
ISSUED = "issued"
REDEEMED = "redeemed"
EXPIRED = "expired"
FORFEITED = "forfeited"
CITY_KINDS = (ISSUED, REDEEMED, EXPIRED, FORFEITED)

DIALECT_INSERTS: dict[str, Any] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}


class NoAccountError(LookupError):
    """The member has no account in this currency: `open_accounts` was never called."""


class LedgerBrokenError(RuntimeError):
    """An invariant of the ledger does not hold; nothing more may be written to this account."""


class Kept(NamedTuple):
    """A member's account row after the statement that took it."""

    id: int
    owner: int
    currency: str
    posted: int
    held: int

    @property
    def free(self) -> int:
        """What no hold has taken; negative when there is a debt."""
        return self.posted - self.held


KEPT = (Account.id, Account.owner, Account.currency, Account.posted, Account.held)
"""The columns of `Kept`, for `RETURNING`."""

OF_MEMBER = (
    Account.kind == MEMBER,
    Account.owner == bindparam("member_id"),
    Account.currency == bindparam("in_currency"),
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What a member has in one currency, in whole units, none of them negative.

    `available` can be spent now; `held` waits in redemptions; `maturing` is on its way in;
    `debt` is what the next incoming units pay first.
    """

    available: int
    held: int
    maturing: int
    debt: int


_OPEN = {
    name: dialect_insert(Account).on_conflict_do_nothing()
    for name, dialect_insert in DIALECT_INSERTS.items()
}
_BALANCE = select(Account.posted, Account.held, Account.maturing).where(*OF_MEMBER)
_CHANGE = (
    update(Account)
    .where(Account.id == bindparam("account_id"))
    .values(
        posted=Account.posted + bindparam("more_posted"),
        held=Account.held + bindparam("more_held"),
        maturing=Account.maturing + bindparam("more_maturing"),
    )
    .returning(*KEPT)
)


async def open_accounts(tx: AsyncConnection, member_id: int) -> None:
    """Give a member an account in each currency; nothing happens if they are there."""
    await tx.execute(
        _OPEN[tx.dialect.name], _city_accounts() + _accounts((MEMBER,), owner=member_id)
    )


async def ensure_city_accounts(tx: AsyncConnection) -> None:
    """Make the city's own accounts; `open_accounts` does this too, so few need to call it."""
    await tx.execute(_OPEN[tx.dialect.name], _city_accounts())


async def balance(tx: AsyncConnection, member_id: int, currency: str) -> Balance:
    """What a member has; raises `NoAccountError`."""
    row = (await tx.execute(_BALANCE, {"member_id": member_id, "in_currency": currency})).first()
    if row is None:
        raise NoAccountError(member_id, currency)
    free = row.posted - row.held
    return Balance(max(free, 0), row.held, row.maturing, max(-free, 0))


async def change(
    tx: AsyncConnection, account_id: int, *, posted: int = 0, held: int = 0, maturing: int = 0
) -> Kept:
    """Add to the kept balances of an account whose row this transaction has taken."""
    parameters = {
        "account_id": account_id,
        "more_posted": posted,
        "more_held": held,
        "more_maturing": maturing,
    }
    return Kept(*(await tx.execute(_CHANGE, parameters)).one())


async def take_in_order(tx: AsyncConnection, account_ids: Iterable[int]) -> dict[int, Kept]:
    """Take the rows of several accounts, in the one order that cannot deadlock."""
    statement = select(*KEPT).where(Account.id.in_(set(account_ids))).order_by(Account.id)
    rows = await tx.execute(statement.with_for_update())
    return {row.id: Kept(*row) for row in rows}


def _city_accounts() -> list[dict[str, Any]]:
    return _accounts(CITY_KINDS, owner=0)


def _accounts(kinds: Iterable[str], *, owner: int) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "owner": owner, "currency": currency}
        for kind in kinds
        for currency in CURRENCIES
    ]
