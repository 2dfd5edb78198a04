"""The conversations: each change is committed first and shown to the open browsers after.

One lock a chat keeps both in the same order, so a browser that has seen number N has seen
everything before it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.web import erasure, frames, transcript
from bot.channels.web.frames import Frame
from bot.channels.web.lines import Line, Lines, encoded
from bot.channels.web.models import BOT_ID, WebChat
from bot.channels.web.transcript import Changes, Entry
from services.clock import Clock
from services.database import Database


class ByChat:
    """One lock for each chat that is being worked on."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def __call__(self, chat_id: int) -> AsyncIterator[None]:
        lock = self._locks.setdefault(chat_id, asyncio.Lock())
        async with lock:
            yield


class Chats:
    """Writes the transcript and tells the open browsers."""

    def __init__(self, database: Database, clock: Clock, lines: Lines) -> None:
        self.database = database
        self.clock = clock
        self.lines = lines
        self.commands: dict[tuple[int | None, str], list[Frame]] = {}
        self._order = ByChat()

    async def add(
        self,
        chat_id: int,
        payload: dict[str, Any],
        *,
        mine: bool = False,
        cid: str | None = None,
        keyboard: dict[str, Any] | None = None,
    ) -> Entry | None:
        """Append a message and show it; see `transcript.add`."""
        async with self._order(chat_id):
            async with self.database.transaction() as tx:
                entry = await transcript.add(
                    tx,
                    chat_id,
                    payload,
                    now=self.clock.now(),
                    mine=mine,
                    cid=cid,
                    keyboard=keyboard,
                )
            if entry is not None:
                await self.lines.send(chat_id, frames.message(entry))
                if keyboard is not None:
                    await self.lines.send(chat_id, {"t": "keyboard", "keyboard": keyboard or None})
        return entry

    async def change(self, chat_id: int, message_id: int, payload: dict[str, Any]) -> Entry | None:
        """Put a message into a new state and show it; None when it is gone."""
        async with self._moving(chat_id) as (tx, shown):
            entry = await transcript.change(tx, chat_id, message_id, payload)
            shown.append(entry)
        return entry

    async def remove(self, chat_id: int, message_id: int) -> Entry | None:
        """Delete a message everywhere; None when it is gone already."""
        async with self._moving(chat_id) as (tx, shown):
            entry = await transcript.remove(tx, chat_id, message_id)
            shown.append(entry)
        return entry

    async def find(self, chat_id: int, message_id: int) -> Entry | None:
        """A message that is still there."""
        async with self.database.reading() as tx:
            return await transcript.find(tx, chat_id, message_id)

    async def exists(self, chat_id: int) -> bool:
        """Whether there is such a chat."""
        async with self.database.reading() as tx:
            query = select(WebChat.id).where(WebChat.id == chat_id)
            return (await tx.execute(query)).first() is not None

    async def hear(self, chat_id: int, cid: str, payload: dict[str, Any]) -> Entry | None:
        """Remember something said that is not shown, such as a press; see `transcript.hear`."""
        async with self._order(chat_id), self.database.transaction() as tx:
            return await transcript.hear(tx, chat_id, cid, payload, now=self.clock.now())

    async def heard(self, chat_id: int, cid: str) -> Entry | None:
        """What was said under this id of the browser's, shown or not."""
        async with self.database.reading() as tx:
            return await transcript.by_cid(tx, chat_id, cid)

    async def join(self, chat_id: int, line: Line, after: int) -> None:
        """Replay what changed after `after` to `line`, then keep it up to date."""
        async with self._order(chat_id):
            changes = await self.changes(chat_id, after)
            if changes is None:
                await line.hang_up()
                return
            await line.send(encoded(self.sync(chat_id, changes)))
            self.lines.open(chat_id, line)

    async def changes(self, chat_id: int, after: int) -> Changes | None:
        """What changed after `after`; None when there is no such chat."""
        async with self.database.reading() as tx:
            return await transcript.since(tx, chat_id, after)

    async def history(self, chat_id: int, before: int) -> tuple[list[Frame], bool]:
        """The page of messages before this id, oldest first; whether there are more."""
        async with self.database.reading() as tx:
            entries, earlier = await transcript.before(tx, chat_id, before)
        return [frames.message(entry) for entry in entries], earlier

    def sync(self, chat_id: int, changes: Changes) -> Frame:
        """The frame for `changes`."""
        return frames.sync(changes, self.menu(chat_id, changes.language))

    def menu(self, chat_id: int, language: str) -> list[Frame]:
        """The commands offered to this chat: its own, its language's, everybody's."""
        for key in ((chat_id, language), (chat_id, ""), (None, language), (None, "")):
            if key in self.commands:
                return self.commands[key]
        return []

    async def speak(self, chat_id: int, language: str) -> None:
        """The guest chose a language: the browser's own words follow."""
        async with self.database.transaction() as tx:
            await tx.execute(update(WebChat).where(WebChat.id == chat_id).values(language=language))
        await self.lines.send(chat_id, {"t": "language", "language": language})
        commands = self.menu(chat_id, language)
        await self.lines.send(chat_id, {"t": "commands", "commands": commands})

    async def forget(self, chat_id: int, *, when: ColumnElement[bool] | None = None) -> list[str]:
        """Erase a chat and end its connections, if `when` holds; see `erasure.forget`."""
        async with self._order(chat_id):
            async with self.database.transaction() as tx:
                paths = await erasure.forget(
                    tx, chat_id, bot_id=BOT_ID, now=self.clock.now(), when=when
                )
            if not await self.exists(chat_id):
                await self.lines.hang_up(chat_id)
        return paths

    @asynccontextmanager
    async def _moving(
        self, chat_id: int
    ) -> AsyncIterator[tuple[AsyncConnection, list[Entry | None]]]:
        shown: list[Entry | None] = []
        async with self._order(chat_id):
            async with self.database.transaction() as tx:
                yield tx, shown
            for entry in shown:
                if entry is not None:
                    await self.lines.send(chat_id, frames.message(entry))
