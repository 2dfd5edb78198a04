"""What the database knows about a receipt before anything is decided: one statement."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, case, exists, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.alerts import Decision, Kind
from services.cities.models import FiscalDrive, Localized, Partner, Till, TillAlert, Venue
from services.database import is_one_of
from services.members.models import Member, RoleGrant
from services.receipts.models import REFUSED_BY_A_PERSON, Receipt
from services.receipts.slip import Slip


@dataclass(frozen=True, slots=True)
class Facts:
    """`venue_*` are None when the device is not known. Counts are of live receipts.

    `till_closed`: the city has looked into the drive and closed it.
    `near_here`: another purchase at the venue is closer in time than the city allows.
    `points_today` could be spent at once, `points_this_month` is all that receipts brought.
    `points_first` could be spent at once so far; None once the guest has come a second time.
    """

    venue_id: int | None
    venue_name: Localized | None
    venue_kind: str | None
    venue_open: bool | None
    joined_on: date | None
    drive_state: str | None
    drive_origin: str | None
    till_closed: bool
    own_id: int | None
    anothers: bool
    number_disputed: bool
    today: int
    today_here: int
    near_here: bool
    points_today: int
    points_first: int | None
    points_this_month: int
    works_here: bool
    member_since: datetime


_NOT_YET = 2**31 - 1
"""No receipt has this id; every one is earlier."""


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The city's calendar day around `moment`, as two UTC moments [start, end)."""
    start = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=1)).replace(tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def month_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The city's calendar month around `moment`, as two UTC moments [start, end)."""
    start = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=31)).replace(day=1)
    return start.astimezone(UTC), end.astimezone(UTC)


_LIVE = is_one_of(Receipt.state, "pending", "credited")
# A purchase that was refunded is over: nobody earns with its receipt again.
_OVER = is_one_of(Receipt.reason, "refunded")
_MINE = Receipt.member_id == bindparam("member_id")
_NUMBER = Receipt.number == bindparam("number")
_SIGN = Receipt.sign == bindparam("sign")
_SAME_DOCUMENT = and_(_NUMBER, or_(_LIVE, _OVER))
_SAME_RECEIPT = and_(_SAME_DOCUMENT, _SIGN)
_KNOWN = and_(_NUMBER, _SIGN, or_(_LIVE, Receipt.state == "reversed", _OVER, REFUSED_BY_A_PERSON))
# A receipt that waited is no limit to itself. What was sent after it was refused if the day was
# full with it; the venue was known to none of them, so there all others count.
_OTHER = Receipt.id != bindparam("waited_id")
_EARLIER = Receipt.id < bindparam("waited_id")
# Both dates count, so that neither late photographs nor hoarded receipts go round a limit.
_TODAY = and_(
    _MINE,
    _LIVE,
    or_(
        and_(
            Receipt.submitted_at >= bindparam("sent_from"),
            Receipt.submitted_at < bindparam("sent_until"),
        ),
        and_(
            Receipt.purchased_at >= bindparam("bought_from"),
            Receipt.purchased_at < bindparam("bought_until"),
        ),
    ),
)
# Another visit is another day, by both dates as well: neither receipts that were hoarded nor one
# day's that are sent on two make a second one.
_ANOTHER_VISIT = and_(
    _MINE,
    Receipt.state == "credited",
    or_(
        Receipt.submitted_at < bindparam("sent_from"),
        Receipt.submitted_at >= bindparam("sent_until"),
    ),
    or_(
        Receipt.purchased_at < bindparam("bought_from"),
        Receipt.purchased_at >= bindparam("bought_until"),
    ),
)
_NEAR = and_(
    _MINE,
    _LIVE,
    _OTHER,
    Receipt.purchased_at > bindparam("near_from"),
    Receipt.purchased_at < bindparam("near_until"),
)
_HERE = and_(_TODAY, _OTHER, Receipt.venue_id == Venue.id)

CLOSED_BY_THE_CITY = and_(
    FiscalDrive.state == "closed",
    exists().where(
        TillAlert.drive == FiscalDrive.fn,
        or_(
            and_(TillAlert.state == Decision.CLOSE, TillAlert.kind != Kind.CLAIMED),
            # The registry said so before, and is right.
            and_(TillAlert.state == Decision.KEEP, TillAlert.kind == Kind.CLOSED),
        ),
    ),
)
"""Of a drive in a statement; one that only the pack has left out may print good receipts yet."""


