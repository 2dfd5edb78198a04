"""The way in: a raw update from polling or the webhook becomes one call of the dispatcher."""

import asyncio
import logging
from collections import Counter, OrderedDict
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError, TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

from bot.channels.telegram.session import ChannelDown
from bot.turnstile import Verdict

log = logging.getLogger(__name__)

MAX_TRIES = 3
MAX_LOST = 6
"""Tries of an update whose calls were lost on the way: that is less likely its own fault."""
HANDLING_SECONDS = 120.0
"""After this an update is given up, so that one stuck handler does not hold the queue forever."""
REMEMBERED_FAILURES = 1000

Raw = dict[str, Any]


class Intake:
    """Feeds the dispatcher and knows which updates failed how often.

    `counts` grows by: updates, unknown, malformed, failed, poisoned.
    """

    def __init__(self, bot: Bot, dispatcher: Dispatcher, counts: Counter[str]) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._counts = counts
        self._failures: OrderedDict[int, int] = OrderedDict()

    async def handle(self, raw: Raw, verdict: Verdict | None = None) -> bool:
        """Handle one update; True if Telegram may forget it. `verdict` was given when it arrived.

        False means it failed and deserves another try. After `MAX_TRIES` failures (`MAX_LOST`
        where the network failed), and for updates that no try can help (unknown kind,
        malformed), the answer is True. Tries while Telegram is known to be unreachable are free.
        """
        self._counts["updates"] += 1
        update = self._parse(raw)
        if update is None:
            return True
        limit = asyncio.timeout(HANDLING_SECONDS)
        try:
            async with limit:
                reply = await self._dispatcher.feed_update(self._bot, update, verdict=verdict)
        except ChannelDown:
            log.warning("Update %d waits until Telegram is back", update.update_id)
            return False
        except TelegramNetworkError:
            return self._failed(update.update_id, MAX_LOST)
        except Exception:
            # One that ran out of time would most likely do so again.
            return self._failed(update.update_id, 1 if limit.expired() else MAX_TRIES)
        self._failures.pop(update.update_id, None)
        if isinstance(reply, TelegramMethod):
            await self._send(reply)
        return True

    def _parse(self, raw: Raw) -> Update | None:
        """The update, bound to the bot. aiogram's own warning would print its content."""
        try:
            update = Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError as error:
            fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
            self._counts["malformed"] += 1
            log.error("Malformed update %s: %s", raw.get("update_id"), ", ".join(fields[:5]))  # noqa: TRY400 - the trace would print its content
            return None
        try:
            _ = update.event_type
        except UpdateTypeLookupError:
            self._counts["unknown"] += 1
            kinds = ", ".join(sorted(raw.keys() - {"update_id"}))
            log.warning("Update %d is of an unknown kind: %s", update.update_id, kinds)
            return None
        return update

    def _failed(self, update_id: int, most: int) -> bool:
        tries = self._failures.pop(update_id, 0) + 1
        self._counts["failed"] += 1
        log.exception("Update %d failed, try %d of %d", update_id, tries, most)
        if tries >= most:
            self._counts["poisoned"] += 1
            log.error("Update %d is given up", update_id)
            return True
        self._failures[update_id] = tries
        while len(self._failures) > REMEMBERED_FAILURES:
            self._failures.popitem(last=False)
        return False

    async def _send(self, reply: TelegramMethod[Any]) -> None:
        """A method returned by a handler. The update is done, so a failure here is only logged."""
        try:
            await self._bot(reply)
        except AiogramError:
            log.exception("The reply %s was not sent", reply.__api_method__)


def lane_of(raw: Raw) -> str:
    """Updates of one lane are handled one after another: the chat, else the person, else itself."""
    for kind, event in raw.items():
        if kind == "update_id" or not isinstance(event, dict):
            continue
        message = event.get("message")
        chat = event.get("chat") or (message.get("chat") if isinstance(message, dict) else None)
        place = chat or event.get("from")
        if isinstance(place, dict) and "id" in place:
            return str(place["id"])
    return f"update {raw.get('update_id')}"
