"""A guest takes a reward, and lets it go: points are held, never half spent."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events, ledger
from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.database import insert_new, lock_row
from services.errors import NotFound, Refusal
from services.members.models import Member
from services.members.roles import Role, holds
from services.rewards import catalogue
from services.rewards.models import Redemption, Reward

_CODES = 10_000
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Ticket:
    """A redemption as its guest sees it."""

    id: int
    title: Localized
    emoji: str
    venue: Localized
    address: Localized
    price: int
    currency: str
    code: str
    token: str
    state: str
    expires_at: datetime


class SoldOut(Refusal):
    """The stock is used up."""


class OwnVenue(Refusal):
    """Staff neither take nor confirm rewards of their own venue for themselves."""


@dataclass
class GuestLimit(Refusal):
    """The guest has had this reward as often as one guest may."""

    limit: int


@dataclass
class OutsideWindow(Refusal):
    """The reward is given at certain hours only."""

    window: dict[str, Any]


@dataclass
class Ended(Refusal):
    """The reward is not held any more: what became of it, and when."""

    state: str
    at: datetime


async def take(
    tx: AsyncConnection, *, city: CityFacts, member_id: int, reward_id: int, now: datetime
) -> Ticket:
    """Hold the price of the reward and give out a code.

    Raises `NotFound`, `OutsideWindow`, `OwnVenue`, `GuestLimit`, `SoldOut` or
    `ledger.NotEnough`; then nothing has changed.
    """
    await lock_row(tx, Member, member_id)
    reward = await catalogue.one(tx, reward_id, now.astimezone(city.timezone).date())
    if not catalogue.open_now(reward.window, now, city.timezone):
        assert reward.window is not None
        raise OutsideWindow(reward.window)
    if await holds(tx, member_id, (Role.CASHIER, Role.OWNER), reward.venue_id):
        raise OwnVenue
    await _check_guest_limit(tx, member_id, reward)
    await _take_from_stock(tx, reward_id)
    token = secrets.token_urlsafe(16)
    expires_at = now + timedelta(minutes=city.rules.redemption.code_minutes)
    transfer_id = await ledger.hold(
        tx,
        member_id=member_id,
        currency=reward.currency,
        amount=reward.price,
        key=f"redemption:{token}",
        reason=str(reward_id),
        now=now,
        expires_at=expires_at,
    )
    values = {
        "member_id": member_id,
        "reward_id": reward_id,
        "venue_id": reward.venue_id,
        "price": reward.price,
        "currency": reward.currency,
        "token": token,
        "transfer_id": transfer_id,
        "state": "held",
        "created_at": now,
        "expires_at": expires_at,
        "grace_days": city.rules.redemption.grace_days,
    }
    redemption_id, code = await _insert_with_free_code(tx, values)
    await events.record(tx, "redemption", redemption_id, "take", "held", actor_id=member_id, at=now)
    return Ticket(
        redemption_id, reward.title, reward.emoji, reward.venue, reward.address, reward.price,
        reward.currency, code, token, "held", expires_at,
    )  # fmt: skip


async def _check_guest_limit(
    tx: AsyncConnection, member_id: int, reward: catalogue.Offered
) -> None:
    if reward.per_guest is None:
        return
    had = await tx.scalar(
        select(func.count())
        .select_from(Redemption)
        .where(
            Redemption.member_id == member_id,
            Redemption.reward_id == reward.id,
            Redemption.state.in_(("held", "confirmed")),
        )
    )
    if (had or 0) >= reward.per_guest:
        raise GuestLimit(reward.per_guest)


async def _take_from_stock(tx: AsyncConnection, reward_id: int) -> None:
    taken = await tx.execute(
        update(Reward)
        .where(
            Reward.id == reward_id,
            Reward.active,
            (Reward.stock.is_(None)) | (Reward.taken < Reward.stock),
        )
        .values(taken=Reward.taken + 1)
    )
    if taken.rowcount != 1:
        raise SoldOut


async def _insert_with_free_code(tx: AsyncConnection, values: dict[str, Any]) -> tuple[int, str]:
    """A code is unique among all held redemptions; the index decides, not a look."""
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(_CODES):04d}"
        row = await insert_new(tx, Redemption, {**values, "code": code})
        if row is not None:
            return row.id, code
    raise SoldOut


_TICKET = (
    select(
        Redemption.id,
        Reward.title,
        Reward.emoji,
        Venue.name,
        Venue.address,
        Redemption.price,
        Redemption.currency,
        Redemption.code,
        Redemption.token,
        Redemption.state,
        Redemption.expires_at,
    )
    .join(Reward, Reward.id == Redemption.reward_id)
    .join(Venue, Venue.id == Redemption.venue_id)
)


async def held(tx: AsyncConnection, member_id: int, now: datetime) -> list[Ticket]:
    """The guest's open redemptions, the soonest to lapse first."""
    rows = await tx.execute(
        _TICKET.where(
            Redemption.member_id == member_id,
            Redemption.state == "held",
            Redemption.expires_at > now,
        ).order_by(Redemption.expires_at)
    )
    return [Ticket(*row) for row in rows]


