"""An update as it arrived: who speaks, where, and under which key it is remembered."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiogram import Bot
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import CallbackQuery, Message, Update, User

from bot.recognition import Recognised
from handlers.screen import Screen, to_json

_PERSONAL = ("s_", "r_", "c_")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of an update from the update alone."""

    channel: str
    user: User
    chat_id: int
    key: str
    query: CallbackQuery | None
    via: str | None
    handlers: list[str] = field(default_factory=list)

    @property
    def who(self) -> str:
        return f"{self.channel}:{self.user.id}"

    @property
    def handler(self) -> str:
        """The name of the handler that was chosen, "none" before one is."""
        return self.handlers[-1] if self.handlers else "none"


class AlreadyProcessed(Exception):  # noqa: N818 - an outcome
    """Another delivery of the same update was committed first."""


def arrival_of(channel: str, bot: Bot, update: Update) -> Arrival | None:
    """Only people in private chats are answered.

    Of messages that were changed only words matter, also those under a photo: a live location
    changes all the time, and nobody is followed.
    """
    query = update.callback_query
    said = update.message or _reworded(update.edited_message)
    message = query.message if query else said
    user = query.from_user if query else (said.from_user if said else None)
    if message is None or user is None or user.is_bot or message.chat.type != "private":
        return None
    text = update.message.text if update.message else None
    key = f"{bot.id}:{update.update_id}"
    return Arrival(channel, user, message.chat.id, key, query, _campaign(text or ""))


def _reworded(edited: Message | None) -> Message | None:
    worded = edited is not None and (edited.text or edited.photo or edited.document)
    return edited if worded else None


def _campaign(text: str) -> str | None:
    """The campaign code of a first /start: a payload that is not a personal link."""
    command, _space, payload = text.partition(" ")
    if command != "/start" or not payload or payload.startswith(_PERSONAL):
        return None
    return payload[:64]


def processed(arrival: Arrival, known: Recognised, screen: Screen, now: datetime) -> dict[str, Any]:
    """The row that marks the update as processed and holds its answer."""
    return {
        "key": arrival.key,
        "member_id": known.person.id,
        "screen": to_json(screen),
        "at": now,
    }


def dialogue(arrival: Arrival) -> StorageKey:
    """Where the state of this conversation is kept."""
    bot_id = int(arrival.key.partition(":")[0])
    return StorageKey(bot_id=bot_id, chat_id=arrival.chat_id, user_id=arrival.user.id)
