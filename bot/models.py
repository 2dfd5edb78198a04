"""The bot's own tables: updates that were processed, dialogue states, pictures already sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime


class ProcessedUpdate(Base):
    """An update whose effect is committed, with the screen that answers it.

    The screen is kept so that an update delivered again after a crash is answered, not redone.
    """

    __tablename__ = "processed_update"

    key: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    screen: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DialogueState(Base):
    """Where a person is in a dialogue. The key holds the bot, so channels never share one."""

    __tablename__ = "dialogue_state"

    key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class SentPicture(Base):
    """The file id under which a channel keeps a drawn picture."""

    __tablename__ = "sent_picture"

    bot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    picture: Mapped[str] = mapped_column(primary_key=True)
    file_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
