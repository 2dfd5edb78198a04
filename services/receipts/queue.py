"""Receipts that verifiers are to be asked about: kept in the database, so that none is lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database import insert_new
from services.members import attempts
from services.members.models import Attempt, Member
from services.receipts.facts import day_of
from services.receipts.models import PENDING, Receipt, ReceiptCheck
from services.receipts.verdict import Case, Reason

KNOWN, DISPUTED, REGULAR, DOUBTFUL = range(4)
"""Who comes first: receipts of known tills, disputed numbers, guests who have earned before,
and last the unknown tills of new guests, which anybody can invent, and whatever is sent by a
guest of forged ones."""

_MOVING = ("priority", "since", "tries", "verifier", "handle", "told")
_DOUBTFUL_A_DAY = 2
_FORGED = 3
_FORGED_WITHIN = timedelta(days=30)
"""A digit that was mistyped looks like a forgery too, so a single one says nothing."""
_ASKED = "receipt_checks_asked"
ASKED_ABOUT = "receipt_asked_about"
"""Counted as an attempt: a question that a guest's receipt has cost."""
_HELD = timedelta(minutes=2)
"""How long a question may be under way before somebody else takes it up."""

ASKED = frozenset(
    {
        *(Reason.DISPUTED_NUMBER, Reason.FROZEN_TILL, Reason.OWN_VENUE, Reason.LARGE),
        *(Reason.SUSPICIOUS, Reason.UNKNOWN_DRIVE, Reason.CHECKING),
    }
)
"""Why a receipt waits, when an answer helps; a person decides on some of them all the same."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question taken up; nobody else asks it before `taken_until`."""

    receipt_id: int
    member_id: int
    adapter: str
    priority: int
    since: datetime
    tries: int
    verifier: str | None
    handle: str | None
    told: bool


async def ask_about(
    tx: AsyncConnection, receipt_id: int, member_id: int, case: Case, reason: Reason
) -> bool:
    """Put a receipt that waits into the queue, if any service can be asked about it; whether one
    can.

    One that was answered for, or is in the queue already, is left as it is.
    """
    if (
        reason not in ASKED
        or case.checked is not None
        or not case.chain.services(case.slip.adapter)
    ):
        return False
    priority = await _priority(tx, member_id, case, reason)
    values = {
        "receipt_id": receipt_id,
        "priority": priority,
        "next_at": case.now,
        "since": case.now,
    }
    await insert_new(tx, ReceiptCheck, values, ReceiptCheck.receipt_id)
    tx.info[_ASKED] = True
    return True


IS_ASKED = exists().where(ReceiptCheck.receipt_id == Receipt.id).correlate(Receipt)
"""Of a receipt in a statement: a service is still to answer for it."""


def asked(tx: AsyncConnection) -> bool:
    """Whether a question was put in this transaction; asked once, at its end."""
    return bool(tx.info.pop(_ASKED, False))


async def _priority(tx: AsyncConnection, member_id: int, case: Case, reason: Reason) -> int:
    theirs = select(func.count()).select_from(Receipt).where(Receipt.member_id == member_id)
    forged = (Receipt.reason == Reason.FORGED, Receipt.submitted_at >= case.now - _FORGED_WITHIN)
    if (await tx.scalar(theirs.where(*forged)) or 0) >= _FORGED:
        return DOUBTFUL
    if reason == Reason.DISPUTED_NUMBER:
        return DISPUTED
    if case.known:
        return KNOWN
    earned = select(Receipt.id).where(Receipt.member_id == member_id, Receipt.state == "credited")
    return DOUBTFUL if (await tx.execute(earned.limit(1))).first() is None else REGULAR


