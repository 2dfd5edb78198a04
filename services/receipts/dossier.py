"""What a person who decides on a receipt is shown: the paper, the ticket, the guest's history.

Names are masked; nobody is shown more than helps to decide.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Venue
from services.members.models import Member, RoleGrant
from services.receipts import documents
from services.receipts.models import Receipt, ReceiptPhoto
from services.receipts.verdict import Reason
from services.rewards.counter import mask

_HISTORY = timedelta(days=30)
_FORGED_WITHIN = timedelta(days=90)
_FORGED = (Reason.FORGED, Reason.NOT_GENUINE)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the receipt itself says; `number` and `sign` as in `Receipt`, `total` in kopecks."""

    number: str
    sign: str
    drive: str
    document: int | None
    total: int | None
    purchased_at: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """The guest's other receipts: by state in thirty days, `forged` in ninety."""

    credited: int = 0
    pending: int = 0
    rejected: int = 0
    reversed: int = 0
    forged: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a verifier knows of the document. Sums in kopecks; `form` 3 and 4 are ordinary."""

    sign: str
    form: int
    seller_name: str | None
    seller_inn: str
    place: str | None
    address: str | None
    purchased_at: datetime | None
    total: int
    base: int
    excluded: int
    unpaid: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the guests between whom a person decides. `works_here`: at the receipt's venue.

    `photo` is when the kept picture was kept; `source` how the receipt was sent.
    """

    id: int
    guest: str
    state: str
    sign: str
    source: str
    purchased_at: datetime | None
    submitted_at: datetime
    photo: datetime | None
    works_here: bool
    history: History


async def history_of(tx: AsyncConnection, member_id: int, but: int, now: datetime) -> History:
    """How the guest's receipts but this one have fared."""

    def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    lately = Receipt.submitted_at >= now - _HISTORY
    states = [
        times(lately & (Receipt.state == state.name))
        for state in fields(History)
        if state.name != "forged"
    ]
    row = await tx.execute(
        select(*states, times(Receipt.reason.in_(_FORGED))).where(
            Receipt.member_id == member_id,
            Receipt.id != but,
            Receipt.submitted_at >= now - _FORGED_WITHIN,
        )
    )
    return History(*(int(count) for count in row.one()))


async def found_of(tx: AsyncConnection, number: str) -> Found | None:
    """The ticket of a document; None while no verifier has found it."""
    row = await documents.stored(tx, number)
    return None if row is None else Found(*(row[field.name] for field in fields(Found)))


async def side_of(tx: AsyncConnection, receipt_id: int, now: datetime) -> Side:
    """The guest behind this receipt, and how they sent it."""
    works_here = (
        exists()
        .where(
            RoleGrant.member_id == Receipt.member_id,
            RoleGrant.venue_id == Venue.id,
            RoleGrant.revoked_at.is_(None),
        )
        .correlate(Receipt, Venue)
    )
    row = (
        await tx.execute(
            select(
                *(Receipt.id, Receipt.member_id, Receipt.state, Receipt.sign, Receipt.source),
                *(Receipt.purchased_at, Receipt.submitted_at),
                Member.name,
                ReceiptPhoto.kept_at,
                works_here.label("works_here"),
            )
            .join(Member, Member.id == Receipt.member_id)
            .outerjoin(Venue, Venue.id == Receipt.venue_id)
            .outerjoin(ReceiptPhoto, ReceiptPhoto.receipt_id == Receipt.id)
            .where(Receipt.id == receipt_id)
        )
    ).one()
    return Side(
        id=row.id,
        guest=mask(row.name),
        state=row.state,
        sign=row.sign,
        source=row.source,
        purchased_at=row.purchased_at,
        submitted_at=row.submitted_at,
        photo=row.kept_at,
        works_here=bool(row.works_here),
        history=await history_of(tx, row.member_id, row.id, now),
    )
