"""The decision table: which receipts earn, wait or are refused, and why.

Rows are tried from the top; the first that holds decides. The same table is asked when a receipt
comes in, when a verifier has answered and when a person has looked into it.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from services.cities.rules import Rules
from services.receipts.chain import OFFLINE, Chain
from services.receipts.facts import Facts
from services.receipts.slip import Slip

State = Literal["credited", "pending", "rejected", "reversed"]


class Reason(StrEnum):
    """Why a receipt is where it is; `handlers.chat.receipts` has a sentence for each."""

    TEST_DRIVE = "test_drive"
    REFUND = "refund"
    NOT_A_SALE = "not_a_sale"
    SMALL = "small"
    FUTURE = "future"
    OLD = "old"
    BEFORE_CARD = "before_card"
    BEFORE_VENUE = "before_venue"
    TAKEN = "taken"
    MISMATCH = "mismatch"
    TILL_CLOSED = "till_closed"
    CORRECTION = "correction"
    NOT_A_PARTNER = "not_a_partner"
    NOTHING_COUNTS = "nothing_counts"
    VENUE_CLOSED = "venue_closed"
    DAY_LIMIT = "day_limit"
    VENUE_LIMIT = "venue_limit"
    TOO_SOON = "too_soon"
    MONTH_LIMIT = "month_limit"
    DISPUTED_NUMBER = "disputed_number"
    FROZEN_TILL = "frozen_till"
    OWN_VENUE = "own_venue"
    LARGE = "large"
    SUSPICIOUS = "suspicious"
    UNCONFIRMED_TILL = "unconfirmed_till"
    UNKNOWN_DRIVE = "unknown_drive"
    TYPED = "typed"
    CHECKING = "checking"
    RETURNED = "returned"
    """A refund may be of it: a person looks before it earns."""
    CREDITED = "credited"
    # Of receipts that waited, were answered for or taken back: the table does not know them.
    NOT_FOUND = "not_found"
    UNDECIDED = "undecided"
    CHOSEN = "chosen"
    """A person has decided for it; it earns in the next step, in a transaction of its own."""
    FORGED = "forged"
    CANCELLED = "cancelled"
    """The seller has annulled it."""
    NEVER_KNOWN = "never_known"
    NOT_GENUINE = "not_genuine"
    STAFF_PURCHASE = "staff_purchase"
    REFUNDED = "refunded"
    CLAIMED = "claimed"
    """Another guest has shown that the purchase was theirs."""
    LEFT = "left"
    """The guest has deleted their card."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a verified ticket adds. Sums in kopecks; `excluded` and `unpaid` earn nothing.

    `fits`: its fields are those of the code. `sound`: an ordinary receipt with right numbers.
    `partner`: its seller takes part. `awaited`: its till waits for the partner's word.
    """

    base: int
    excluded: int
    unpaid: int
    fits: bool
    sound: bool
    partner: bool
    awaited: bool
    seller_name: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """All that a row of the table may look at.

    `purchased_at` and the slip's total are None while only the seller's service knows them.
    `now` is when the receipt was sent. `checked` is None until a verifier has found it.
    `signals` name what looked odd; together they may make it `suspicious`. `typed`: its numbers
    were typed in, no code was seen. `returned`: a refund may be of it.
    """

    slip: Slip
    facts: Facts
    rules: Rules
    zone: ZoneInfo
    purchased_at: datetime | None
    now: datetime
    chain: Chain = OFFLINE
    checked: Checked | None = None
    suspicious: bool = False
    signals: tuple[str, ...] = ()
    typed: bool = False
    returned: bool = False

    @property
    def total(self) -> int | None:
        """In kopecks."""
        return self.slip.total

    @property
    def base(self) -> int:
        """The part of the total that earns, as far as it is known."""
        return self.checked.base if self.checked else self.slip.total or 0

    @property
    def known(self) -> bool:
        """The venue is known and its till is not in question."""
        return self.facts.drive_state == "confirmed"


@dataclass(frozen=True, slots=True)
class Row:
    reason: Reason
    state: State
    holds: Callable[[Case], bool]


def _small(case: Case) -> bool:
    return case.total is not None and case.total < case.rules.earning.min_sum_kop


def _future(case: Case) -> bool:
    allowed = timedelta(minutes=case.rules.limits.future_minutes)
    return case.purchased_at is not None and case.purchased_at > case.now + allowed


def _too_old(case: Case) -> bool:
    allowed = timedelta(hours=case.rules.limits.max_age_hours)
    return case.purchased_at is not None and case.now - case.purchased_at > allowed


def _before_card(case: Case) -> bool:
    allowed = timedelta(hours=case.rules.limits.before_card_hours)
    return case.purchased_at is not None and case.purchased_at < case.facts.member_since - allowed


def _before_venue(case: Case) -> bool:
    joined = case.facts.joined_on
    if joined is None or case.purchased_at is None:
        return False
    return case.purchased_at.astimezone(case.zone).date() < joined


def _till_closed(case: Case) -> bool:
    if case.facts.drive_state != "closed":
        return False
    # A service's word on one that only the pack has left out is the city's to look into.
    return case.facts.till_closed or not case.chain.services(case.slip.adapter)


def _nothing_counts(case: Case) -> bool:
    return case.checked is not None and case.checked.base < case.rules.earning.min_sum_kop


def _month_is_full(case: Case) -> bool:
    cap = case.rules.limits.points_per_month
    return cap is not None and case.facts.points_this_month >= cap


def _large(case: Case) -> bool:
    return case.total is not None and case.total > case.rules.earning.auto_max_kop


def _ask_first(case: Case) -> bool:
    if case.checked is not None:
        return False
    if case.typed or case.total is None:
        return True
    # An owner's numbers prove the till, not that this drive is in it: one receipt is looked up.
    named = case.facts.drive_origin == "owner" and bool(case.chain.services(case.slip.adapter))
    return named or not case.chain.trusts_tills(case.slip.adapter)


def _only_typed(case: Case) -> bool:
    """Anybody can type the number of a till; a code has at least been seen on paper."""
    return case.typed and case.checked is None and not case.chain.services(case.slip.adapter)


TABLE: tuple[Row, ...] = (
    Row(
        Reason.TEST_DRIVE,
        "rejected",
        lambda c: c.slip.device.startswith(tuple(c.rules.test_drives)),
    ),
    Row(Reason.REFUND, "rejected", lambda c: c.slip.operation == 2),
    Row(Reason.NOT_A_SALE, "rejected", lambda c: c.slip.operation != 1),
    Row(Reason.SMALL, "rejected", _small),
    Row(Reason.FUTURE, "rejected", _future),
    Row(Reason.OLD, "rejected", _too_old),
    Row(Reason.BEFORE_CARD, "rejected", _before_card),
    Row(Reason.BEFORE_VENUE, "rejected", _before_venue),
    Row(Reason.TAKEN, "rejected", lambda c: c.facts.anothers),
    Row(Reason.MISMATCH, "rejected", lambda c: c.checked is not None and not c.checked.fits),
    Row(Reason.TILL_CLOSED, "rejected", _till_closed),
    Row(Reason.CORRECTION, "pending", lambda c: c.checked is not None and not c.checked.sound),
    Row(
        Reason.NOT_A_PARTNER,
        "rejected",
        lambda c: c.checked is not None and not c.checked.partner and c.facts.drive_state is None,
    ),
    Row(Reason.NOTHING_COUNTS, "rejected", _nothing_counts),
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
    Row(Reason.MONTH_LIMIT, "rejected", _month_is_full),
    Row(
        Reason.DISPUTED_NUMBER,
        "pending",
        lambda c: c.facts.number_disputed and c.checked is None,
    ),
    Row(Reason.FROZEN_TILL, "pending", lambda c: c.facts.drive_state == "frozen"),
    Row(Reason.OWN_VENUE, "pending", lambda c: c.facts.works_here),
    Row(Reason.LARGE, "pending", _large),
    Row(Reason.SUSPICIOUS, "pending", lambda c: c.suspicious),
    Row(
        Reason.UNCONFIRMED_TILL,
        "pending",
        lambda c: c.checked is not None and c.checked.awaited and not c.known,
    ),
    Row(Reason.UNKNOWN_DRIVE, "pending", lambda c: c.slip.total is not None and not c.known),
    Row(Reason.TYPED, "pending", _only_typed),
    Row(Reason.CHECKING, "pending", _ask_first),
    Row(Reason.RETURNED, "pending", lambda c: c.returned),
    Row(Reason.CREDITED, "credited", lambda c: True),
)


def decide(case: Case, waived: Container[Reason] = ()) -> Row:
    """The first row of the table that holds, but for those a person has looked into."""
    return next(row for row in TABLE if row.reason not in waived and row.holds(case))
