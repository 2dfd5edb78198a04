"""Receipts that a person decides on: large ones, those of a venue's own staff, disputed numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events
from services.cities import CityFacts
from services.cities.models import FiscalDrive, Localized, Till, Venue
from services.database import lock_row
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.events import Event
from services.members.models import Member
from services.members.roles import Role, require
from services.receipts import choosing, waiting
from services.receipts.chain import OFFLINE, Chain
from services.receipts.dossier import Found, History, Paper, found_of, history_of
from services.receipts.models import PENDING, Receipt, ReceiptCase, ReceiptPhoto
from services.receipts.verdict import Reason, decide
from services.receipts.waiting import Settlement, Waiting
from services.rewards.counter import mask

TEAM = (Role.MODERATOR, Role.ADMIN)
UNDO = timedelta(minutes=10)
"""How long a refusal can be taken back by who refused."""

MANUAL = (
    *(Reason.DISPUTED_NUMBER, Reason.OWN_VENUE, Reason.LARGE, Reason.SUSPICIOUS),
    *(Reason.CORRECTION, Reason.TYPED, Reason.NOT_FOUND, Reason.UNDECIDED),
)
"""What waits for a person, whose word replaces the row of the table it stands for."""

_OURS = (*MANUAL, Reason.CHOSEN)
_WAIVED = (*_OURS, Reason.CHECKING)

REFUSALS = (Reason.NOT_GENUINE, Reason.STAFF_PURCHASE, Reason.TAKEN, Reason.NEVER_KNOWN)
"""Why a person refuses a receipt."""

_WAITED_FOR = "waited_for"
"""The name in `fields` of what a refused receipt waited for, so that it can wait again."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A receipt to decide on, its guest behind a mask.

    `venue` is None while the till is not known. `signals` name what looked odd. `photo` is when
    the kept picture was kept, None without one. `earned_before`: its number has earned already,
    under another sign, so it is refused or chosen instead of the other.
    """

    id: int
    reason: Reason
    paper: Paper
    submitted_at: datetime
    source: str
    guest: str
    venue: Localized | None
    signals: tuple[str, ...]
    photo: datetime | None
    found: Found | None
    history: History
    earned_before: bool


@dataclass
class AlreadyDecided(Refusal):
    """Somebody was first: the receipt is in `state` since `at`."""

    state: str
    at: datetime


class TooLateToUndo(Refusal):
    """The time in which a refusal can be taken back is over."""


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


_PAPER = tuple(getattr(Receipt, name) for name in Paper.__dataclass_fields__)


async def next_after(
    tx: AsyncConnection, *, city_id: int, member_id: int, after: int, now: datetime
) -> Queued | None:
    """The oldest waiting receipt after this one, then from the start; None when there is none."""
    await require(tx, member_id, TEAM, None)
    row = (
        await tx.execute(
            select(
                *_PAPER,
                *(Receipt.id, Receipt.reason, Receipt.submitted_at, Receipt.source),
                *(Receipt.signals, Receipt.member_id, ReceiptPhoto.kept_at),
                Member.name.label("guest"),
                Venue.name.label("venue"),
            )
            .join(Member, Member.id == Receipt.member_id)
            .outerjoin(ReceiptPhoto, ReceiptPhoto.receipt_id == Receipt.id)
            .outerjoin(FiscalDrive, FiscalDrive.fn == Receipt.drive)
            .outerjoin(Till, Till.id == FiscalDrive.till_id)
            .outerjoin(Venue, Venue.id == Till.venue_id)
            .where(*_queue(city_id, member_id))
            .order_by(case((Receipt.id <= after, 1), else_=0), Receipt.id)
            .limit(1)
        )
    ).first()
    if row is None:
        return None
    return Queued(
        id=row.id,
        reason=Reason(row.reason),
        paper=Paper(*row[: len(_PAPER)]),
        submitted_at=row.submitted_at,
        source=row.source,
        guest=mask(row.guest),
        venue=row.venue,
        signals=tuple(row.signals),
        photo=row.kept_at,
        found=await found_of(tx, row.number),
        history=await history_of(tx, row.member_id, row.id, now),
        earned_before=await waiting.number_credited(tx, row.number),
    )


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

    It goes on waiting when the till is not known yet, a rule stands against it that nobody can
    waive or a refund is to be looked at first: then `reason` says which. Raises `AlreadyDecided`
    when a colleague was first.
    """
    held = await _take(tx, city, receipt_id, by)
    seen = await waiting.case_of(tx, city, held, chain)
    row = decide(seen, waived=_WAIVED)
    if row.reason is Reason.RETURNED:
        await waiting.pass_on(tx, held, seen, row.reason, now)
    if row.state != "credited":
        return Settlement("pending", row.reason, venue=seen.facts.venue_name)
    return await waiting.credit(tx, held, seen, by=by, now=now)


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
    seen = await waiting.case_of(tx, city, held, chain)
    settled = await waiting.reject(tx, held, reason, seen.facts, by=by, now=now)
    kept = {**held.fields, _WAITED_FOR: held.reason}
    await tx.execute(update(Receipt).where(Receipt.id == receipt_id).values(fields=kept))
    return settled


