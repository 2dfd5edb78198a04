"""The audit's questions to receipts: what each has earned and still has, and what it waits for."""

from datetime import datetime

from sqlalchemy import String, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.ledger.auditing import Finding
from services.ledger.models import Transfer
from services.members.models import Member
from services.receipts.models import Receipt, ReceiptCase, ReceiptCheck

_EARNED = ("credited", "reversed")


async def receipts_fit(tx: AsyncConnection, _now: datetime) -> list[Finding]:
    """What a receipt says it brought is what its transfers brought, and was taken back with it.

    Only what waits has questions to verifiers; an open case is about a receipt that was refused,
    or that the venue itself has spoken of.
    """
    return [*await _points_fit(tx), *await _questions_fit(tx), *await _cases_fit(tx)]


async def _points_fit(tx: AsyncConnection) -> list[Finding]:
    """`standing` is what was neither taken back nor voided; it is all or nothing."""
    undo = aliased(Transfer)
    stands = Transfer.state.in_(("posted", "pending")) & undo.id.is_(None)
    earned = (
        select(
            Transfer.reason,
            func.sum(Transfer.amount).label("amount"),
            func.sum(case((stands, Transfer.amount), else_=0)).label("standing"),
        )
        .outerjoin(undo, undo.undoes_id == Transfer.id)
        .where(Transfer.kind == "receipt")
        .group_by(Transfer.reason)
        .subquery()
    )
    amount = func.coalesce(earned.c.amount, 0)
    standing = func.coalesce(earned.c.standing, 0)
    # What had not matured is voided when a member leaves.
    here = Member.deleted_at.is_(None)
    wrong = or_(
        Receipt.points != amount,
        and_(Receipt.state == "credited", here, standing != amount),
        and_(Receipt.state != "credited", standing != 0),
        and_(Receipt.state.not_in(_EARNED), amount != 0),
    )
    rows = await tx.execute(
        select(Receipt.id, Receipt.state, Receipt.points, amount, standing)
        .join(Member, Member.id == Receipt.member_id)
        .outerjoin(earned, earned.c.reason == cast(Receipt.id, String))
        .where(wrong)
        .order_by(Receipt.id)
    )
    return [
        Finding(
            "receipts_fit",
            "receipt",
            id_,
            f"says {points} points, earned {amount}"
            if points != amount
            else f"{state}, yet it has {standing} of {amount} points",
        )
        for id_, state, points, amount, standing in rows
    ]


async def _questions_fit(tx: AsyncConnection) -> list[Finding]:
    rows = await tx.execute(
        select(Receipt.id, Receipt.state)
        .join(ReceiptCheck, ReceiptCheck.receipt_id == Receipt.id)
        .where(Receipt.state != "pending")
        .order_by(Receipt.id)
    )
    return [
        Finding("receipts_fit", "receipt", id_, f"{state}, and verifiers are still asked about it")
        for id_, state in rows
    ]


async def _cases_fit(tx: AsyncConnection) -> list[Finding]:
    of_itself = ReceiptCase.against_id == ReceiptCase.receipt_id
    rows = await tx.execute(
        select(ReceiptCase.id, ReceiptCase.kind, Receipt.state)
        .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
        .where(
            ReceiptCase.state == "open",
            Receipt.state != "rejected",
            or_(ReceiptCase.against_id.is_(None), ~of_itself),
        )
        .order_by(ReceiptCase.id)
    )
    return [
        Finding("receipts_fit", "receipt_case", id_, f"an open {kind} about a {state} receipt")
        for id_, kind, state in rows
    ]
