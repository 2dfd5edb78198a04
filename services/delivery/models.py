"""Messages waiting to be told to a member, written in the transaction of what they tell."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index


class OutboxMessage(Base):
    """`kind` and `facts` are turned into words at delivery, in the member's language then.

    `topic` names what it is about (`report:12`), so that newer news can take its place.
    `state`: waiting → sent, undeliverable (blocked, or no channel left) or failed (gave up).
    """

    __tablename__ = "outbox"
    __table_args__ = (
        partial_index("ix_outbox_waiting", "due_at", where="state = 'waiting'", unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    topic: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
