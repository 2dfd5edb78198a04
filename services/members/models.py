"""Who a person is, how they are reached, what they agreed to and what they may do."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index


class Member(Base):
    """A person, whatever channels they use.

    `card` is the public number of the card; `joined_via` the campaign code of the first link.
    A deleted member keeps the row, for the ledger, and loses everything personal in it.
    """

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    name: Mapped[str]
    language: Mapped[str]
    card: Mapped[str] = mapped_column(unique=True)
    notify: Mapped[bool] = mapped_column(default=True)
    joined_via: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Identity(Base):
    """A (channel, external id) pair; the same id on two channels is two identities."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    channel: Mapped[str]
    external_id: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Consent(Base):
    """One answer to one consent question; append-only, the latest row of a kind counts."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_member_id_kind", "member_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    given: Mapped[bool]
    text_version: Mapped[str]
    language: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoleGrant(Base):
    """A role a member holds: some at a venue, officials in a unit, the others in the city."""

    __tablename__ = "role_grant"
    __table_args__ = (
        partial_index(
            "uq_role_grant_venue_live",
            *("member_id", "role", "venue_id"),
            where="revoked_at IS NULL AND venue_id IS NOT NULL",
        ),
        partial_index(
            "uq_role_grant_unit_live",
            *("member_id", "role", "unit_id"),
            where="revoked_at IS NULL AND unit_id IS NOT NULL",
        ),
        partial_index(
            "uq_role_grant_city_live",
            *("member_id", "role"),
            where="revoked_at IS NULL AND venue_id IS NULL AND unit_id IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    role: Mapped[str]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Invitation(Base):
    """A one-time link that gives a role. Only the hash of its token is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    role: Mapped[str]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """A failed try that is counted against guessing and flooding (`kind` says which)."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_member_id_kind_at", "member_id", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
