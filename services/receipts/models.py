"""Receipts that guests sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index

_LIVE = "state <> 'rejected'"
_PENDING = "state = 'pending'"
_CREDITED = "state = 'credited'"


class Receipt(Base):
    """`state`: pending → credited or rejected. Sums in kopecks.

    `number` is the document's own key without its signature (`ru54:{fn}:{fd}`), unique among
    credited receipts; with `sign` (ФПД) unique among those not rejected, so that nobody occupies
    a number with a false sign. `purchased_at` is the till's local time in UTC; `submitted_at`
    ours. `reason` names why it is pending or was rejected. `points` is
    what was credited in all, `points_now` the part that could be spent at once.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        partial_index("uq_receipt_number_credited", "number", where=_CREDITED),
        partial_index("uq_receipt_number_sign_live", "number", "sign", where=_LIVE),
        Index("ix_receipt_member_id_submitted_at", "member_id", "submitted_at"),
        Index("ix_receipt_venue_id_submitted_at", "venue_id", "submitted_at"),
        Index("ix_receipt_number", "number"),
        partial_index("ix_receipt_pending", "reason", "submitted_at", where=_PENDING, unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    number: Mapped[str]
    sign: Mapped[str]
    drive: Mapped[str] = mapped_column(index=True)
    total: Mapped[int] = mapped_column(BigInteger)
    purchased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str]
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    state: Mapped[str]
    reason: Mapped[str | None]
    points: Mapped[int] = mapped_column(default=0)
    points_now: Mapped[int] = mapped_column(default=0)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)


PENDING = Receipt.state == literal_column("'pending'")
"""Written out, so that both databases see that the index of what waits holds it all."""

REFUSED_BY_A_PERSON = Receipt.reason.in_(("not_genuine", "staff_purchase"))
"""Sent again, such a receipt is not judged again."""
