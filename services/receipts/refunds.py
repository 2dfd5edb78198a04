"""Which purchase was returned? A refund was seen; a person says whose points it takes back.

The code of a refund receipt does not name the purchase (54-ФЗ has no such field), so nothing is
taken back automatically.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.database import is_one_of, lock_row
from services.errors import Changed
from services.members.models import Member
from services.members.roles import Role, require
from services.receipts import cases, returned, reversing, waiting
from services.receipts.cases import OPEN, Kind, Open
from services.receipts.chain import OFFLINE
from services.receipts.dossier import Paper
from services.receipts.models import Receipt, ReceiptCase, ReceiptPhoto
from services.receipts.reversing import Reversed
from services.receipts.verdict import Reason
from services.rewards.counter import mask

_OF_ONE_GUEST = 3
"""Open cases of one sender: nobody fills the queue with invented refunds."""
_SHOWN = 5
_MAY_EARN = is_one_of(Receipt.state, "credited", "pending")


class Reported(StrEnum):
    """What follows from an owner's report."""

    ASKED = "asked"
    """The purchase is here, and the city's team is asked about it."""
    KEPT = "kept"
    """It has not been sent in; if it is, the team looks before it earns."""
    KNOWN = "known"
    """It was reported before."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A purchase that the refund may be of. `same_guest` sent the refund as well.

    `waits`: it has not earned yet.
    """

    id: int
    guest: str
    total: int | None
    purchased_at: datetime | None
    points: int
    waits: bool
    same_guest: bool

    def part(self, refund: Paper) -> int | None:
        """How much of it was returned, where that is not all."""
        if self.total is None or refund.total is None or refund.total >= self.total:
            return None
        return refund.total


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund and what it may be of, the likeliest first.

    `reported`: the venue told of it by the number of the purchase; `paper` is the purchase then.
    `photo_of` is the refund's receipt if its picture is kept. No service is asked about refunds.
    """

    id: int
    opened_at: datetime
    paper: Paper
    venue: Localized | None
    guest: str
    reported: bool
    photo_of: int | None
    candidates: tuple[Candidate, ...]


_PAPER = tuple(getattr(Receipt, name) for name in Paper.__dataclass_fields__)


def _purchase_of(refund: Paper) -> ColumnElement[bool]:
    """A receipt that this refund may have returned, at least in part."""
    assert refund.purchased_at is not None
    return and_(
        Receipt.drive == refund.drive,
        _MAY_EARN,
        Receipt.total >= refund.total,
        Receipt.purchased_at.between(refund.purchased_at - returned.WITHIN, refund.purchased_at),
    )


async def open_refund(
    tx: AsyncConnection, city: CityFacts, receipt_id: int, now: datetime
) -> int | None:
    """Ask a person about a refund receipt that was rejected; returns the case, if there is one.

    There is none when no purchase fits yet (see `returned`), the document has been asked about
    before or its sender, whose row is held, has told of too many.
    """
    row = (
        await tx.execute(
            select(*_PAPER, Receipt.member_id).where(
                Receipt.id == receipt_id, Receipt.reason == Reason.REFUND
            )
        )
    ).first()
    if row is None or row.total is None or row.purchased_at is None:
        return None
    sent = aliased(Receipt)
    refunds = (
        select(func.count())
        .select_from(ReceiptCase)
        .join(sent, sent.id == ReceiptCase.receipt_id)
        .where(ReceiptCase.kind == Kind.REFUND)
    )
    asked = refunds.where(sent.number == row.number).scalar_subquery()
    open_ones = refunds.where(OPEN, sent.member_id == row.member_id).scalar_subquery()
    fits = exists().where(
        _purchase_of(Paper(*row[:-1])),
        Receipt.member_id == Member.id,
        Member.city_id == city.id,
    )
    if not await tx.scalar(select(fits & (asked == 0) & (open_ones < _OF_ONE_GUEST))):
        return None
    return await returned.open_case(tx, receipt_id, None, by=row.member_id, now=now)


async def report(
    tx: AsyncConnection, *, venue_id: int, document: int, by: int, now: datetime
) -> Reported:
    """The venue's owner has returned the purchase with this document number (ФД)."""
    await require(tx, by, (Role.OWNER,), venue_id)
    is_new = await returned.report_kept(tx, venue_id, document, now)
    purchases = await tx.execute(
        select(Receipt.id)
        .where(
            *(Receipt.venue_id == venue_id, Receipt.document == document),
            *(_MAY_EARN, Receipt.purchased_at >= now - returned.WITHIN),
        )
        .order_by(Receipt.id)
    )
    found = list(purchases.scalars())
    opened = [await returned.ask_about(tx, receipt_id, by=by, now=now) for receipt_id in found]
    if any(opened):
        return Reported.ASKED
    return Reported.KEPT if is_new and not found else Reported.KNOWN


