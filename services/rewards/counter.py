"""The other side of the counter: a cashier looks a code up, confirms, refuses or undoes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services import delivery, events, ledger
from services.cities import CityFacts
from services.cities.models import Localized, Venue
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members import attempts
from services.members.models import Member, RoleGrant
from services.members.roles import Role, require
from services.receipts.models import Receipt
from services.rewards.models import Redemption, Reward
from services.rewards.redeem import OwnVenue, close_held, return_to_stock

_STAFF = (Role.CASHIER, Role.OWNER)
_WRONG_CODE = "wrong_code"


class RefusalReason(StrEnum):
    """Why a cashier does not give the reward."""

    OUT_OF_STOCK = "out_of_stock"
    NOT_SERVED_NOW = "not_served_now"
    OTHER_GUEST = "other_guest"
    OTHER = "other"


class UndoReason(StrEnum):
    """Why a cashier takes a confirmation back."""

    MISTAKE = "mistake"
    GUEST_CHANGED_MIND = "guest_changed_mind"
    NOT_GIVEN = "not_given"


class CodeExpired(Refusal):
    """The code has lapsed; the points are back with the guest."""


@dataclass
class Settled(Refusal):
    """Somebody was first: the redemption is in `state` since `at`."""

    state: str
    at: datetime


class OtherVenue(Refusal):
    """The code belongs to another venue."""


class TooLate(Refusal):
    """The time in which a confirmation can be undone is over."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What the cashier sees: the reward, and the guest behind a mask."""

    id: int
    token: str
    title: Localized
    terms: Localized
    emoji: str
    price: int
    currency: str
    venue: Localized
    guest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wrong:
    """No held redemption of the cashier's venues has this code."""

    left: int


@dataclass(frozen=True, slots=True)
class Today:
    """The owner's day at one venue. Sums in kopecks."""

    venue: Localized
    redemptions: int
    points: int
    refused: int
    receipts: int
    turnover: int


@dataclass(frozen=True, slots=True)
class Done:
    """A line of the day's list of confirmed redemptions."""

    id: int
    title: Localized
    emoji: str
    price: int
    currency: str
    at: datetime
    cashier: str
    can_undo: bool


_SEEN = (
    select(
        Redemption.id,
        Redemption.token,
        Reward.title,
        Reward.terms,
        Reward.emoji,
        Redemption.price,
        Redemption.currency,
        Venue.name.label("venue"),
        Member.name.label("guest"),
        Redemption.expires_at,
        Redemption.state,
        Redemption.venue_id,
        Redemption.member_id,
        Redemption.settled_at,
    )
    .join(Reward, Reward.id == Redemption.reward_id)
    .join(Venue, Venue.id == Redemption.venue_id)
    .join(Member, Member.id == Redemption.member_id)
)


def mask(name: str) -> str:
    """The first letter of each of two words at most: «Иван Петров» → «И. П.»; "" of no name."""
    words = ["".join(filter(str.isalpha, word)) for word in name.split()]
    return " ".join(f"{word[0].upper()}." for word in [word for word in words if word][:2])


def _venues_of(member_id: int) -> Select[Any]:
    return select(RoleGrant.venue_id).where(
        RoleGrant.member_id == member_id,
        RoleGrant.role.in_(_STAFF),
        RoleGrant.revoked_at.is_(None),
    )


async def by_code(
    tx: AsyncConnection, *, city: CityFacts, cashier_id: int, code: str, now: datetime
) -> Presented | Wrong:
    """The held redemption with this code at a venue of the cashier.

    A wrong code is counted; too many raise `attempts.TooMany`. The guest's own confirmation
    raises `OwnVenue`.
    """
    strikes = city.rules.redemption.wrong_codes
    await attempts.check(tx, cashier_id, _WRONG_CODE, strikes, now)
    row = (
        await tx.execute(
            _SEEN.where(
                Redemption.code == code,
                Redemption.state == "held",
                Redemption.expires_at > now,
                Redemption.venue_id.in_(_venues_of(cashier_id)),
            )
        )
    ).first()
    if row is None:
        await attempts.record(tx, cashier_id, _WRONG_CODE, now)
        return Wrong(await attempts.left(tx, cashier_id, _WRONG_CODE, strikes, now))
    return _presented(row, cashier_id)