def _of_receipts(what: Any, *where: Any) -> Any:
    return select(what).select_from(Receipt).where(*where).correlate(Venue).scalar_subquery()


_FACTS = (
    select(
        Venue.id.label("venue_id"),
        Venue.name.label("venue_name"),
        Venue.kind.label("venue_kind"),
        and_(Venue.state == "active", Partner.active, Till.active).label("venue_open"),
        Venue.joined_on.label("joined_on"),
        FiscalDrive.state.label("drive_state"),
        FiscalDrive.origin.label("drive_origin"),
        case((CLOSED_BY_THE_CITY, true()), else_=false()).label("till_closed"),
        _of_receipts(func.max(Receipt.id), _KNOWN, _MINE).label("own_id"),
        exists().where(_SAME_RECEIPT, ~_MINE).label("anothers"),
        exists().where(_SAME_DOCUMENT, Receipt.sign != bindparam("sign")).label("number_disputed"),
        _of_receipts(func.count(), _TODAY, _EARLIER).label("today"),
        _of_receipts(func.count(), _HERE).label("today_here"),
        exists().where(_NEAR, Receipt.venue_id == Venue.id).correlate(Venue).label("near_here"),
        _of_receipts(
            func.coalesce(func.sum(Receipt.points_now), 0),
            _MINE,
            Receipt.submitted_at >= bindparam("sent_from"),
            Receipt.submitted_at < bindparam("sent_until"),
        ).label("points_today"),
        case(
            (
                ~exists().where(_ANOTHER_VISIT),
                _of_receipts(func.coalesce(func.sum(Receipt.points_now), 0), _MINE),
            )
        ).label("points_first"),
        _of_receipts(
            func.coalesce(func.sum(Receipt.points), 0),
            _MINE,
            Receipt.state == "credited",
            # All of the month: while one waited, later ones were credited without it.
            Receipt.submitted_at >= bindparam("month_from"),
            Receipt.submitted_at < bindparam("month_until"),
        ).label("points_this_month"),
        exists()
        .where(
            RoleGrant.member_id == bindparam("member_id"),
            RoleGrant.venue_id == Venue.id,
            RoleGrant.revoked_at.is_(None),
        )
        .correlate(Venue)
        .label("works_here"),
        select(Member.created_at)
        .where(Member.id == bindparam("member_id"))
        .scalar_subquery()
        .label("member_since"),
    )
    .select_from(select(1).subquery("one"))
    .outerjoin(FiscalDrive, FiscalDrive.fn == bindparam("drive"))
    .outerjoin(Till, Till.id == FiscalDrive.till_id)
    .outerjoin(Venue, Venue.id == Till.venue_id)
    .outerjoin(Partner, Partner.id == Venue.partner_id)
)


async def gather(
    tx: AsyncConnection,
    *,
    member_id: int,
    slip: Slip,
    purchased_at: datetime | None,
    apart: timedelta,
    zone: ZoneInfo,
    now: datetime,
    waited_id: int | None = None,
) -> Facts:
    """Everything `services.receipts.verdict` asks about, seen inside the transaction.

    For a receipt that waited (`waited_id`), `now` is when it was sent. One whose moment of
    purchase is not known yet is taken to be bought when it was sent.
    """
    bought_at = purchased_at or now
    sent_from, sent_until = day_of(now, zone)
    bought_from, bought_until = day_of(bought_at, zone)
    month_from, month_until = month_of(now, zone)
    found = await tx.execute(
        _FACTS,
        {
            "member_id": member_id,
            "number": slip.number,
            "sign": slip.sign,
            "drive": slip.device,
            "sent_from": sent_from,
            "sent_until": sent_until,
            "bought_from": bought_from,
            "bought_until": bought_until,
            "near_from": bought_at - apart,
            "near_until": bought_at + apart,
            "month_from": month_from,
            "month_until": month_until,
            "waited_id": _NOT_YET if waited_id is None else waited_id,
        },
    )
    return Facts(**found.mappings().one())
