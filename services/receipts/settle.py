"""Receipts that wait for no answer: of unknown tills, and those a person has decided for.

The first are credited once the venue takes part and refused when it never does, or when the city
closes the till.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services.cities import CityFacts
from services.cities.models import FiscalDrive, Partner, Till, Venue
from services.members.models import Member
from services.receipts import waiting
from services.receipts.chain import Chain
from services.receipts.facts import CLOSED_BY_THE_CITY
from services.receipts.models import PENDING, Receipt, ReceiptCase
from services.receipts.review import MANUAL
from services.receipts.verdict import Case, Reason, decide

WAITING_FOR_TILLS = (Reason.UNKNOWN_DRIVE, Reason.UNCONFIRMED_TILL, Reason.FROZEN_TILL)
"""Why a receipt waits until its till is known, without anybody deciding on the receipt itself."""

_DECIDED = (*MANUAL, Reason.CHECKING, Reason.BEFORE_VENUE)
"""What a person who chose a receipt has looked into."""
_LOOKED_INTO = (Reason.CHOSEN, Reason.RETURNED)
"""All else that stood against what a refund held up has been looked into before."""

_refund = aliased(Receipt)
_ASKED = exists().where(
    *(ReceiptCase.kind == "refund", ReceiptCase.state == "open"),
    *(ReceiptCase.receipt_id == _refund.id, _refund.drive == Receipt.drive),
)
"""Of what a refund holds up: a person is still to decide."""


async def settle_next(tx: AsyncConnection, city: CityFacts, chain: Chain, now: datetime) -> bool:
    """Decide on one receipt that was chosen, that no refund holds up any more, or whose till became
    known or will not any more.

    False: there is none. It is judged as of the moment it was sent. One in a transaction, for the
    accounts of two guests would be taken in no common order.
    """
    waits_since = now - timedelta(days=city.rules.limits.hard_max_age_days)
    found = (await tx.execute(_next(city.id, (Reason.CHOSEN,)))).first()
    if found is None:
        found = (await tx.execute(_next(city.id, (Reason.RETURNED,), ~_ASKED))).first()
    if found is None:
        found = (await tx.execute(_of_open_venues(city.id))).first()
    if found is None:
        found = (await tx.execute(_of_closed_drives(city.id))).first()
    if found is None:
        found = (
            await tx.execute(_next(city.id, WAITING_FOR_TILLS, Receipt.submitted_at < waits_since))
        ).first()
    if found is None:
        return False
    held = await waiting.hold(tx, found.id, found.member_id)
    if held is None or held.reason not in (*_LOOKED_INTO, *WAITING_FOR_TILLS):
        return True
    held = await waiting.completed(tx, held)
    case = await waiting.case_of(tx, city, held, chain)
    decided = case.facts.till_closed or (case.facts.venue_open and case.known)
    if held.reason in _LOOKED_INTO or decided:
        await by_the_table(tx, held, case, now)
    elif held.submitted_at < waits_since:
        row = decide(case)
        reason = row.reason if row.state == "rejected" else Reason.NEVER_KNOWN
        await waiting.reject(tx, held, reason, case.facts, by=None, now=now)
    return True


async def by_the_table(
    tx: AsyncConnection,
    held: waiting.Waiting,
    case: Case,
    now: datetime,
) -> None:
    """What the decision table says of a receipt that waited, now that more is known.

    The guest was promised the points for when the venue joins, so its first day does not count;
    nor does what a person who chose the receipt has looked into.
    """
    row = decide(case, _DECIDED if held.reason in _LOOKED_INTO else (Reason.BEFORE_VENUE,))
    if row.state == "credited":
        await waiting.credit(tx, held, case, by=None, now=now)
    elif row.state == "rejected":
        seller = case.checked.seller_name if case.checked else None
        await waiting.reject(tx, held, row.reason, case.facts, by=None, now=now, seller=seller)
    elif await waiting.number_credited(tx, held.number):
        await waiting.reject(tx, held, Reason.TAKEN, case.facts, by=None, now=now)
    else:
        await waiting.pass_on(tx, held, case, row.reason, now)


def _next(city_id: int, reasons: Sequence[Reason], *where: ColumnElement[bool]) -> Select[int, int]:
    return (
        select(Receipt.id, Receipt.member_id)
        .join(Member, Member.id == Receipt.member_id)
        .where(
            PENDING,
            Receipt.reason.in_(reasons),
            Member.city_id == city_id,
            Member.deleted_at.is_(None),
            *where,
        )
        .order_by(Receipt.submitted_at, Receipt.id)
        .limit(1)
    )


def _of_open_venues(city_id: int) -> Select[int, int]:
    return (
        _next(city_id, WAITING_FOR_TILLS)
        .join(FiscalDrive, FiscalDrive.fn == Receipt.drive)
        .join(Till, Till.id == FiscalDrive.till_id)
        .join(Venue, Venue.id == Till.venue_id)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(
            FiscalDrive.state == "confirmed",
            Till.active,
            Venue.state == "active",
            Partner.active,
        )
    )


def _of_closed_drives(city_id: int) -> Select[int, int]:
    return (
        _next(city_id, WAITING_FOR_TILLS)
        .join(FiscalDrive, FiscalDrive.fn == Receipt.drive)
        .where(CLOSED_BY_THE_CITY)
    )
