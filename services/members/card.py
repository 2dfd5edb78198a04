"""What the guest card shows, in one statement."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.models import Account, Transfer
from services.members.models import Member


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Points that can be spent, are held, are maturing, are owed; and all that were ever earned."""

    available: int
    held: int
    maturing: int
    debt: int
    earned: int


_EARNED = (
    select(func.coalesce(func.sum(Transfer.amount), 0))
    .where(
        Transfer.credit_id == Account.id,
        Transfer.kind == "receipt",
        Transfer.state.in_(("posted", "pending")),
    )
    .correlate(Account)
    .scalar_subquery()
)
_FACTS = select(Account.posted, Account.held, Account.maturing, _EARNED).where(
    Account.kind == "member",
    Account.owner == bindparam("member_id"),
    Account.currency == bindparam("currency"),
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it is, and all the points they ever earned."""

    name: str
    earned: int


async def card_holder(tx: AsyncConnection, city_id: int, card: str) -> Holder | None:
    """The member behind a card's number, or None."""
    row = (
        await tx.execute(
            select(Member.id, Member.name).where(Member.card == card, Member.city_id == city_id)
        )
    ).first()
    if row is None:
        return None
    return Holder(row.name, (await card_facts(tx, row.id)).earned)


async def card_facts(tx: AsyncConnection, member_id: int, currency: str = "points") -> CardFacts:
    """The balances of one currency. A debt shows as 0 available."""
    row = (await tx.execute(_FACTS, {"member_id": member_id, "currency": currency})).one()
    spendable = row.posted - row.held
    return CardFacts(max(0, spendable), row.held, row.maturing, max(0, -spendable), int(row[3]))
