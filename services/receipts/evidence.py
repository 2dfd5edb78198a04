"""What looks odd about a receipt, read from what is known of it: pure rules, no database.

Every signal has an innocent explanation; how much each counts is the city's to say
(`rules.suspicion`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from services.cities.opening import is_open
from services.cities.rules import Suspicion

MONTH = timedelta(days=30)
WEEK = timedelta(days=7)
_DAILY = timedelta(hours=20)
_TO_THE_MINUTE = timedelta(minutes=1)
"""A code cuts the seconds off."""


class Signal(StrEnum):
    """What looked odd; `Weights` has a field of each name.

    ORDER: a fiscal drive numbers its documents in time (54-ФЗ), yet a credited receipt of the
    drive says otherwise by more than `clock_minutes`. Innocent: the till's clock was set back.

    SPEED: more than `documents_per_minute` documents lie between this receipt and the next
    credited one of the drive. Innocent: one drive that serves many terminals or vehicles.

    HOURS: bought more than `closed_minutes` outside the opening hours, where the city knows
    them. Innocent: a long evening, a holiday, hours that have changed.

    NEIGHBOURS: the guest sent another receipt of the drive, at most `neighbour_documents` and
    `neighbour_minutes` away, be it refused: receipts picked up at the till or a split bill
    (other programmes name both as fraud seen). Innocent: a second coffee at an empty counter.

    EVEN_INTERVALS: the last `even_count` receipts were sent at distances that differ by at most
    `even_percent` of them and two minutes: a program sends them. Innocent: hardly any, within
    a day; whoever has a coffee at half past eight every morning is no program.

    SAME_SUM: `same_sum_count` of the last ten have the same total at the same venue. Innocent:
    somebody always drinks the same coffee.

    CONCENTRATION: more than `concentration_percent` of at least `concentration_count` receipts of
    thirty days are of one venue: staff collect what guests leave. Innocent: an office next door.

    ONE_TILL: with this one more than `one_till_count` receipts of seven days are of one fiscal
    drive: whoever stands at the till sends what guests leave. Innocent: breakfast at the same bar.

    QUICK: sent within `quick_seconds` of the till's time, and not for the first time:
    `quick_count` of the last ten, as when staff scan at the till. Innocent: a screen at the till
    that shows the code; a single one says nothing.

    UNUSUAL_DRIVE: the drive's number begins like no known series, and it is in no registered
    till. Innocent: a new series.

    STAFF_NEAR: the guest works at another venue of the same partner (at the venue itself the
    decision table holds the receipt). Innocent: lunch with a colleague.
    """

    ORDER = "order"
    SPEED = "speed"
    HOURS = "hours"
    NEIGHBOURS = "neighbours"
    EVEN_INTERVALS = "even_intervals"
    SAME_SUM = "same_sum"
    CONCENTRATION = "concentration"
    ONE_TILL = "one_till"
    QUICK = "quick"
    UNUSUAL_DRIVE = "unusual_drive"
    STAFF_NEAR = "staff_near"


@dataclass(frozen=True, slots=True)
class Sent:
    """An earlier receipt of the same guest, whatever became of it."""

    total: int | None
    venue_id: int | None
    purchased_at: datetime | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the signals are read from.

    `bought` is the till's clock, local and without a zone. `beside` are the credited receipts of
    the drive next below and above, as (document, moment of purchase). `recent` are the guest's
    last receipts, newest first; `month` and `month_here` count those of thirty days that live, this
    one not among them, and `week_of_drive` those of seven days and this drive. `opening` is the
    venue's, None when it is not known.
    """

    document: int | None
    total: int | None
    venue_id: int | None
    bought: datetime
    purchased_at: datetime
    now: datetime
    usual_drive: bool = True
    beside: Sequence[tuple[int, datetime]] = ()
    opening: Mapping[str, Sequence[Sequence[str]]] | None = None
    neighbours: bool = False
    staff_near: bool = False
    recent: Sequence[Sent] = ()
    month: int = 0
    month_here: int = 0
    week_of_drive: int = 0


def _out_of_order(seen: Evidence, limits: Suspicion) -> bool:
    clock = timedelta(minutes=limits.clock_minutes)
    return any(
        seen.purchased_at < moment - clock
        if document < (seen.document or 0)
        else seen.purchased_at > moment + clock
        for document, moment in seen.beside
    )


def _too_fast(seen: Evidence, limits: Suspicion) -> bool:
    return any(
        abs(document - (seen.document or 0)) * _TO_THE_MINUTE
        > limits.documents_per_minute * (abs(seen.purchased_at - moment) + _TO_THE_MINUTE)
        for document, moment in seen.beside
    )


def _closed(seen: Evidence, limits: Suspicion) -> bool:
    slack = timedelta(minutes=limits.closed_minutes)
    return seen.opening is not None and not is_open(seen.opening, seen.bought, slack)


def _even(seen: Evidence, limits: Suspicion) -> bool:
    moments = [seen.now, *(sent.submitted_at for sent in seen.recent)][: limits.even_count]
    if len(moments) < limits.even_count:
        return False
    gaps = [later - earlier for later, earlier in pairwise(moments)]
    mean = sum(gaps, timedelta()) / len(gaps)
    if mean >= _DAILY:
        return False
    return max(gaps) - min(gaps) <= min(mean * limits.even_percent / 100, timedelta(minutes=2))


def _same_sum(seen: Evidence, limits: Suspicion) -> bool:
    if seen.total is None or seen.venue_id is None:
        return False
    this = (seen.total, seen.venue_id)
    same = sum((sent.total, sent.venue_id) == this for sent in seen.recent)
    return same + 1 >= limits.same_sum_count


def _concentrated(seen: Evidence, limits: Suspicion) -> bool:
    if seen.venue_id is None or seen.month + 1 < limits.concentration_count:
        return False
    return (seen.month_here + 1) * 100 > (seen.month + 1) * limits.concentration_percent


def _at_one_till(seen: Evidence, limits: Suspicion) -> bool:
    return seen.week_of_drive + 1 > limits.one_till_count


def _quick(seen: Evidence, limits: Suspicion) -> bool:
    def quick(purchased_at: datetime | None, submitted_at: datetime) -> bool:
        if purchased_at is None:
            return False
        return timedelta() <= submitted_at - purchased_at <= timedelta(seconds=limits.quick_seconds)

    before = sum(quick(sent.purchased_at, sent.submitted_at) for sent in seen.recent)
    return quick(seen.purchased_at, seen.now) and before + 1 >= limits.quick_count


_CHECKS: Mapping[Signal, Callable[[Evidence, Suspicion], bool]] = {
    Signal.ORDER: _out_of_order,
    Signal.SPEED: _too_fast,
    Signal.HOURS: _closed,
    Signal.NEIGHBOURS: lambda seen, _limits: seen.neighbours,
    Signal.EVEN_INTERVALS: _even,
    Signal.SAME_SUM: _same_sum,
    Signal.CONCENTRATION: _concentrated,
    Signal.ONE_TILL: _at_one_till,
    Signal.QUICK: _quick,
    Signal.UNUSUAL_DRIVE: lambda seen, _limits: not seen.usual_drive,
    Signal.STAFF_NEAR: lambda seen, _limits: seen.staff_near,
}


def read(seen: Evidence, limits: Suspicion) -> tuple[Signal, ...]:
    """The signals in the evidence, in their own order."""
    return tuple(signal for signal in Signal if _CHECKS[signal](seen, limits))
