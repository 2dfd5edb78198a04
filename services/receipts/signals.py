"""What is odd about a receipt although every row of the decision table lets it pass.

A signal is never a refusal and never a ban: enough of them hold the receipt until a person has
looked at it, with the names of the signals before them. By default only what a till cannot do
decides alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, case, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities.models import FiscalDrive, Venue
from services.cities.rules import Rules, Suspicion
from services.database import is_one_of
from services.members.models import RoleGrant
from services.receipts.evidence import MONTH, WEEK, Evidence, Sent, Signal, read
from services.receipts.models import Receipt
from services.receipts.qr import known_drive_prefix
from services.receipts.slip import Slip

__all__ = ["Signal", "look", "suspicious"]

_RECENT = 9
"""With the receipt itself ten: what a habit of sending is read from."""


_HABITS = frozenset({Signal.SAME_SUM, Signal.CONCENTRATION, Signal.ONE_TILL})
"""All three see one habit: whoever has breakfast at the same bar shows each of them."""


def suspicious(signals: Sequence[Signal], rules: Rules) -> bool:
    """Whether together they weigh enough to let a person look first; of habits only the one that
    weighs most counts."""
    weights = rules.suspicion.weights
    habits = [getattr(weights, signal) for signal in signals if signal in _HABITS]
    others = [getattr(weights, signal) for signal in signals if signal not in _HABITS]
    total: int = sum(others) + max(habits, default=0)
    return total >= rules.suspicion.hold_at


_MINE = and_(
    Receipt.member_id == bindparam("member_id"),
    Receipt.id != bindparam("but"),
    Receipt.submitted_at <= bindparam("now"),
)
_OF_DRIVE = (Receipt.drive == bindparam("drive"), Receipt.id != bindparam("but"))
_DOCUMENT = bindparam("document", type_=Receipt.document.type)


def _next(below: bool) -> Any:
    """The credited receipt next to this one in the drive.

    Where credited ones are in order, the two next to a number tell all; a number that nobody has
    vouched for is not asked, lest one forged receipt holds up everybody's.
    """
    far = Receipt.document.desc() if below else Receipt.document.asc()
    side = Receipt.document < _DOCUMENT if below else Receipt.document > _DOCUMENT
    return (
        select(Receipt.document, Receipt.purchased_at)
        .where(*_OF_DRIVE, side, Receipt.state == "credited", Receipt.purchased_at.is_not(None))
        .order_by(far)
        .limit(1)
        .subquery("below" if below else "above")
    )


_BELOW, _ABOVE = _next(below=True), _next(below=False)
_LAST = (
    select(Receipt.total, Receipt.venue_id, Receipt.purchased_at, Receipt.submitted_at)
    .where(_MINE)
    .order_by(Receipt.submitted_at.desc(), Receipt.id.desc())
    .limit(_RECENT)
    .subquery("recent")
)
_IN_WEEK = Receipt.submitted_at > bindparam("week_from")
_IN_MONTH = (
    select(
        func.count().label("every"),
        func.sum(case((Receipt.venue_id == bindparam("venue_id"), 1), else_=0)).label("here"),
        func.sum(case((_OF_DRIVE[0] & _IN_WEEK, 1), else_=0)).label("of_drive"),
    )
    .where(
        _MINE,
        is_one_of(Receipt.state, "pending", "credited"),
        Receipt.submitted_at > bindparam("month_from"),
    )
    .subquery("month")
)
_THEIRS = aliased(Venue)
_LOOK = (
    select(
        Venue.opening,
        _BELOW.c.document.label("below_document"),
        _BELOW.c.purchased_at.label("below_at"),
        _ABOVE.c.document.label("above_document"),
        _ABOVE.c.purchased_at.label("above_at"),
        exists()
        .where(
            *_OF_DRIVE,
            Receipt.member_id == bindparam("member_id"),
            Receipt.document >= bindparam("near_from"),
            Receipt.document <= bindparam("near_until"),
            Receipt.document != _DOCUMENT,
            Receipt.purchased_at >= bindparam("near_since"),
            Receipt.purchased_at <= bindparam("near_to"),
        )
        .label("neighbours"),
        exists()
        .where(
            RoleGrant.member_id == bindparam("member_id"),
            RoleGrant.revoked_at.is_(None),
            RoleGrant.venue_id == _THEIRS.id,
            _THEIRS.id != Venue.id,
            _THEIRS.partner_id == Venue.partner_id,
        )
        .correlate(Venue)
        .label("staff_near"),
        exists()
        .where(FiscalDrive.fn == bindparam("drive"), FiscalDrive.state == "confirmed")
        .label("confirmed"),
        _IN_MONTH.c.every.label("month"),
        func.coalesce(_IN_MONTH.c.here, 0).label("month_here"),
        func.coalesce(_IN_MONTH.c.of_drive, 0).label("week_of_drive"),
        _LAST.c.total,
        _LAST.c.venue_id,
        _LAST.c.purchased_at,
        _LAST.c.submitted_at,
    )
    .select_from(_IN_MONTH)
    .outerjoin(Venue, Venue.id == bindparam("venue_id"))
    .outerjoin(_BELOW, true())
    .outerjoin(_ABOVE, true())
    .outerjoin(_LAST, true())
    .order_by(_LAST.c.submitted_at.desc())
)


async def look(
    tx: AsyncConnection,
    *,
    member_id: int,
    slip: Slip,
    purchased_at: datetime | None,
    venue_id: int | None,
    rules: Rules,
    zone: ZoneInfo,
    now: datetime,
    but: int | None = None,
) -> tuple[Signal, ...]:
    """What is odd about a receipt sent at `now`, in one statement.

    `but` is the receipt's own row when it has one already. Only Russian fiscal receipts number
    their documents; of others the drive says nothing. Nothing is said before the moment of
    purchase is known.
    """
    if purchased_at is None:
        return ()
    limits = rules.suspicion
    document = _document_of(slip)
    near = _near(document, purchased_at, limits)
    asked = {
        "member_id": member_id,
        "but": but or 0,
        "now": now,
        "month_from": now - MONTH,
        "week_from": now - WEEK,
        "drive": slip.device,
        "document": document,
        "venue_id": venue_id,
    }
    rows = (await tx.execute(_LOOK, {**asked, **near})).all()
    bought = purchased_at.astimezone(zone).replace(tzinfo=None)
    known = Evidence(
        document, slip.total, venue_id, bought, purchased_at, now, usual_drive=_usual(slip)
    )
    return read(_with_found(known, rows), limits)


def _document_of(slip: Slip) -> int | None:
    return int(slip.number.rpartition(":")[2]) if slip.adapter == "ru54" else None


def _usual(slip: Slip) -> bool:
    return slip.adapter != "ru54" or known_drive_prefix(slip.device)


def _near(document: int | None, purchased_at: datetime, limits: Suspicion) -> dict[str, Any]:
    """What counts as a neighbour, as the statement asks for it."""
    documents = limits.neighbour_documents
    around = timedelta(minutes=limits.neighbour_minutes)
    return {
        "near_from": None if document is None else document - documents,
        "near_until": None if document is None else document + documents,
        "near_since": purchased_at - around,
        "near_to": purchased_at + around,
    }


def _with_found(known: Evidence, rows: Sequence[Any]) -> Evidence:
    """The evidence with what the database says; each row has another of the last receipts."""
    first = rows[0]
    beside = (
        (first.below_document, first.below_at),
        (first.above_document, first.above_at),
    )
    return replace(
        known,
        usual_drive=known.usual_drive or first.confirmed,
        beside=[pair for pair in beside if pair[0] is not None],
        opening=first.opening,
        neighbours=first.neighbours,
        staff_near=first.staff_near,
        recent=[Sent(*row[-4:]) for row in rows if row.submitted_at is not None],
        month=first.month,
        month_here=first.month_here,
        week_of_drive=first.week_of_drive,
    )
