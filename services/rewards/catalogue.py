"""What is on offer: the rewards of open venues, as a guest sees them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import Localized, Partner, Venue
from services.errors import NotFound
from services.rewards.models import Reward


@dataclass(frozen=True, slots=True)
class Offered:
    """A reward with its venue. `left` is None when the stock has no limit."""

    id: int
    title: Localized
    terms: Localized
    emoji: str
    price: int
    currency: str
    left: int | None
    per_guest: int | None
    ends_on: date | None
    window: dict[str, Any] | None
    venue_id: int
    venue: Localized
    address: Localized
    hours: Localized


@dataclass(frozen=True, slots=True)
class VenueOffer:
    """A venue and how many rewards it has now."""

    id: int
    name: Localized
    kind: str
    rewards: int


def _offered() -> Select[Any]:
    return (
        select(
            Reward.id,
            Reward.title,
            Reward.terms,
            Reward.emoji,
            Reward.price,
            Reward.currency,
            Reward.stock - Reward.taken,
            Reward.per_guest,
            Reward.ends_on,
            Reward.window,
            Venue.id,
            Venue.name,
            Venue.address,
            Venue.hours,
        )
        .join(Venue, Venue.id == Reward.venue_id)
        .join(Partner, Partner.id == Venue.partner_id)
        .where(Reward.active, Venue.state == "active", Partner.active)
    )


def _on(day: date) -> tuple[Any, ...]:
    return (
        (Reward.starts_on.is_(None)) | (Reward.starts_on <= day),
        (Reward.ends_on.is_(None)) | (Reward.ends_on >= day),
    )


def _row(row: Row[Any]) -> Offered:
    return Offered(*tuple(row))


async def offered(
    tx: AsyncConnection,
    *,
    city_id: int,
    day: date,
    venue_id: int | None = None,
    at_most: int | None = None,
    currency: str | None = None,
) -> list[Offered]:
    """Rewards valid on `day` (the city's date), cheapest first; sold-out ones come last.

    `at_most` is an amount of `currency`; what is sold out cannot be afforded.
    """
    query = _offered().where(Reward.city_id == city_id, *_on(day))
    if venue_id is not None:
        query = query.where(Reward.venue_id == venue_id)
    if currency is not None:
        query = query.where(Reward.currency == currency)
    if at_most is not None:
        query = query.where(Reward.price <= at_most)
        query = query.where((Reward.stock.is_(None)) | (Reward.taken < Reward.stock))
    sold_out = (Reward.stock.is_not(None)) & (Reward.taken >= Reward.stock)
    rows = await tx.execute(query.order_by(sold_out, Reward.price, Reward.id))
    return [_row(row) for row in rows]


async def one(tx: AsyncConnection, reward_id: int, day: date) -> Offered:
    """A reward on offer; raises `NotFound` when it is not, or no longer."""
    row = (await tx.execute(_offered().where(Reward.id == reward_id, *_on(day)))).first()
    if row is None:
        raise NotFound
    return _row(row)


async def venues_with_rewards(tx: AsyncConnection, *, city_id: int, day: date) -> list[VenueOffer]:
    """The venues that offer something on `day`, in the pack's order."""
    counts: dict[int, int] = {}
    for reward in await offered(tx, city_id=city_id, day=day):
        counts[reward.venue_id] = counts.get(reward.venue_id, 0) + 1
    rows = await tx.execute(
        select(Venue.id, Venue.name, Venue.kind).where(Venue.id.in_(counts)).order_by(Venue.id)
    )
    return [VenueOffer(r[0], r[1], r[2], counts[r[0]]) for r in rows]


def open_now(window: dict[str, Any] | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a reward's window is open at `now`, by the city's clock."""
    if window is None:
        return True
    local = now.astimezone(zone)
    open_today = local.weekday() in window["days"]
    return open_today and window["from"] <= f"{local:%H:%M}" < window["until"]