async def may_ask(tx: AsyncConnection, check: Check, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a service is asked now, which is then counted; else it is tomorrow's question.

    A guest's doubtful receipt is asked about only as one of the first two a day. The guest's row
    is held. What was sent to a service already may be fetched.
    """
    if check.handle:
        return True
    if check.priority == DOUBTFUL:
        start, end = day_of(now, zone)
        of_today = (
            *(Attempt.member_id == check.member_id, Attempt.kind == ASKED_ABOUT),
            *(Attempt.at >= start, Attempt.at < end),
        )
        asked = await tx.scalar(select(func.count()).select_from(Attempt).where(*of_today))
        if (asked or 0) >= _DOUBTFUL_A_DAY:
            await later(tx, check.receipt_id, end)
            return False
    await attempts.record(tx, check.member_id, ASKED_ABOUT, now)
    return True


def _free(now: datetime) -> Any:
    return or_(ReceiptCheck.taken_until.is_(None), ReceiptCheck.taken_until < now)


async def due(
    tx: AsyncConnection, city_id: int, now: datetime, limit: int, adapters: Collection[str]
) -> list[Check]:
    """Questions about these forms whose time has come and that nobody is asking.

    First those under way, whose answers do not live long; then the most urgent.
    """
    ours = or_(*(Receipt.number.startswith(f"{adapter}:") for adapter in adapters))
    rows = await tx.execute(
        select(
            ReceiptCheck.receipt_id,
            Receipt.member_id,
            Receipt.number,
            ReceiptCheck.priority,
            ReceiptCheck.since,
            ReceiptCheck.tries,
            ReceiptCheck.verifier,
            ReceiptCheck.handle,
            ReceiptCheck.told,
        )
        .join(Receipt, Receipt.id == ReceiptCheck.receipt_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(ReceiptCheck.next_at <= now, _free(now), Member.city_id == city_id, ours)
        .order_by(
            ReceiptCheck.handle.is_(None),
            *(ReceiptCheck.priority, ReceiptCheck.next_at, ReceiptCheck.receipt_id),
        )
        .limit(limit)
    )
    return [_check(dict(row)) for row in rows.mappings()]


def _check(facts: dict[str, Any]) -> Check:
    adapter = facts.pop("number").partition(":")[0]
    return Check(adapter=adapter, **facts)


async def take(tx: AsyncConnection, checks: Sequence[Check], now: datetime) -> set[int]:
    """Reserve these questions; returns the receipts that nobody else had reserved."""
    # One that is being decided on at this moment is somebody else's: nobody waits here.
    free = (
        select(ReceiptCheck.receipt_id)
        .where(ReceiptCheck.receipt_id.in_([c.receipt_id for c in checks]), _free(now))
        .with_for_update(skip_locked=True)
    )
    taken = await tx.execute(
        update(ReceiptCheck)
        .where(ReceiptCheck.receipt_id.in_(free))
        .values(taken_until=now + _HELD)
        .returning(ReceiptCheck.receipt_id)
    )
    return set(taken.scalars())


async def present(tx: AsyncConnection, check: Check) -> Check | None:
    """The question as it stands; None when it is asked no more.

    To be called under `waiting.hold`, so that it stays so.
    """
    found = await tx.execute(
        select(*(getattr(ReceiptCheck, name) for name in _MOVING)).where(
            ReceiptCheck.receipt_id == check.receipt_id
        )
    )
    row = found.mappings().first()
    return None if row is None else replace(check, **row)


async def later(tx: AsyncConnection, receipt_id: int, next_at: datetime, **changes: Any) -> None:
    """Let go of a question until then."""
    await tx.execute(
        update(ReceiptCheck)
        .where(ReceiptCheck.receipt_id == receipt_id)
        .values(next_at=next_at, taken_until=None, **changes)
    )


async def done(tx: AsyncConnection, receipt_id: int) -> None:
    """There is nothing more to ask about this receipt."""
    await tx.execute(delete(ReceiptCheck).where(ReceiptCheck.receipt_id == receipt_id))


async def hand_over(tx: AsyncConnection, receipt_id: int, reason: Reason) -> None:
    """A person decides on it, because no service can."""
    await tx.execute(update(Receipt).where(Receipt.id == receipt_id, PENDING).values(reason=reason))


async def next_due(tx: AsyncConnection) -> datetime | None:
    """When the next question is due that nobody is asking; None: none is left."""
    moment: datetime | None = await tx.scalar(
        select(func.min(ReceiptCheck.next_at)).where(ReceiptCheck.taken_until.is_(None))
    )
    return moment


async def length(tx: AsyncConnection, city_id: int) -> int:
    """How many receipts of the city wait for an answer."""
    count = await tx.scalar(
        select(func.count())
        .select_from(ReceiptCheck)
        .join(Receipt, Receipt.id == ReceiptCheck.receipt_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(and_(PENDING, Member.city_id == city_id))
    )
    return count or 0
