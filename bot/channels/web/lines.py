"""The open connections of each chat, and how frames reach them.

Frames are written straight to the socket; the operating system's buffer is the queue. A browser
that stops reading is hung up on and catches up from the transcript when it returns.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aiohttp import web

from bot.channels.web.frames import Frame

STALL = 2.0
"""Seconds a browser may keep a full buffer before it is hung up on."""


class Line(Protocol):
    """One way to reach one browser. `sid` is the hash of the session it was opened with."""

    sid: str

    async def send(self, text: str) -> None:
        """Deliver one frame, JSON; never raises."""

    async def hang_up(self) -> None:
        """End the connection; never raises."""


class SocketLine:
    """A WebSocket."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, sid: str
    ) -> None:
        self.sid = sid
        self._socket = socket
        self._transport = transport

    async def send(self, text: str) -> None:
        """Deliver one frame, JSON; hangs up on a browser that does not read."""
        try:
            async with asyncio.timeout(STALL):
                await self._socket.send_str(text)
        except (TimeoutError, ConnectionError, RuntimeError):
            await self.hang_up()

    async def hang_up(self) -> None:
        """Close politely, and for good if the browser does not answer."""
        try:
            async with asyncio.timeout(STALL):
                await self._socket.close(code=1012)
        except (TimeoutError, ConnectionError, RuntimeError):
            if self._transport is not None:
                self._transport.abort()


class PollLine:
    """A browser without sockets: frames gather until its request is answered."""

    def __init__(self, sid: str) -> None:
        self.sid = sid
        self.frames: list[Frame] = []
        self._news = asyncio.Event()

    async def send(self, text: str) -> None:
        """Keep one frame for the answer."""
        self.frames.append(json.loads(text))
        self._news.set()

    async def hang_up(self) -> None:
        """Answer now."""
        self._news.set()

    def settle(self) -> None:
        """What has gathered so far is not news."""
        self._news.clear()

    async def wait(self, seconds: float) -> None:
        """Until there is something to answer, but no longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return


class Lines:
    """Every open connection of this process."""

    def __init__(self) -> None:
        self._by_chat: defaultdict[int, set[Line]] = defaultdict(set)
        self._places: Counter[int | str] = Counter()

    @contextmanager
    def place(
        self, chat_id: int, address: str, *, per_chat: int, per_address: int
    ) -> Iterator[bool]:
        """One more connection for as long as the block runs; False when that is too many."""
        fits = self._places[chat_id] < per_chat and self._places[address] < per_address
        taken = (chat_id, address) if fits else ()
        self._places.update(taken)
        try:
            yield fits
        finally:
            self._places.subtract(taken)
            for key in (chat_id, address):
                if not self._places[key]:
                    del self._places[key]

    def open(self, chat_id: int, line: Line) -> None:
        """Start sending this chat's frames to `line`."""
        self._by_chat[chat_id].add(line)

    def close(self, chat_id: int, line: Line) -> None:
        """Stop sending; harmless when repeated."""
        lines = self._by_chat.get(chat_id, set())
        lines.discard(line)
        if not lines:
            self._by_chat.pop(chat_id, None)

    async def send(self, chat_id: int, frame: Frame) -> None:
        """To every browser of the chat."""
        lines = tuple(self._by_chat.get(chat_id, ()))
        if lines:
            text = encoded(frame)
            for line in lines:
                await line.send(text)

    async def hang_up(self, chat_id: int, sid: str | None = None) -> None:
        """End the chat's connections, or only those of one session."""
        for line in tuple(self._by_chat.get(chat_id, ())):
            if sid is None or line.sid == sid:
                await line.hang_up()

    async def hang_up_all(self) -> None:
        """End every connection, all at once."""
        lines = [line for lines in self._by_chat.values() for line in lines]
        await asyncio.gather(*(line.hang_up() for line in lines))

    def __len__(self) -> int:
        return sum(len(lines) for lines in self._by_chat.values())


def encoded(frame: Frame) -> str:
    """A frame as it goes over the wire."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