async def by_token(tx: AsyncConnection, *, cashier_id: int, token: str, now: datetime) -> Presented:
    """The redemption behind a QR; the token cannot be guessed, so refusals may be exact."""
    row = await _row(tx, Redemption.token == token)
    await _check_staff(tx, cashier_id, row.venue_id)
    _check_open(row, now)
    return _presented(row, cashier_id)


async def _check_staff(tx: AsyncConnection, cashier_id: int, venue_id: int) -> None:
    venues = set((await tx.scalars(_venues_of(cashier_id))).all())
    if not venues:
        raise NotAllowed
    if venue_id not in venues:
        raise OtherVenue


def _check_open(row: Any, now: datetime) -> None:
    if row.state == "expired" or (row.state == "held" and row.expires_at <= now):
        raise CodeExpired
    if row.state != "held":
        raise Settled(row.state, row.settled_at)


def _presented(row: Any, cashier_id: int) -> Presented:
    if row.member_id == cashier_id:
        raise OwnVenue
    return Presented(
        id=row.id,
        token=row.token,
        title=row.title,
        terms=row.terms,
        emoji=row.emoji,
        price=row.price,
        currency=row.currency,
        venue=row.venue,
        guest=mask(row.guest),
        expires_at=row.expires_at,
    )


async def _row(tx: AsyncConnection, which: ColumnElement[bool]) -> Any:
    row = (await tx.execute(_SEEN.where(which))).first()
    if row is None:
        raise NotFound
    return row


async def confirm(tx: AsyncConnection, *, token: str, cashier_id: int, now: datetime) -> Presented:
    """Held → confirmed, once. Raises what `by_token` raises; then nothing has changed.

    The token proves that the guest's code or QR was presented: ids could be counted through.
    """
    row = await _row(tx, Redemption.token == token)
    await _check_staff(tx, cashier_id, row.venue_id)
    shown = _presented(row, cashier_id)
    moved = (
        await tx.execute(
            update(Redemption)
            .where(
                Redemption.id == row.id,
                Redemption.state == "held",
                Redemption.expires_at > now,
            )
            .values(state="confirmed", settled_at=now, settled_by=cashier_id)
            .returning(Redemption.transfer_id)
        )
    ).first()
    if moved is None:
        _check_open(await _row(tx, Redemption.id == row.id), now)
        raise Changed
    await ledger.confirm_hold(tx, moved.transfer_id, now)
    await events.record(
        tx, "redemption", row.id, "confirm", "confirmed", actor_id=cashier_id, at=now
    )
    await _tell(tx, row, "redemption_confirmed", {}, now)
    return shown


async def refuse(
    tx: AsyncConnection,
    *,
    token: str,
    cashier_id: int,
    reason: RefusalReason,
    now: datetime,
) -> Presented:
    """Held → refused with a reason; points and stock go back and the guest is told why."""
    row = await _row(tx, Redemption.token == token)
    await _check_staff(tx, cashier_id, row.venue_id)
    shown = _presented(row, cashier_id)
    if not await close_held(tx, row.id, "refused", by=cashier_id, reason=reason, now=now):
        _check_open(await _row(tx, Redemption.id == row.id), now)
        raise Changed
    await _tell(tx, row, "redemption_refused", {"reason": reason}, now)
    return shown


