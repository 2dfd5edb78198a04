"""What the web chat remembers: the chats, who is logged in, what was said, which files."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime

CHANNEL = "web"
"""The channel's name in the house, as in `services.members.models.Identity`."""

BOT_ID = 1
"""The number of the bot of the web chat."""


class WebChat(Base):
    """One anonymous account and its conversation with the bot.

    `seq` counts the changes of the conversation; it only grows. `keyboard` is the reply
    keyboard shown now. An id is never given again: it is who the guest is for the rest of the
    house.
    """

    __tablename__ = "web_chat"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it once

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    keyboard: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    language: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebSession(Base):
    """A browser that is logged in. Only the SHA-256 of its cookie is kept."""

    __tablename__ = "web_session"

    sid_hash: Mapped[str] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("web_chat.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebMessage(Base):
    """A message in its present state; an edit or a deletion moves it to a new `seq`.

    `message_id` is the `seq` it was born with, so it grows within a chat and is never used
    again. `payload` holds the Bot API fields of the message, without chat and sender. `cid` is
    the id the browser gave to what the guest said.
    """

    __tablename__ = "web_message"
    __table_args__ = (
        UniqueConstraint("chat_id", "cid"),
        Index("ix_web_message_chat_id_seq", "chat_id", "seq"),
    )

    chat_id: Mapped[int] = mapped_column(ForeignKey("web_chat.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    cid: Mapped[str | None]
    mine: Mapped[bool]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted: Mapped[bool] = mapped_column(default=False)


class WebFile(Base):
    """A file one chat may see. `id` is the secret in its address and the bot's `file_id`.

    `path` is relative to the data directory; several chats may hold the same bytes. `uploaded`
    tells what the guest sent from what the bot sent.
    """

    __tablename__ = "web_file"
    __table_args__ = (Index("ix_web_file_chat_id_at", "chat_id", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("web_chat.id"))
    kind: Mapped[str]
    media_type: Mapped[str]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    uploaded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
