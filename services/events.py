"""Every move of a receipt, a redemption or a grant leaves a row here, append-only."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime


class Event(Base):
    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_subject_id", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    subject_id: Mapped[int]
    verb: Mapped[str]
    state: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


_APPEND = insert(Event)


async def record(
    tx: AsyncConnection,
    subject: str,
    subject_id: int,
    verb: str,
    state: str,
    *,
    actor_id: int | None,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Append that `actor_id` (None: the system) moved a subject by `verb` into `state`."""
    await tx.execute(
        _APPEND,
        {
            "subject": subject,
            "subject_id": subject_id,
            "verb": verb,
            "state": state,
            "actor_id": actor_id,
            "reason": reason,
            "at": at,
        },
    )