async def undo(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    redemption_id: int,
    cashier_id: int,
    reason: UndoReason,
    now: datetime,
) -> Presented:
    """Confirmed → undone while it is fresh; the points go back and the guest is told."""
    row = await _row(tx, Redemption.id == redemption_id)
    await _check_staff(tx, cashier_id, row.venue_id)
    shown = _presented(row, cashier_id)
    since = now - timedelta(minutes=city.rules.redemption.undo_minutes)
    moved = (
        await tx.execute(
            update(Redemption)
            .where(
                Redemption.id == redemption_id,
                Redemption.state == "confirmed",
                Redemption.settled_at > since,
            )
            .values(state="undone", settled_at=now, settled_by=cashier_id, reason=reason)
            .returning(Redemption.transfer_id, Redemption.reward_id, Redemption.grace_days)
        )
    ).first()
    if moved is None:
        latest = await _row(tx, Redemption.id == redemption_id)
        if latest.state == "confirmed":
            raise TooLate
        raise Settled(latest.state, latest.settled_at or latest.expires_at)
    await return_to_stock(tx, moved.reward_id)
    await ledger.refund(
        tx,
        transfer_id=moved.transfer_id,
        key=f"undo:{redemption_id}",
        reason=reason,
        now=now,
        grace=timedelta(days=moved.grace_days),
    )
    await events.record(
        tx, "redemption", redemption_id, "undo", "undone", actor_id=cashier_id, at=now,
        reason=reason,
    )  # fmt: skip
    await _tell(tx, row, "redemption_undone", {"reason": reason}, now)
    return shown


async def _tell(
    tx: AsyncConnection, row: Any, kind: str, more: dict[str, str], now: datetime
) -> None:
    facts = {
        "title": row.title,
        "emoji": row.emoji,
        "venue": row.venue,
        "price": row.price,
        "currency": row.currency,
        **more,
    }
    await delivery.tell(tx, row.member_id, kind, facts, now)


async def today(tx: AsyncConnection, *, venue_id: int, owner_id: int, start: datetime) -> Today:
    """Counts of the venue since `start`, for its owner."""
    await require(tx, owner_id, (Role.OWNER,), venue_id)
    here = (Redemption.venue_id == venue_id, Redemption.settled_at >= start)
    bought = (
        Receipt.venue_id == venue_id,
        Receipt.submitted_at >= start,
        Receipt.state == "credited",
    )
    row = (
        await tx.execute(
            select(
                Venue.name,
                _sum(func.count(), Redemption, *here, Redemption.state == "confirmed"),
                _sum(
                    func.sum(Redemption.price), Redemption, *here, Redemption.state == "confirmed"
                ),
                _sum(func.count(), Redemption, *here, Redemption.state == "refused"),
                _sum(func.count(), Receipt, *bought),
                _sum(func.sum(Receipt.total), Receipt, *bought),
            ).where(Venue.id == venue_id)
        )
    ).one()
    return Today(row[0], *(int(value or 0) for value in row[1:]))


def _sum(what: Any, table: Any, *where: Any) -> Any:
    return select(what).select_from(table).where(*where).scalar_subquery()


async def confirmed_since(
    tx: AsyncConnection,
    *,
    city: CityFacts,
    venue_id: int,
    staff_id: int,
    start: datetime,
    now: datetime,
    limit: int = 10,
) -> list[Done]:
    """The latest confirmed redemptions of the venue, for its staff."""
    await require(tx, staff_id, _STAFF, venue_id)
    since = now - timedelta(minutes=city.rules.redemption.undo_minutes)
    rows = await tx.execute(
        select(
            Redemption.id,
            Reward.title,
            Reward.emoji,
            Redemption.price,
            Redemption.currency,
            Redemption.settled_at.label("at"),
            Member.name.label("cashier"),
        )
        .join(Reward, Reward.id == Redemption.reward_id)
        .join(Member, Member.id == Redemption.settled_by)
        .where(
            Redemption.venue_id == venue_id,
            Redemption.state == "confirmed",
            Redemption.settled_at >= start,
        )
        .order_by(Redemption.settled_at.desc())
        .limit(limit)
    )
    return [Done(**r, can_undo=r["at"] > since) for r in rows.mappings()]
