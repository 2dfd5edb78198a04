"""The offline part of the decision table: which receipts earn, wait or are refused, and why.

Rows are tried from the top; the first that holds decides. None of them needs an outside service.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from services.cities.rules import Rules
from services.receipts.facts import Facts
from services.receipts.qr import FiscalQr

State = Literal["credited", "pending", "rejected"]


class Reason(StrEnum):
    """Why a receipt is where it is; `handlers.chat.receipts` has a sentence for each.

    The last three are of receipts that waited: the table does not know them.
    """

    TEST_DRIVE = "test_drive"
    REFUND = "refund"
    NOT_A_SALE = "not_a_sale"
    SMALL = "small"
    FUTURE = "future"
    OLD = "old"
    BEFORE_VENUE = "before_venue"
    TAKEN = "taken"
    DISPUTED_NUMBER = "disputed_number"
    VENUE_CLOSED = "venue_closed"
    DAY_LIMIT = "day_limit"
    VENUE_LIMIT = "venue_limit"
    TOO_SOON = "too_soon"
    OWN_VENUE = "own_venue"
    LARGE = "large"
    UNKNOWN_DRIVE = "unknown_drive"
    CREDITED = "credited"
    NEVER_KNOWN = "never_known"
    NOT_GENUINE = "not_genuine"
    STAFF_PURCHASE = "staff_purchase"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a row of the table may look at."""

    qr: FiscalQr
    facts: Facts
    rules: Rules
    zone: ZoneInfo
    purchased_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Row:
    reason: Reason
    state: State
    holds: Callable[[Case], bool]


def _too_old(case: Case) -> bool:
    age = case.now - case.purchased_at
    return age > timedelta(hours=case.rules.limits.max_age_hours)


def _before_venue(case: Case) -> bool:
    joined = case.facts.joined_on
    return joined is not None and case.purchased_at.astimezone(case.zone).date() < joined


TABLE: tuple[Row, ...] = (
    Row(
        Reason.TEST_DRIVE,
        "rejected",
        lambda c: c.qr.drive.startswith(tuple(c.rules.test_drives)),
    ),
    Row(Reason.REFUND, "rejected", lambda c: c.qr.operation == 2),
    Row(Reason.NOT_A_SALE, "rejected", lambda c: c.qr.operation != 1),
    Row(Reason.SMALL, "rejected", lambda c: c.qr.total < c.rules.earning.min_sum_kop),
    Row(
        Reason.FUTURE,
        "rejected",
        lambda c: c.purchased_at > c.now + timedelta(minutes=c.rules.limits.future_minutes),
    ),
    Row(Reason.OLD, "rejected", _too_old),
    Row(Reason.BEFORE_VENUE, "rejected", _before_venue),
    Row(Reason.TAKEN, "rejected", lambda c: c.facts.anothers),
    Row(
        Reason.VENUE_CLOSED,
        "rejected",
        lambda c: c.facts.venue_id is not None and not c.facts.venue_open,
    ),
    Row(
        Reason.DAY_LIMIT,
        "rejected",
        lambda c: c.facts.today >= c.rules.limits.per_day_per_guest,
    ),
    Row(
        Reason.VENUE_LIMIT,
        "rejected",
        lambda c: c.facts.today_here >= c.rules.limits.per_venue_per_day,
    ),
    Row(Reason.TOO_SOON, "rejected", lambda c: c.facts.near_here),
    Row(Reason.DISPUTED_NUMBER, "pending", lambda c: c.facts.number_disputed),
    Row(Reason.OWN_VENUE, "pending", lambda c: c.facts.works_here),
    Row(Reason.LARGE, "pending", lambda c: c.qr.total > c.rules.earning.auto_max_kop),
    Row(Reason.UNKNOWN_DRIVE, "pending", lambda c: c.facts.drive_state != "confirmed"),
    Row(Reason.CREDITED, "credited", lambda c: True),
)


def decide(case: Case, waived: Container[Reason] = ()) -> Row:
    """The first row of the table that holds, but for those a person has looked into."""
    return next(row for row in TABLE if row.reason not in waived and row.holds(case))
