"""Whose is it? A guest says that a receipt which another has registered is theirs.

A person decides, by the pictures of the paper, by when it was paid and by who sent it how soon.
The loser's points are taken back; neither is told who the other is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events
from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.database import insert_new, lock_row
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.models import Member
from services.receipts import cases, choosing
from services.receipts.cases import OPEN, Kind, Open
from services.receipts.choosing import Rival
from services.receipts.dossier import Found, Paper, Side, found_of, side_of
from services.receipts.models import Receipt, ReceiptCase
from services.receipts.verdict import Reason

AT_ONCE = 2
"""Open claims of one guest."""


@dataclass
class TooManyClaims(Refusal):
    """The guest has `limit` claims open already."""

    limit: int


@dataclass
class ClaimDecided(Refusal):
    """The guest claimed this receipt before: it was won or lost."""

    state: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and both sides of it. `other` is None when nobody else has the receipt any more.

    `paid_at` is when the claimant says to have paid. `refunded`: the purchase was returned, so
    that nobody can have it.
    """

    id: int
    opened_at: datetime
    paper: Paper
    venue: Localized | None
    found: Found | None
    claimant: Side
    other: Side | None
    paid_at: datetime | None
    refunded: bool


async def claim(
    tx: AsyncConnection, city: CityFacts, member_id: int, receipt_id: int, now: datetime
) -> int:
    """The guest's receipt, refused as taken, is theirs, they say; returns the case.

    Saying it again while the claim is open changes nothing. Raises `ClaimDecided` when it was
    decided before, `TooManyClaims`, and `NotFound` for a receipt that was not refused so, was
    sent too long ago or returned.
    """
    await lock_row(tx, Member, member_id)
    if (known := await _claimed_before(tx, member_id, receipt_id)) is not None:
        return known
    number, sign = await _taken(tx, city, member_id, receipt_id, now)
    if await _open_of(tx, member_id) >= AT_ONCE:
        raise TooManyClaims(AT_ONCE)
    against = await choosing.rivals(tx, number, sign, receipt_id)
    values = {
        "kind": Kind.CLAIM,
        "receipt_id": receipt_id,
        "against_id": against[0].id if against else None,
        "state": "open",
        "opened_at": now,
    }
    opened = await insert_new(tx, ReceiptCase, values)
    if opened is None:
        raise Changed
    await events.record(tx, "case", opened.id, "claim", "open", actor_id=member_id, at=now)
    return int(opened.id)


async def _claimed_before(tx: AsyncConnection, member_id: int, receipt_id: int) -> int | None:
    """The guest's open claim to this receipt; raises `ClaimDecided` when it was decided."""
    known = (
        await tx.execute(
            select(ReceiptCase.id, ReceiptCase.state)
            .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
            .where(
                *(Receipt.id == receipt_id, Receipt.member_id == member_id),
                ReceiptCase.kind == Kind.CLAIM,
            )
        )
    ).first()
    if known is not None and known.state != "open":
        raise ClaimDecided(known.state)
    return None if known is None else int(known.id)


async def _taken(
    tx: AsyncConnection, city: CityFacts, member_id: int, receipt_id: int, now: datetime
) -> tuple[str, str]:
    """Number and sign of a receipt that may be claimed; raises `NotFound` for any other."""
    oldest = now - timedelta(days=city.rules.limits.hard_max_age_days)
    found = await tx.execute(
        select(Receipt.number, Receipt.sign).where(
            *(Receipt.id == receipt_id, Receipt.member_id == member_id),
            *(Receipt.state == "rejected", Receipt.reason == Reason.TAKEN),
            Receipt.submitted_at >= oldest,
        )
    )
    row = found.first()
    if row is None or await _was_returned(tx, row.number):
        raise NotFound
    return row.number, row.sign


async def number_of_open(tx: AsyncConnection, member_id: int, receipt_id: int) -> str | None:
    """The number of the guest's receipt while their claim to it is open."""
    number: str | None = await tx.scalar(
        select(Receipt.number)
        .join(ReceiptCase, ReceiptCase.receipt_id == Receipt.id)
        .where(
            *(Receipt.id == receipt_id, Receipt.member_id == member_id),
            *(OPEN, ReceiptCase.kind == Kind.CLAIM),
        )
    )
    return number


async def paid(tx: AsyncConnection, member_id: int, receipt_id: int, paid_at: datetime) -> bool:
    """Keep when the guest says to have paid; False when their claim is not open any more."""
    await lock_row(tx, Member, member_id)
    if await number_of_open(tx, member_id, receipt_id) is None:
        return False
    mine = Receipt.id == receipt_id
    fields = await tx.scalar(select(Receipt.fields).where(mine))
    said = {**(fields or {}), "paid_at": paid_at.isoformat()}
    await tx.execute(update(Receipt).where(mine).values(fields=said))
    return True


