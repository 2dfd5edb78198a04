"""Receipts that a person decides on: large ones, those of a venue's own staff, disputed numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import FiscalDrive, Localized, Till, Venue
from services.errors import NotAllowed, NotFound, Refusal
from services.events import Event
from services.members.models import Member
from services.members.roles import Role, require
from services.receipts import waiting
from services.receipts.chain import OFFLINE, Chain
from services.receipts.models import PENDING, Receipt
from services.receipts.verdict import Reason, decide
from services.receipts.waiting import Settlement, Waiting
from services.rewards.counter import mask

_TEAM = (Role.MODERATOR, Role.ADMIN)
_HISTORY = timedelta(days=30)

MANUAL = (
    *(Reason.DISPUTED_NUMBER, Reason.OWN_VENUE, Reason.LARGE, Reason.SUSPICIOUS),
    *(Reason.CORRECTION, Reason.NOT_FOUND, Reason.UNDECIDED),
)
"""What waits for a person, whose word replaces the row of the table it stands for."""

_WAIVED = (*MANUAL, Reason.CHECKING)

REFUSALS = (Reason.NOT_GENUINE, Reason.STAFF_PURCHASE, Reason.TAKEN, Reason.NEVER_KNOWN)
"""Why a person refuses a receipt."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A receipt to decide on, its guest behind a mask. `total` in kopecks.

    `venue` is None while the till is not known. `credited`, `pending` and `rejected` count the
    guest's other receipts of the last thirty days. `earned_before`: its number has earned already,
    under another sign, so it can only be refused.
    """

    id: int
    reason: Reason
    total: int
    purchased_at: datetime
    submitted_at: datetime
    guest: str
    venue: Localized | None
    credited: int
    pending: int
    rejected: int
    earned_before: bool


@dataclass
class AlreadyDecided(Refusal):
    """Somebody was first: the receipt is in `state` since `at`."""

    state: str
    at: datetime


def _queue(city_id: int, member_id: int) -> Sequence[ColumnElement[bool]]:
    """Nobody decides on receipts of their own."""
    return (
        PENDING,
        Receipt.reason.in_(MANUAL),
        Receipt.member_id != member_id,
        Member.city_id == city_id,
        Member.deleted_at.is_(None),
    )


async def waiting_for(tx: AsyncConnection, city_id: int, member_id: int) -> int:
    """How many receipts this member of the city's team could decide on."""
    count = await tx.scalar(
        select(func.count())
        .select_from(Receipt)
        .join(Member, Member.id == Receipt.member_id)
        .where(*_queue(city_id, member_id))
    )
    return count or 0


async def next_after(
    tx: AsyncConnection, *, city_id: int, member_id: int, after: int, now: datetime
) -> Queued | None:
    """The oldest waiting receipt after this one, then from the start; None when there is none."""
    await require(tx, member_id, _TEAM, None)
    row = (
        await tx.execute(
            select(
                Receipt.id,
                Receipt.reason,
                Receipt.total,
                Receipt.purchased_at,
                Receipt.submitted_at,
                Receipt.number,
                Receipt.member_id,
                Member.name.label("guest"),
                Venue.name.label("venue"),
            )
            .join(Member, Member.id == Receipt.member_id)
            .outerjoin(FiscalDrive, FiscalDrive.fn == Receipt.drive)
            .outerjoin(Till, Till.id == FiscalDrive.till_id)
            .outerjoin(Venue, Venue.id == Till.venue_id)
            .where(*_queue(city_id, member_id))
            .order_by(Receipt.id <= after, Receipt.id)
            .limit(1)
        )
    ).first()
    if row is None:
        return None
    counts = await _history(tx, row.member_id, row.id, now)
    return Queued(
        id=row.id,
        reason=Reason(row.reason),
        total=row.total,
        purchased_at=row.purchased_at,
        submitted_at=row.submitted_at,
        guest=mask(row.guest),
        venue=row.venue,
        credited=counts.get("credited", 0),
        pending=counts.get("pending", 0),
        rejected=counts.get("rejected", 0),
        earned_before=await waiting.number_credited(tx, row.number),
    )


async def _history(tx: AsyncConnection, member_id: int, but: int, now: datetime) -> dict[str, int]:
    rows = await tx.execute(
        select(Receipt.state, func.count())
        .where(
            Receipt.member_id == member_id,
            Receipt.id != but,
            Receipt.submitted_at >= now - _HISTORY,
        )
        .group_by(Receipt.state)
    )
    return {row[0]: row[1] for row in rows}


async def credit(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    receipt_id: int,
    by: int,
    now: datetime,
    chain: Chain = OFFLINE,
) -> Settlement:
    """The receipt earns; or is rejected as taken when its number has earned before.

    It goes on waiting, unchanged, when the till is not known yet or a rule stands against it that
    nobody can waive: then `reason` is that rule's. Raises `AlreadyDecided` when a colleague was
    first.
    """
    held = await _take(tx, city, receipt_id, by)
    case = await waiting.case_of(tx, city, held, chain)
    row = decide(case, waived=_WAIVED)
    if row.state != "credited":
        return Settlement("pending", row.reason, venue=case.facts.venue_name)
    return await waiting.credit(tx, held, case, by=by, now=now)


async def refuse(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    receipt_id: int,
    reason: Reason,
    by: int,
    now: datetime,
    chain: Chain = OFFLINE,
) -> Settlement:
    """The receipt earns nothing, for one of `REFUSALS`. Raises `AlreadyDecided` like `credit`."""
    if reason not in REFUSALS:
        raise ValueError(f"{reason} is no reason to refuse a receipt")
    held = await _take(tx, city, receipt_id, by)
    case = await waiting.case_of(tx, city, held, chain)
    return await waiting.reject(tx, held, reason, case.facts, by=by, now=now)


async def _take(tx: AsyncConnection, city: CityFacts, receipt_id: int, by: int) -> Waiting:
    await require(tx, by, _TEAM, None)
    found = await tx.execute(
        select(Receipt.member_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(Receipt.id == receipt_id, Member.city_id == city.id)
    )
    member_id = found.scalar()
    if member_id is None:
        raise NotFound
    if member_id == by:
        raise NotAllowed
    held = await waiting.hold(tx, receipt_id, member_id)
    if held is None:
        await _say_who_was_first(tx, receipt_id)
    if held is None or held.reason not in MANUAL:
        raise NotFound
    return held


async def _say_who_was_first(tx: AsyncConnection, receipt_id: int) -> None:
    last = await tx.execute(
        select(Event.state, Event.at)
        .where(
            Event.subject == "receipt",
            Event.subject_id == receipt_id,
            Event.state.in_(("credited", "rejected")),
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    if (row := last.first()) is not None:
        raise AlreadyDecided(row.state, row.at)
