"""The live conversation: a WebSocket, or plain requests where sockets are blocked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from bot.channels.web import frames
from bot.channels.web.accounts import Account, Accounts
from bot.channels.web.chats import Chats
from bot.channels.web.frames import BadFrame, Frame
from bot.channels.web.intake import Intake
from bot.channels.web.lines import PollLine, SocketLine, encoded
from bot.channels.web.security import Buckets, Guard, Limits

HEARTBEAT = 20.0
POLL = 25.0
_PATIENCE = 100

Send = Callable[[Frame], Awaitable[None]]


class Sockets:
    """Routes that carry frames."""

    def __init__(
        self, chats: Chats, accounts: Accounts, intake: Intake, guard: Guard, limits: Limits
    ) -> None:
        self._chats = chats
        self._accounts = accounts
        self._intake = intake
        self._guard = guard
        self._limits = limits
        self._buckets = Buckets(chats.clock, limits.actions)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """GET /api/socket: `hello`, the replay, then both sides speak."""
        self._guard.check_origin(request)
        account = await self._accounts.require(request)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=self._limits.frame_bytes, compress=False
        )
        with self._chats.lines.place(
            account.chat_id,
            self._guard.address(request),
            per_chat=self._limits.sockets_per_chat,
            per_address=self._limits.sockets_per_address,
        ) as fits:
            if not fits:
                raise web.HTTPTooManyRequests(text="Too many connections.")
            await socket.prepare(request)
            line = SocketLine(socket, request.transport, account.sid_hash)
            try:
                await self._converse(account, socket, line)
            finally:
                self._chats.lines.close(account.chat_id, line)
        return socket

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET /api/events?after=N: what changed; waits a while when nothing did."""
        account = await self._accounts.require(request)
        after = _number(request, "after")
        with self._chats.lines.place(
            account.chat_id,
            self._guard.address(request),
            per_chat=self._limits.sockets_per_chat,
            per_address=self._limits.sockets_per_address,
        ) as fits:
            if not fits:
                raise web.HTTPTooManyRequests(text="Too many connections.")
            return web.json_response({"frames": await self._news(account, after)})

    async def history(self, request: web.Request) -> web.StreamResponse:
        """GET /api/history?before=ID: a page of older messages, and whether there are more."""
        account = await self._accounts.require(request)
        before = _number(request, "before")
        page, earlier = await self._chats.history(account.chat_id, before)
        return web.json_response({"frames": page, "earlier": earlier})

    async def send(self, request: web.Request) -> web.StreamResponse:
        """POST /api/send: one action; answers the frames it caused."""
        self._guard.check_origin(request)
        account = await self._accounts.require(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        if (request.content_length or 0) > self._limits.frame_bytes:
            raise web.HTTPRequestEntityTooLarge(self._limits.frame_bytes)
        line = PollLine(account.sid_hash)
        self._chats.lines.open(account.chat_id, line)
        try:
            answer = await self._answer(account, await request.read())
        finally:
            self._chats.lines.close(account.chat_id, line)
        return web.json_response({"frames": [*line.frames, answer]})

    async def _news(self, account: Account, after: int) -> list[Frame]:
        line = PollLine(account.sid_hash)
        await self._chats.join(account.chat_id, line, after)
        try:
            if after > 0 and line.frames and not line.frames[0]["changes"]:
                line.settle()
                await line.wait(POLL)
        finally:
            self._chats.lines.close(account.chat_id, line)
        return line.frames

    async def _converse(
        self, account: Account, socket: web.WebSocketResponse, line: SocketLine
    ) -> None:
        refused = 0
        greeted = False
        async for text in self._heard(account, socket):
            if greeted:
                answer = await self._answer(account, text)
                refused = refused + 1 if answer["t"] == "error" else 0
                await line.send(encoded(answer))
            else:
                greeted = await self._greet(account, line, text)
                refused += not greeted
            if refused > _PATIENCE:
                await socket.close(code=1008)

    async def _heard(self, account: Account, socket: web.WebSocketResponse) -> AsyncIterator[str]:
        """What the browser says, for as long as its login holds."""
        time = asyncio.get_running_loop().time
        due = time() + self._limits.recheck_seconds
        while True:
            try:
                message = await socket.receive(timeout=max(due - time(), 0.001))
            except TimeoutError:
                if await self._accounts.holding(account.sid_hash) is None:
                    await socket.close(code=1008)
                    return
                due = time() + self._limits.recheck_seconds
                continue
            if message.type is not WSMsgType.TEXT:
                return
            yield message.data

    async def _greet(self, account: Account, line: SocketLine, text: str) -> bool:
        try:
            after = frames.hello(_parsed(text))
        except BadFrame:
            await line.send(encoded(frames.error("bad")))
            return False
        await self._chats.join(account.chat_id, line, after)
        return True

    async def _answer(self, account: Account, text: str | bytes) -> Frame:
        try:
            action = frames.action(_parsed(text))
        except BadFrame as bad:
            return frames.error("bad", bad.cid)
        wait = self._buckets.take(account.chat_id)
        if wait:
            return frames.error("slow", action.cid, retry_after=round(wait + 0.05, 2))
        return await self._intake.take(account, action)


def _number(request: web.Request, name: str) -> int:
    """A number of the query, such as a message id; raises 400."""
    try:
        number = int(request.query.get(name, "0"))
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{name} is a number") from error
    if abs(number) >= 2**31:
        raise web.HTTPBadRequest(text=f"{name} is too large")
    return number


def _parsed(text: str | bytes) -> Any:
    """What JSON says, in UTF-8 whatever charset the caller names; None for anything else."""
    try:
        return json.loads(text)
    except ValueError:
        return None
