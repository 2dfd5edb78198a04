"""Sums that must agree: balances with transfers, lots with balances, spends with lots."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ledger.accounts import MEMBER
from services.ledger.auditing.finding import Finding
from services.ledger.models import Account, Lot, LotUse, Transfer
from services.ledger.transfers import PENDING, POSTED, SPEND


def _legs() -> Any:
    """Each transfer twice: what it means for one account's posted, held and maturing."""
    posted = case((Transfer.state == POSTED, Transfer.amount), else_=0)
    pending = case((Transfer.state == PENDING, Transfer.amount), else_=0)
    nothing = literal(0)

    def leg(end: Any, posted: Any, held: Any, maturing: Any) -> Select[Any]:
        return select(
            end.label("account_id"),
            posted.label("posted"),
            held.label("held"),
            maturing.label("maturing"),
        )

    out = leg(Transfer.debit_id, -posted, pending, nothing)
    into = leg(Transfer.credit_id, posted, nothing, pending)
    return union_all(out, into).subquery()


async def kept_balances(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """A member's posted, held and maturing are the sums of transfers; the city keeps none."""
    legs = _legs()
    names = ("posted", "held", "maturing")
    sums = [func.coalesce(func.sum(legs.c[name]), 0).label(f"sum_{name}") for name in names]
    statement = (
        select(Account.id, Account.kind, Account.posted, Account.held, Account.maturing, *sums)
        .join(legs, legs.c.account_id == Account.id, isouter=True)
        .group_by(Account.id)
        .order_by(Account.id)
    )
    findings = []
    for row in await tx.execute(statement):
        kept = row[2:5]
        right = row[5:8] if row.kind == MEMBER else (0, 0, 0)
        if tuple(kept) != tuple(right):
            detail = ", ".join(
                f"{name} is {is_} instead of {should}"
                for name, is_, should in zip(names, kept, right, strict=True)
                if is_ != should
            )
            findings.append(Finding("kept_balances", "account", row.id, detail))
    return findings


async def zero_sum(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """In each currency what members keep and what the city's transfers come to cancel out."""
    legs = _legs()
    kept = select(Account.currency, Account.posted.label("part")).where(Account.kind == MEMBER)
    city = (
        select(Account.currency, legs.c.posted.label("part"))
        .join(legs, legs.c.account_id == Account.id)
        .where(Account.kind != MEMBER)
    )
    parts = union_all(kept, city).subquery()
    total = func.sum(parts.c.part)
    statement = select(parts.c.currency, total).group_by(parts.c.currency).having(total != 0)
    return [
        Finding("zero_sum", "currency", 0, f"{currency} add up to {amount}")
        for currency, amount in await tx.execute(statement)
    ]


async def lots_hold_the_balance(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """The lots of an account hold what is free, and nothing while there is a debt."""
    in_lots = func.coalesce(func.sum(Lot.remaining), 0)
    free = Account.posted - Account.held
    expected = case((free > 0, free), else_=0)
    statement = (
        select(Account.id, in_lots, expected)
        .join(Lot, Lot.account_id == Account.id, isouter=True)
        .where(Account.kind == MEMBER)
        .group_by(Account.id)
        .having(in_lots != expected)
        .order_by(Account.id)
    )
    return [
        Finding("lots_hold_the_balance", "account", id_, f"lots hold {held} instead of {should}")
        for id_, held, should in await tx.execute(statement)
    ]


async def spends_have_used_lots(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """A spend has taken from lots of its account exactly its amount; nothing else takes any."""
    used = func.coalesce(func.sum(LotUse.amount), 0)
    foreign = func.coalesce(
        func.sum(case((or_(Lot.account_id != Transfer.debit_id, LotUse.amount <= 0), 1), else_=0)),
        0,
    )
    expected = case((Transfer.kind == SPEND, Transfer.amount), else_=0)
    statement = (
        select(Transfer.id, used, expected, foreign)
        .join(LotUse, LotUse.transfer_id == Transfer.id, isouter=True)
        .join(Lot, Lot.id == LotUse.lot_id, isouter=True)
        .group_by(Transfer.id)
        .having(or_(used != expected, foreign > 0))
        .order_by(Transfer.id)
    )
    return [
        Finding(
            "spends_have_used_lots",
            "transfer",
            id_,
            f"used {amount} instead of {should} of lots, {others} of them not its own",
        )
        for id_, amount, should, others in await tx.execute(statement)
    ]