async def next_after(
    tx: AsyncConnection, *, city_id: int, member_id: int, after: int
) -> Refund | None:
    """The oldest open case after this one, then from the start, for one of the team."""
    found = await cases.next_after(tx, Kind.REFUND, city_id=city_id, by=member_id, after=after)
    if found is None:
        return None
    row = (
        await tx.execute(
            select(*_PAPER, ReceiptPhoto.receipt_id, Member.name, Venue.name)
            .join(Member, Member.id == Receipt.member_id)
            .outerjoin(Venue, Venue.id == Receipt.venue_id)
            .outerjoin(ReceiptPhoto, ReceiptPhoto.receipt_id == Receipt.id)
            .where(Receipt.id == found.receipt_id)
        )
    ).one()
    paper = Paper(*row[:-3])
    return Refund(
        id=found.id,
        opened_at=found.opened_at,
        paper=paper,
        venue=row[-1],
        guest=mask(row[-2]),
        reported=found.against_id == found.receipt_id,
        photo_of=row[-3],
        candidates=await _candidates(tx, found, paper, but=member_id),
    )


async def _candidates(
    tx: AsyncConnection, found: Open, paper: Paper, *, but: int
) -> tuple[Candidate, ...]:
    """Purchases that this refund may be of, without this member's own."""
    same_guest = Receipt.member_id == found.member_id
    fits = _purchase_of(paper)
    if found.against_id == found.receipt_id:
        fits = and_(Receipt.id == found.receipt_id, _MAY_EARN)
        same_guest = false()
    same_total = Receipt.total == paper.total
    likeliest = case((same_guest & same_total, 0), (same_total, 1), (same_guest, 2), else_=3)
    rows = await tx.execute(
        select(
            *(Receipt.id, Member.name, Receipt.total, Receipt.purchased_at, Receipt.points),
            *(Receipt.state, same_guest),
        )
        .join(Member, Member.id == Receipt.member_id)
        .where(fits, Receipt.member_id != but)
        .order_by(likeliest, Receipt.purchased_at.desc(), Receipt.id)
        .limit(_SHOWN)
    )
    return tuple(
        Candidate(row[0], mask(row[1]), *row[2:5], row[5] == "pending", bool(row[6]))
        for row in rows
    )


async def take_back(
    tx: AsyncConnection, *, city: CityFacts, case_id: int, receipt_id: int, by: int, now: datetime
) -> Reversed:
    """This purchase was returned: its points are taken back, or it earns none.

    Raises `CaseDecided` when a colleague was first, and `Changed` when the receipt is none that
    the refund may be of (any more).
    """
    found = await cases.to_decide(tx, Kind.REFUND, city_id=city.id, case_id=case_id, by=by)
    row = await tx.execute(select(*_PAPER).where(Receipt.id == found.receipt_id))
    paper = Paper(*row.one())
    candidates = await _candidates(tx, found, paper, but=by)
    chosen = next((each for each in candidates if each.id == receipt_id), None)
    if chosen is None:
        raise Changed
    member_id = await tx.scalar(select(Receipt.member_id).where(Receipt.id == receipt_id))
    assert member_id is not None
    await lock_row(tx, Member, member_id)
    await cases.close(tx, case_id, "won", against=receipt_id, by=by, now=now)
    held = await waiting.hold(tx, receipt_id, member_id)
    if held is not None:
        seen = await waiting.case_of(tx, city, held, OFFLINE)
        part = chosen.part(paper)
        await waiting.reject(tx, held, Reason.REFUNDED, seen.facts, by=by, now=now, part=part)
        return Reversed(0, 0)
    return await reversing.reverse(
        tx, receipt_id, Reason.REFUNDED, by=by, now=now, part=chosen.part(paper)
    )


async def none_of_these(
    tx: AsyncConnection, *, city: CityFacts, case_id: int, by: int, now: datetime
) -> None:
    """No points are taken back. Raises `CaseDecided` when a colleague was first."""
    await cases.to_decide(tx, Kind.REFUND, city_id=city.id, case_id=case_id, by=by)
    await cases.close(tx, case_id, "lost", against=None, by=by, now=now)
