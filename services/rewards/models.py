"""What points buy, and each purchase of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.cities.models import Localized
from services.database import Base, UtcDateTime, partial_index


class Reward(Base):
    """A complement of one venue.

    `stock` is the whole number ever offered (None: without limit); `taken` counts held and
    confirmed redemptions. `window` is `{"days": [0..6], "from": "HH:MM", "until": "HH:MM"}` in
    the city's zone, Monday is 0; None means always.
    """

    __tablename__ = "reward"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), index=True)
    slug: Mapped[str]
    title: Mapped[Localized] = mapped_column(JSON)
    terms: Mapped[Localized] = mapped_column(JSON)
    emoji: Mapped[str]
    price: Mapped[int]
    currency: Mapped[str] = mapped_column(default="points")
    stock: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    per_guest: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    window: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    active: Mapped[bool] = mapped_column(default=True)


class Redemption(Base):
    """One purchase: held → confirmed, refused, released or expired; confirmed → undone.

    `code` is unique among the held ones; `grace_days` is the city's rule when it was taken, for
    points whose time runs out meanwhile.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        partial_index("uq_redemption_code_held", "code", where="state = 'held'"),
        Index("ix_redemption_member_id_reward_id", "member_id", "reward_id"),
        Index("ix_redemption_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    price: Mapped[int]
    currency: Mapped[str]
    code: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"))
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    grace_days: Mapped[int]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None]