async def _paid_at(tx: AsyncConnection, receipt_id: int) -> datetime | None:
    fields = await tx.scalar(select(Receipt.fields).where(Receipt.id == receipt_id))
    said = (fields or {}).get("paid_at")
    return None if said is None else datetime.fromisoformat(said)


async def _open_of(tx: AsyncConnection, member_id: int) -> int:
    count = await tx.scalar(
        select(func.count())
        .select_from(ReceiptCase)
        .join(Receipt, Receipt.id == ReceiptCase.receipt_id)
        .where(OPEN, ReceiptCase.kind == Kind.CLAIM, Receipt.member_id == member_id)
    )
    return count or 0


async def _was_returned(tx: AsyncConnection, number: str) -> bool:
    over = exists().where(Receipt.number == number, Receipt.reason == Reason.REFUNDED)
    return bool(await tx.scalar(select(over)))


async def next_after(
    tx: AsyncConnection, *, city_id: int, member_id: int, after: int, now: datetime
) -> Claim | None:
    """The oldest open claim after this one, then from the start, for one of the team."""
    found = await cases.next_after(tx, Kind.CLAIM, city_id=city_id, by=member_id, after=after)
    if found is None:
        return None
    paper = await tx.execute(
        select(*(getattr(Receipt, name) for name in Paper.__dataclass_fields__)).where(
            Receipt.id == found.receipt_id
        )
    )
    against = await _against(tx, found)
    seen = against[0].id if against else found.against_id
    venue = await tx.execute(
        select(Venue.name)
        .join(Receipt, Receipt.venue_id == Venue.id)
        .where(Receipt.id.in_((found.receipt_id, seen or found.receipt_id)))
        .limit(1)
    )
    return Claim(
        id=found.id,
        opened_at=found.opened_at,
        paper=Paper(*paper.one()),
        venue=venue.scalar(),
        found=await found_of(tx, found.number),
        claimant=await side_of(tx, found.receipt_id, now),
        other=await side_of(tx, against[0].id, now) if against else None,
        paid_at=await _paid_at(tx, found.receipt_id),
        refunded=await _was_returned(tx, found.number),
    )


async def _against(tx: AsyncConnection, found: Open) -> list[Rival]:
    return await choosing.rivals(tx, found.number, found.sign, found.receipt_id)


async def give(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    case_id: int,
    against: int | None,
    by: int,
    now: datetime,
) -> None:
    """The claimant is right: the receipt of the other is taken back and theirs earns.

    `against` is the other's receipt as it was shown. Raises `CaseDecided` when a colleague was
    first, and `Changed` when another has the receipt now, or the purchase was returned.
    """
    found = await cases.to_decide(tx, Kind.CLAIM, city_id=city.id, case_id=case_id, by=by)
    rivals = await _against(tx, found)
    await choosing.hold(tx, found.number, rivals)
    await cases.close(tx, case_id, "won", against=against, by=by, now=now)
    if any(rival.member_id == by for rival in rivals):
        raise NotAllowed
    shown = rivals[0].id if rivals else None
    if shown != against or await _was_returned(tx, found.number):
        raise Changed
    await choosing.take_away(tx, city, rivals, Reason.CLAIMED, by=by, now=now)
    refused = (Receipt.state == "rejected", Receipt.reason == Reason.TAKEN)
    await choosing.choose(tx, found.receipt_id, *refused, by=by, now=now)
    await _tell(tx, found.member_id, found.receipt_id, "claim_won", now)


async def leave(
    tx: AsyncConnection, *, city: CityFacts, case_id: int, by: int, now: datetime
) -> None:
    """All stays as it is. Raises `CaseDecided` when a colleague was first."""
    found = await cases.to_decide(tx, Kind.CLAIM, city_id=city.id, case_id=case_id, by=by)
    rivals = await _against(tx, found)
    if any(rival.member_id == by for rival in rivals):
        raise NotAllowed
    await cases.close(tx, case_id, "lost", against=None, by=by, now=now)
    await _tell(tx, found.member_id, found.receipt_id, "claim_lost", now)
    for rival in rivals[:1]:
        await _tell(tx, rival.member_id, rival.id, "claim_kept", now)


async def _tell(
    tx: AsyncConnection, member_id: int, receipt_id: int, kind: str, now: datetime
) -> None:
    row = await tx.execute(
        select(Receipt.total, Receipt.purchased_at).where(Receipt.id == receipt_id)
    )
    total, bought_at = row.one()
    facts = {"total": total, "purchased_at": bought_at.isoformat() if bought_at else None}
    await delivery.tell(tx, member_id, kind, facts, now)
