"""What reports and projects share: the public log, voices, followers and who is a real person."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime


class CivicEvent(Base):
    """One public move. Append-only; `hash` covers the row's public part and `prev`. `salt` keeps
    that part from being guessed by its digest; None of events from before there were salts.

    `acting` is the role the mover acted in (author, moderator, official, system …); who it was
    stands in `actor_id`, which is never public and not hashed, so that a deleted member leaves the
    chain whole. `reason` and `facts` are public words and numbers without personal data.
    `number` counts the city's events from 1 without gaps.
    """

    __tablename__ = "civic_event"
    __table_args__ = (
        UniqueConstraint("city_id", "number"),
        Index("ix_civic_event_subject_subject_id", "subject", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    number: Mapped[int]
    subject: Mapped[str]
    subject_id: Mapped[int]
    verb: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str]
    acting: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    prev: Mapped[str]
    salt: Mapped[str | None]
    hash: Mapped[str]


class CivicHead(Base):
    """Where the city's chain ends now: the row everybody waits for who appends to it."""

    __tablename__ = "civic_head"

    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    number: Mapped[int]
    hash: Mapped[str]


class DailyHead(Base):
    """The end of the chain at the end of a local day, as it was published."""

    __tablename__ = "daily_head"
    __table_args__ = (UniqueConstraint("city_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    day: Mapped[date]
    number: Mapped[int]
    hash: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Support(Base):
    """One member's voice on one subject (`report`, `project`): `value` is 1 or -1."""

    __tablename__ = "support"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    subject_id: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    value: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Follow(Base):
    """Who hears of what: `subject` is report, project, category, kind or district; `key` its id
    or slug. `via` says how it began: author, support, asked, chosen."""

    __tablename__ = "follow"
    __table_args__ = (
        UniqueConstraint("member_id", "subject", "key"),
        Index("ix_follow_subject_key", "subject", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    subject: Mapped[str]
    key: Mapped[str]
    via: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Flag(Base):
    """A member says that a public subject should not be public as it is.

    `subject` is report or project, or report_looked_at or project_looked_at once a moderator has
    decided on it.
    """

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    subject_id: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Verification(Base):
    """A member is a real person, once: `phone` is a keyed hash, unique in the city.

    `by_id` is the city's clerk who looked at the card, None for a phone shared by its owner.
    """

    __tablename__ = "verification"
    __table_args__ = (UniqueConstraint("city_id", "phone"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    phone: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Unwanted(Base):
    """What a member has asked not to be sent: `what` is week, the news of the week."""

    __tablename__ = "unwanted"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Told(Base):
    """That a reminder was given once: `key` names what about, for whom and which one."""

    __tablename__ = "told"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Bar(Base):
    """A member may not send reports and ideas until then, unless it is lifted before.

    `report_id` is the declined report it is for; `reason` why, a key of `services.reports.reasons`
    or a moderator's own words, which only the member and the city's team read.
    """

    __tablename__ = "bar"
    __table_args__ = (Index("ix_bar_member_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
