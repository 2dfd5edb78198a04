"""What the database knows about a receipt before anything is decided: one statement."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import FiscalDrive, Localized, Partner, Till, Venue
from services.members.models import RoleGrant
from services.receipts.models import Receipt
from services.receipts.qr import FiscalQr


@dataclass(frozen=True, slots=True)
class Facts:
    """`venue_*` are None when the fiscal drive is not known. Counts exclude rejected receipts."""

    venue_id: int | None
    venue_name: Localized | None
    venue_kind: str | None
    venue_open: bool | None
    joined_on: date | None
    drive_state: str | None
    own_id: int | None
    anothers: bool
    number_disputed: bool
    today: int
    today_here: int
    latest_here: datetime | None
    points_today: int
    works_here: bool


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The city's calendar day around `moment`, as two UTC moments [start, end)."""
    start = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=1)).replace(tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


async def gather(
    tx: AsyncConnection,
    *,
    member_id: int,
    qr: FiscalQr,
    purchased_at: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> Facts:
    """Everything `services.receipts.verdict` asks about, seen inside the transaction."""
    live = Receipt.state != "rejected"
    mine = Receipt.member_id == member_id
    same_document = and_(Receipt.number == qr.number, live)
    same_receipt = and_(same_document, Receipt.sign == str(qr.sign))
    today = and_(mine, live, _on_day_of(zone, now, purchased_at))
    here = and_(today, Receipt.venue_id == Venue.id)
    sent_today = and_(mine, Receipt.submitted_at >= day_of(now, zone)[0])
    found = await tx.execute(
        select(
            Venue.id.label("venue_id"),
            Venue.name.label("venue_name"),
            Venue.kind.label("venue_kind"),
            and_(Venue.state == "active", Partner.active, Till.active).label("venue_open"),
            Venue.joined_on.label("joined_on"),
            FiscalDrive.state.label("drive_state"),
            _of_receipts(func.max(Receipt.id), same_receipt, mine).label("own_id"),
            exists().where(same_receipt, ~mine).label("anothers"),
            exists().where(same_document, Receipt.sign != str(qr.sign)).label("number_disputed"),
            _of_receipts(func.count(), today).label("today"),
            _of_receipts(func.count(), here).label("today_here"),
            _of_receipts(func.max(Receipt.purchased_at), here).label("latest_here"),
            _of_receipts(func.coalesce(func.sum(Receipt.points_now), 0), sent_today).label(
                "points_today"
            ),
            exists()
            .where(
                RoleGrant.member_id == member_id,
                RoleGrant.venue_id == Venue.id,
                RoleGrant.revoked_at.is_(None),
            )
            .correlate(Venue)
            .label("works_here"),
        )
        .select_from(select(1).subquery("one"))
        .outerjoin(FiscalDrive, FiscalDrive.fn == qr.drive)
        .outerjoin(Till, Till.id == FiscalDrive.till_id)
        .outerjoin(Venue, Venue.id == Till.venue_id)
        .outerjoin(Partner, Partner.id == Venue.partner_id)
    )
    return Facts(**found.mappings().one())


def _of_receipts(what: Any, *where: Any) -> Any:
    return select(what).select_from(Receipt).where(*where).correlate(Venue).scalar_subquery()


def _on_day_of(zone: ZoneInfo, submitted: datetime, purchased: datetime) -> ColumnElement[bool]:
    # Both dates count, so that neither late photographs nor hoarded receipts go round a limit.
    sent_from, sent_until = day_of(submitted, zone)
    bought_from, bought_until = day_of(purchased, zone)
    return or_(
        and_(Receipt.submitted_at >= sent_from, Receipt.submitted_at < sent_until),
        and_(Receipt.purchased_at >= bought_from, Receipt.purchased_at < bought_until),
    )