async def ticket(tx: AsyncConnection, member_id: int, redemption_id: int) -> Ticket:
    """One redemption of this guest; raises `NotFound` for anybody else's."""
    row = (
        await tx.execute(
            _TICKET.where(Redemption.id == redemption_id, Redemption.member_id == member_id)
        )
    ).first()
    if row is None:
        raise NotFound
    return Ticket(*row)


async def cancel(
    tx: AsyncConnection, *, member_id: int, redemption_id: int, now: datetime
) -> Ticket:
    """The guest lets a held reward go; raises `Ended` when it is not held any more."""
    mine = await ticket(tx, member_id, redemption_id)
    if not await close_held(tx, redemption_id, "released", by=member_id, reason=None, now=now):
        became = select(Redemption.state, Redemption.settled_at)
        row = (await tx.execute(became.where(Redemption.id == redemption_id))).one()
        raise Ended(row.state, row.settled_at)
    return mine


async def close_held(
    tx: AsyncConnection,
    redemption_id: int,
    state: str,
    *,
    by: int | None,
    reason: str | None,
    now: datetime,
) -> bool:
    """Held → released, refused or expired: points and stock go back. False: it was not held."""
    row = (
        await tx.execute(
            update(Redemption)
            .where(Redemption.id == redemption_id, Redemption.state == "held")
            .values(state=state, settled_at=now, settled_by=by, reason=reason)
            .returning(Redemption.reward_id, Redemption.transfer_id, Redemption.grace_days)
        )
    ).first()
    if row is None:
        return False
    await return_to_stock(tx, row.reward_id)
    lapsed = "expired" if state == "expired" else "voided"
    grace = timedelta(days=row.grace_days)
    await ledger.release_hold(tx, row.transfer_id, now, state=lapsed, grace=grace)
    await events.record(
        tx, "redemption", redemption_id, state, state, actor_id=by, at=now, reason=reason
    )
    return True


async def return_to_stock(tx: AsyncConnection, reward_id: int) -> None:
    """One piece of the reward is free again."""
    await tx.execute(update(Reward).where(Reward.id == reward_id).values(taken=Reward.taken - 1))


async def expire_next(tx: AsyncConnection, now: datetime) -> bool:
    """Let one lapsed code go and tell its guest; False when there is none.

    One in a transaction: two would take the accounts of two guests, in no common order.
    """
    due = await tx.execute(
        select(
            Redemption.id,
            Redemption.member_id,
            Redemption.price,
            Redemption.currency,
            Reward.title,
        )
        .join(Reward, Reward.id == Redemption.reward_id)
        .where(Redemption.state == "held", Redemption.expires_at <= now)
        .order_by(Redemption.expires_at)
        .limit(1)
    )
    row = due.first()
    if row is None:
        return False
    if await close_held(tx, row.id, "expired", by=None, reason=None, now=now):
        facts = {"title": row.title, "price": row.price, "currency": row.currency}
        await delivery.tell(tx, row.member_id, "redemption_expired", facts, now)
    return True


async def release_all(tx: AsyncConnection, member_id: int, now: datetime) -> None:
    """Let every held reward of the member go, before the member is deleted."""
    # All of them are locked before the account is, as wherever a redemption is settled.
    held_now = await tx.scalars(
        select(Redemption.id)
        .where(Redemption.member_id == member_id, Redemption.state == "held")
        .order_by(Redemption.id)
        .with_for_update(key_share=True)
    )
    for redemption_id in held_now.all():
        await close_held(tx, redemption_id, "released", by=member_id, reason=None, now=now)
