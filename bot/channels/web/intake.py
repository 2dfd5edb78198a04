"""What a guest does in the browser becomes an update for the dispatcher, one at a time a chat."""

import hashlib
import logging
from datetime import timedelta
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.methods import TelegramMethod

from bot.channels.web import frames, limits
from bot.channels.web.accounts import Account
from bot.channels.web.chats import ByChat
from bot.channels.web.files import Stored
from bot.channels.web.frames import Action, Frame, Place, Press, Say, Start
from bot.channels.web.markup import discovered
from bot.channels.web.methods import Desk, as_message
from bot.channels.web.transcript import Entry

REMEMBERED = timedelta(days=1)
"""How long a repeat is known to be one: the house forgets what it handled a day after that."""

_log = logging.getLogger(__name__)


class Intake:
    """Feeds the dispatcher and says when an action was handled.

    An action is acknowledged only after its update was handled, and the browser repeats what
    was not acknowledged. A repeated `cid` is the same update with the same `update_id`: the
    dispatcher's boundary recognises it, unless it is so late that it might have forgotten; that
    one is refused as `stale`.
    """

    def __init__(self, desk: Desk, dispatcher: Dispatcher, bot: Bot) -> None:
        self._desk = desk
        self._dispatcher = dispatcher
        self._bot = bot
        self._turns = ByChat()

    async def take(self, account: Account, action: Action) -> Frame:
        """Handle an action; returns the `ack`, or the `error` that says why not."""
        async with self._turns(account.chat_id):
            try:
                update = await self._update(account, action)
                if isinstance(update, str):
                    return frames.error(update, action.cid)
                await self._feed(account, action.cid, update)
            except Exception:
                _log.exception("web action failed: chat=%s cid=%s", account.chat_id, action.cid)
                return frames.error("failed", action.cid)
        return frames.ack(action.cid)

    async def take_file(
        self, account: Account, cid: str, stored: Stored | None, album: str | None = None
    ) -> Frame:
        """Handle an uploaded file; None when its bytes arrived before under the same `cid`.

        Files of one `album` were sent together.
        """
        async with self._turns(account.chat_id):
            try:
                payload = stored.bot_api() if stored else {}
                if album is not None:
                    payload["media_group_id"] = album
                entry = await self._desk.chats.add(account.chat_id, payload, mine=True, cid=cid)
                if entry is None:
                    return frames.error("gone", cid)
                if self._is_late(entry):
                    return frames.error("stale", cid)
                update = {"message": self._message(account, entry)}
                await self._feed(account, cid, update)
            except Exception:
                _log.exception("web upload failed: chat=%s cid=%s", account.chat_id, cid)
                return frames.error("failed", cid)
        return frames.ack(cid)

    async def _update(self, account: Account, action: Action) -> dict[str, Any] | str:
        match action:
            case Say():
                return await self._say(account, action)
            case Place():
                point = {"latitude": action.lat, "longitude": action.lon}
                return await self._add(account, action.cid, {"location": point})
            case Start():
                return await self._start(account, action)
            case Press():
                return await self._press(account, action)

    async def _say(self, account: Account, say: Say) -> dict[str, Any] | str:
        text = say.text.strip()
        if not text:
            return "bad"
        entities = discovered(text, [])
        payload = {"text": text, **({"entities": entities} if entities else {})}
        return await self._add(account, say.cid, payload)

    async def _add(
        self, account: Account, cid: str, payload: dict[str, Any]
    ) -> dict[str, Any] | str:
        entry = await self._desk.chats.add(account.chat_id, payload, mine=True, cid=cid)
        return self._heard(account, entry)

    async def _start(self, account: Account, start: Start) -> dict[str, Any] | str:
        text = f"/start {start.payload}".strip()
        command = {"type": "bot_command", "offset": 0, "length": 6}
        payload = {"text": text, "entities": [command]}
        entry = await self._desk.chats.hear(account.chat_id, start.cid, payload)
        return self._heard(account, entry)

    async def _press(self, account: Account, press: Press) -> dict[str, Any] | str:
        chats = self._desk.chats
        stands = await chats.find(account.chat_id, press.message_id)
        before = await chats.heard(account.chat_id, press.cid)
        # A repeated press may have taken its own button away the first time.
        if before is None:
            if stands is None or not limits.offers(stands.payload, press.data):
                await self._show_again(account.chat_id, press.message_id, stands)
                return "stale"
            said = {"press": press.data, "message_id": press.message_id}
            await chats.hear(account.chat_id, press.cid, said)
        elif self._is_late(before):
            await self._show_again(account.chat_id, press.message_id, stands)
            return "stale"
        message: dict[str, Any] = {"message_id": press.message_id, "date": 0}
        message["chat"] = {"id": account.chat_id, "type": "private"}
        if stands is not None:
            message = as_message(self._desk, stands)
        query = {
            "id": f"{account.chat_id}:{press.cid}",
            "from": _person(account),
            "chat_instance": str(account.chat_id),
            "message": message,
            "data": press.data,
        }
        return {"callback_query": query}

    async def _show_again(self, chat_id: int, message_id: int, entry: Entry | None) -> None:
        frame = {"t": "delete", "seq": 0, "id": message_id}
        if entry is not None:
            frame = {**frames.message(entry), "t": "edit"}
        await self._desk.chats.lines.send(chat_id, frame)

    async def _feed(self, account: Account, cid: str, update: dict[str, Any]) -> None:
        query = update.get("callback_query", {}).get("id", "")
        self._desk.open_queries.add(query)
        try:
            update = {"update_id": update_id(account.chat_id, cid), **update}
            result = await self._dispatcher.feed_raw_update(self._bot, update)
            if isinstance(result, TelegramMethod):
                await self._dispatcher.silent_call_request(self._bot, result)
        finally:
            self._desk.open_queries.discard(query)

    def _heard(self, account: Account, entry: Entry | None) -> dict[str, Any] | str:
        if entry is None:
            return "gone"
        return "stale" if self._is_late(entry) else {"message": self._message(account, entry)}

    def _is_late(self, entry: Entry) -> bool:
        return self._desk.chats.clock.now() - entry.at > REMEMBERED

    def _message(self, account: Account, entry: Entry) -> dict[str, Any]:
        return {**as_message(self._desk, entry), "from": _person(account)}


def _person(account: Account) -> dict[str, Any]:
    return {
        "id": account.chat_id,
        "is_bot": False,
        "first_name": "Guest",
        "language_code": account.language,
    }


def update_id(chat_id: int, cid: str) -> int:
    """63 bits that are the same whenever this browser repeats this action."""
    digest = hashlib.sha256(f"{chat_id}:{cid}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
