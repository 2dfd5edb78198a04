"""Other systems: who may send reports and updates here, and who is told of public moves."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index


class ApiClient(Base):
    """A system with a key. Only the key's hash is kept; `per_minute` limits its calls."""

    __tablename__ = "api_client"

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    per_minute: Mapped[int]
    may_update: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiUpdate(Base):
    """An update that another system sent, under its own id for it; a repeat finds it here, and
    the `answer` that was given."""

    __tablename__ = "api_update"
    __table_args__ = (UniqueConstraint("client_id", "report_id", "update_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("api_client.id"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    update_id: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Webhook(Base):
    """An address that hears of public moves. `secret` signs what is sent; `subjects` chooses.

    `last_event` is the number, in the city's log, of the last move that was looked at for it.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    url: Mapped[str]
    secret: Mapped[str]
    subjects: Mapped[list[str]] = mapped_column(JSON)
    last_event: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One event for one address: `state` is waiting, sent, dead (the list to look at) or
    withheld: when its turn came, the subject was not public any more."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        partial_index(
            "ix_webhook_delivery_waiting", "due_at", where="state = 'waiting'", unique=False
        ),
        Index("ix_webhook_delivery_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("civic_event.id"))
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