async def undo(
    tx: AsyncConnection, *, city: CityFacts, receipt_id: int, by: int, now: datetime
) -> None:
    """Take one's own refusal back: the receipt waits again for what it waited for.

    Raises `TooLateToUndo` after `UNDO`, `NotAllowed` for a colleague's decision, and `Changed`
    when the receipt is not refused any more, the guest disputes it or it was sent again meanwhile.
    """
    member_id, _number = await _known(tx, city, receipt_id, by)
    await lock_row(tx, Member, member_id)
    await _has_just_refused(tx, receipt_id, by, now)
    row = await tx.execute(
        select(Receipt.fields, Receipt.total, Receipt.purchased_at).where(Receipt.id == receipt_id)
    )
    fields, total, purchased_at = row.one()
    disputed = exists().where(ReceiptCase.receipt_id == Receipt.id)
    there = exists().where(Member.id == member_id, Member.deleted_at.is_(None))
    try:
        # The unique index decides, against whoever has sent the same receipt meanwhile.
        async with tx.begin_nested():
            moved = await tx.execute(
                update(Receipt)
                .where(
                    *(Receipt.id == receipt_id, Receipt.state == "rejected"),
                    *(there, ~disputed),
                    Receipt.reason.in_(REFUSALS),
                )
                .values(state="pending", reason=fields.get(_WAITED_FOR, Reason.UNDECIDED))
            )
    except IntegrityError as error:
        raise Changed from error
    if moved.rowcount != 1:
        raise Changed
    await events.record(tx, "receipt", receipt_id, "undo", "pending", actor_id=by, at=now)
    told = {"total": total, "purchased_at": purchased_at and purchased_at.isoformat()}
    await delivery.tell(tx, member_id, "receipt_reopened", told, now)


async def _has_just_refused(tx: AsyncConnection, receipt_id: int, by: int, now: datetime) -> None:
    last = await _last_move(tx, receipt_id)
    if last is None or (last.verb, last.state) != ("review", "rejected"):
        raise Changed
    if last.actor_id != by:
        raise NotAllowed
    if now - last.at > UNDO:
        raise TooLateToUndo


async def choose(
    tx: AsyncConnection, *, city: CityFacts, receipt_id: int, by: int, now: datetime
) -> None:
    """This receipt is right, and the one that has earned with its number is forged.

    That one is reversed; this one is credited by the next step (see `choosing`). Raises
    `AlreadyDecided` like `credit`, and `Changed` when no other has earned.
    """
    _member_id, number = await _known(tx, city, receipt_id, by)
    sign = await tx.scalar(select(Receipt.sign).where(Receipt.id == receipt_id))
    against = await choosing.rivals(tx, number, sign or "", receipt_id)
    if any(rival.member_id == by for rival in against):
        raise NotAllowed
    await choosing.hold(tx, number, against)
    reason = await tx.scalar(select(Receipt.reason).where(Receipt.id == receipt_id, PENDING))
    if reason is None:
        await _say_who_was_first(tx, receipt_id)
    if reason not in MANUAL or not against:
        raise Changed
    await choosing.take_away(tx, city, against, Reason.FORGED, by=by, now=now)
    await choosing.choose(tx, receipt_id, PENDING, Receipt.reason == reason, by=by, now=now)


async def _known(tx: AsyncConnection, city: CityFacts, receipt_id: int, by: int) -> tuple[int, str]:
    """Whose receipt it is and its number, for somebody of the team who may decide on it."""
    await require(tx, by, TEAM, None)
    found = await tx.execute(
        select(Receipt.member_id, Receipt.number)
        .join(Member, Member.id == Receipt.member_id)
        .where(Receipt.id == receipt_id, Member.city_id == city.id)
    )
    row = found.first()
    if row is None:
        raise NotFound
    if row.member_id == by:
        raise NotAllowed
    return row.member_id, row.number


async def _take(tx: AsyncConnection, city: CityFacts, receipt_id: int, by: int) -> Waiting:
    member_id, _number = await _known(tx, city, receipt_id, by)
    held = await waiting.hold(tx, receipt_id, member_id)
    if held is None:
        await _say_who_was_first(tx, receipt_id)
    if held is None or held.reason not in _OURS:
        raise NotFound
    return held


async def _say_who_was_first(tx: AsyncConnection, receipt_id: int) -> None:
    last = await _last_move(tx, receipt_id, Event.state.in_(("credited", "rejected")))
    if last is not None:
        raise AlreadyDecided(last.state, last.at)


async def _last_move(tx: AsyncConnection, receipt_id: int, *where: ColumnElement[bool]) -> Any:
    """The newest event of the receipt: verb, state, actor_id, at; None when there is none."""
    last = await tx.execute(
        select(Event.verb, Event.state, Event.actor_id, Event.at)
        .where(Event.subject == "receipt", Event.subject_id == receipt_id, *where)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return last.first()
