"""Rows that must make sense each for itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.ledger.accounts import CITY_KINDS, CURRENCIES, MEMBER
from services.ledger.auditing.finding import Finding
from services.ledger.models import Account, Lot, Transfer
from services.ledger.transfers import (
    LAPSED,
    OWN_KINDS,
    PENDING,
    POSTED,
    REFUND,
    REVERSAL,
    SPEND,
    STATES,
    hash_of,
)

LATE = timedelta(hours=1)
"""How long after its end a pending transfer may wait for the job that settles it."""

_PAGE = 5_000
_Debit, _Credit = aliased(Account), aliased(Account)
_ARGUMENTS = (
    select(
        Transfer.id,
        Transfer.args_hash,
        Transfer.kind,
        Transfer.amount,
        Transfer.reason,
        Transfer.due_at,
        _Debit.kind.label("debit_kind"),
        _Debit.owner.label("debit_owner"),
        _Debit.currency,
        _Credit.kind.label("credit_kind"),
        _Credit.owner.label("credit_owner"),
    )
    .join(_Debit, _Debit.id == Transfer.debit_id)
    .join(_Credit, _Credit.id == Transfer.credit_id)
    .order_by(Transfer.id)
    .limit(_PAGE)
)


async def lots_belong(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """Each lot is of an earning of its account and holds no more than that brought."""
    statement = (
        select(Lot.id, Lot.remaining, Transfer.amount)
        .join(
            Transfer,
            and_(Transfer.id == Lot.transfer_id, Transfer.kind.not_in(OWN_KINDS)),
            isouter=True,
        )
        .where(
            or_(
                Transfer.id.is_(None),
                Transfer.credit_id != Lot.account_id,
                Lot.remaining < 0,
                Lot.remaining > Transfer.amount,
                and_(Transfer.state != POSTED, Lot.remaining != 0),
            )
        )
        .order_by(Lot.id)
    )
    return [
        Finding("lots_belong", "lot", id_, f"holds {remaining} of an earning of {amount}")
        for id_, remaining, amount in await tx.execute(statement)
    ]


async def earnings_have_lots(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """What was earned is in a lot, or it would never expire and could not be spent."""
    statement = (
        select(Transfer.id)
        .join(Lot, Lot.transfer_id == Transfer.id, isouter=True)
        .where(Transfer.kind.not_in(OWN_KINDS), Lot.id.is_(None))
        .order_by(Transfer.id)
    )
    return [
        Finding("earnings_have_lots", "transfer", id_, "has no lot")
        for id_ in (await tx.execute(statement)).scalars()
    ]


async def arguments_unaltered(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """Every transfer still is what its key was given for."""
    findings: list[Finding] = []
    last = 0
    while True:
        page = (await tx.execute(_ARGUMENTS.where(Transfer.id > last))).all()
        if not page:
            return findings
        last = page[-1].id
        findings += [
            Finding("arguments_unaltered", "transfer", row.id, "differs from its hash")
            for row in page
            if row.args_hash != _hash_of_row(row)
        ]


def _hash_of_row(row: Any) -> str:
    return hash_of(
        kind=row.kind,
        currency=row.currency,
        debit=(row.debit_kind, row.debit_owner),
        credit=(row.credit_kind, row.credit_owner),
        amount=row.amount,
        reason=row.reason,
        waits=row.due_at is not None,
    )


async def ends_fit(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """A transfer of one currency runs between a member and the city, its amount above zero."""
    one_member = case((_Debit.kind == MEMBER, 1), else_=0) != case(
        (_Credit.kind == MEMBER, 1), else_=0
    )
    statement = (
        select(Transfer.id, _Debit.currency, _Credit.currency, Transfer.amount)
        .join(_Debit, _Debit.id == Transfer.debit_id, isouter=True)
        .join(_Credit, _Credit.id == Transfer.credit_id, isouter=True)
        .where(
            or_(
                _Debit.id.is_(None),
                _Credit.id.is_(None),
                _Debit.currency != _Credit.currency,
                ~one_member,
                Transfer.amount <= 0,
            )
        )
        .order_by(Transfer.id)
    )
    return [
        Finding("ends_fit", "transfer", id_, f"{amount} from {debit} to {credit}")
        for id_, debit, credit, amount in await tx.execute(statement)
    ]


async def accounts_fit(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """Accounts are of a known kind and currency, and nothing held or maturing is negative."""
    statement = (
        select(Account.id, Account.kind, Account.currency, Account.held, Account.maturing)
        .where(
            or_(
                Account.kind.not_in((MEMBER, *CITY_KINDS)),
                Account.currency.not_in(CURRENCIES),
                Account.held < 0,
                Account.maturing < 0,
            )
        )
        .order_by(Account.id)
    )
    return [
        Finding(
            "accounts_fit",
            "account",
            row.id,
            f"{row.kind} {row.currency}: held {row.held}, maturing {row.maturing}",
        )
        for row in await tx.execute(statement)
    ]


async def states_fit(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """A state is known, possible for that kind, and settled exactly when it is not pending."""
    may_wait = or_(Transfer.kind == SPEND, Transfer.kind.not_in(OWN_KINDS))
    statement = (
        select(Transfer.id, Transfer.kind, Transfer.state)
        .where(
            or_(
                Transfer.state.not_in(STATES),
                (Transfer.state == PENDING) != Transfer.settled_at.is_(None),
                and_(Transfer.state != POSTED, ~may_wait),
                and_(Transfer.state == LAPSED, Transfer.kind != SPEND),
            )
        )
        .order_by(Transfer.id)
    )
    return [
        Finding("states_fit", "transfer", row.id, f"{row.kind} is {row.state}")
        for row in await tx.execute(statement)
    ]


async def nothing_overdue(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """No hold and no maturing credit waits longer than `LATE` after its end."""
    statement = (
        select(Transfer.id, Transfer.due_at)
        .where(Transfer.state == PENDING, Transfer.due_at < now - LATE)
        .order_by(Transfer.id)
    )
    return [
        Finding("nothing_overdue", "transfer", row.id, f"pending since {row.due_at:%Y-%m-%d %H:%M}")
        for row in await tx.execute(statement)
    ]


async def undone_exactly(tx: AsyncConnection, now: datetime) -> list[Finding]:
    """A refund or reversal mirrors a posted transfer, and only these undo anything."""
    undone = aliased(Transfer)
    undoes = Transfer.kind.in_((REFUND, REVERSAL))
    mirrors = and_(
        undone.amount == Transfer.amount,
        undone.debit_id == Transfer.credit_id,
        undone.credit_id == Transfer.debit_id,
        undone.state == POSTED,
    )
    statement = (
        select(Transfer.id, Transfer.kind, Transfer.undoes_id)
        .join(undone, undone.id == Transfer.undoes_id, isouter=True)
        .where(
            or_(
                and_(undoes, or_(undone.id.is_(None), ~mirrors)),
                and_(~undoes, Transfer.undoes_id.is_not(None)),
            )
        )
        .order_by(Transfer.id)
    )
    return [
        Finding("undone_exactly", "transfer", row.id, f"{row.kind} undoes {row.undoes_id}")
        for row in await tx.execute(statement)
    ]
