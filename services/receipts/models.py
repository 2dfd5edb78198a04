"""Receipts that guests sent, what verifiers said of them, and what people are asked about them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, is_one_of, partial_index

_LIVE = "state IN ('pending', 'credited')"
_PENDING = "state = 'pending'"
_CREDITED = "state = 'credited'"
_REFUND = "reason = 'refund'"


class Receipt(Base):
    """`state`: pending → credited or rejected; credited → reversed. Sums in kopecks.

    `number` is the document's own key without its signature (`ru54:{fn}:{fd}`), unique among
    credited receipts; with `sign` (ФПД) unique among those pending or credited, so that nobody
    occupies a number with a false sign. `drive` is the device that issued it, `document` how many
    documents it had issued with this one, where the form counts them. `purchased_at` is the
    till's local time in UTC, `submitted_at` ours; it and `total` are None while only the seller's
    service knows them. `reason` names why it is where it is. `base` is the part of the
    total that earned. `points` is what was credited in all, `points_now` the part that could be
    spent at once; both stay after a reversal. `signals` names what looked odd. `fields` is what
    else the code said, and `paid_at`, when a guest who claims the receipt says to have paid.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        partial_index("uq_receipt_number_credited", "number", where=_CREDITED),
        partial_index("uq_receipt_number_sign_live", "number", "sign", where=_LIVE),
        Index("ix_receipt_member_id_submitted_at", "member_id", "submitted_at"),
        Index("ix_receipt_venue_id_submitted_at", "venue_id", "submitted_at"),
        Index("ix_receipt_number", "number"),
        Index("ix_receipt_drive_document", "drive", "document"),
        Index("ix_receipt_submitted_at", "submitted_at"),
        partial_index("ix_receipt_pending", "reason", "submitted_at", where=_PENDING, unique=False),
        partial_index("ix_receipt_refund", "drive", where=_REFUND, unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    number: Mapped[str]
    sign: Mapped[str]
    drive: Mapped[str]
    document: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    purchased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    state: Mapped[str]
    reason: Mapped[str | None]
    base: Mapped[int | None] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(default=0)
    points_now: Mapped[int] = mapped_column(default=0)
    signals: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReceiptCheck(Base):
    """A pending receipt that verifiers are still to be asked about; gone once they have answered.

    Due at `next_at`, smaller `priority` first. `handle` is what `verifier` gave for a question
    under way. `tries` counts answers "not found", `since` is when the first question was due.
    `taken_until`: somebody is asking; a crash frees it by time. `told`: the guest knows that it
    takes longer.
    """

    __tablename__ = "receipt_check"
    __table_args__ = (Index("ix_receipt_check_due", "next_at", "priority"),)

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), primary_key=True)
    priority: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    verifier: Mapped[str | None]
    handle: Mapped[str | None]
    taken_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told: Mapped[bool] = mapped_column(default=False)


class VerifiedTicket(Base):
    """What a verifier knows about a document, fetched once for ever; no personal data.

    Sums in kopecks: `base` earns, `excluded` is what was left out of it, `unpaid` what was paid
    earlier or is owed. `registration` is the РН ККТ, `internet` a till without a place.
    """

    __tablename__ = "verified_ticket"

    number: Mapped[str] = mapped_column(primary_key=True)
    verifier: Mapped[str]
    sign: Mapped[str]
    drive: Mapped[str] = mapped_column(index=True)
    form: Mapped[int]
    operation: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    base: Mapped[int] = mapped_column(BigInteger)
    excluded: Mapped[int] = mapped_column(BigInteger)
    unpaid: Mapped[int] = mapped_column(BigInteger)
    purchased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seller_inn: Mapped[str] = mapped_column(index=True)
    seller_name: Mapped[str | None]
    provider_inn: Mapped[str | None]
    registration: Mapped[str | None] = mapped_column(index=True)
    serial: Mapped[str | None]
    place: Mapped[str | None]
    address: Mapped[str | None]
    fias: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    internet: Mapped[bool]
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VerifierAccount(Base):
    """What one verifier has been asked and how it fares, shared by all processes.

    `spent` calls on `day` (of the verifier's own zone); `left` when the service said how many
    remain. `failures` in a row; `closed_until`: not asked before. `token` and its end belong to
    services that give one for a time; `renewing_until` is held by whoever fetches the next.
    """

    __tablename__ = "verifier_account"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date | None]
    spent: Mapped[int] = mapped_column(default=0)
    left: Mapped[int | None]
    failures: Mapped[int] = mapped_column(default=0)
    closed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str | None]
    token: Mapped[str | None]
    token_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    renewing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReceiptPhoto(Base):
    """The picture of a receipt that a person may have to look at: a small JPEG, no metadata.

    It is dropped some time after the receipt was decided on.
    """

    __tablename__ = "receipt_photo"

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), primary_key=True)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ReceiptCase(Base):
    """A question about a receipt that only a person can answer.

    `kind` is `claim` (the sender says that a receipt registered by another is theirs) or
    `refund` (a refund was seen: which purchase does it take back?). `receipt_id` is the row the
    sender's own attempt left; `against_id` the credited receipt it speaks about, once known.
    `state`: open → won (the credited one is reversed) or lost.
    """

    __tablename__ = "receipt_case"
    __table_args__ = (
        partial_index("ix_receipt_case_open", "opened_at", where="state = 'open'", unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), unique=True)
    against_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    state: Mapped[str] = mapped_column(default="open")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class RefundReport(Base):
    """A venue has returned the purchase with this document number, wherever its receipt is."""

    __tablename__ = "refund_report"

    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    document: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReceiptFailure(Base):
    """How often something that was sent never became a receipt, by day and reason."""

    __tablename__ = "receipt_failure"

    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class ReceiptWeek(Base):
    """The summary of the week before `monday` was sent: each is sent once."""

    __tablename__ = "receipt_week"

    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), primary_key=True)
    monday: Mapped[date] = mapped_column(primary_key=True)


PENDING = Receipt.state == literal_column("'pending'")
"""Written out, so that both databases see that the index of what waits holds it all."""

REFUSED_BY_A_PERSON = is_one_of(Receipt.reason, "not_genuine", "staff_purchase")
"""Sent again, such a receipt is not judged again."""
