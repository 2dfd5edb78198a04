"""The web chat, put together: one object that the process wires to its dispatcher and server."""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiohttp import web

from bot.channels.web import frames
from bot.channels.web.accounts import Accounts
from bot.channels.web.chats import Chats
from bot.channels.web.files import Files
from bot.channels.web.frames import Start
from bot.channels.web.intake import Intake
from bot.channels.web.leftovers import Leftovers
from bot.channels.web.lines import Lines
from bot.channels.web.methods import Desk
from bot.channels.web.models import BOT_ID, CHANNEL
from bot.channels.web.pages import LANGUAGES, Pages
from bot.channels.web.security import Buckets, Guard, Limits
from bot.channels.web.session import BOT_TOKEN, WebSession
from bot.channels.web.sockets import Sockets
from bot.channels.web.uploads import Uploads
from services.clock import Clock
from services.database import Database

_PAYLOAD = re.compile(frames.PAYLOAD)


class WebChannel:
    """The web chat as a channel: `bot` speaks to browsers, `attach` opens the doors.

    `public_url` is where guests reach us; without it the Host header is believed, which is for
    one's own machine. `city` is described at `Pages`. Files go below `data_dir`. Only
    `trusted_proxies`, addresses or networks, are believed about whom they speak for. `chart` gives
    what a map of the city is drawn from (`services.cities.chart`); without it there is no map.
    """

    name = CHANNEL

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        dispatcher: Dispatcher,
        public_url: str | None,
        data_dir: Path,
        city: Mapping[str, Any],
        default: DefaultBotProperties | None = None,
        limits: Limits | None = None,
        trusted_proxies: Sequence[str] = (),
        chart: Callable[[], Awaitable[Mapping[str, Any]]] | None = None,
    ) -> None:
        limits = limits or Limits()
        self.lines = Lines()
        self.chats = Chats(database, clock, self.lines)
        self._city = city
        self._chart = chart
        self._public_url = public_url
        self._files = Files(data_dir / "web", database)
        self._guard = Guard(public_url, trusted_proxies=trusted_proxies)
        self._leftovers = Leftovers(self.chats, self._files)
        self._accounts = Accounts(database, clock, https=self._guard.https)
        self._starts = Buckets(clock, limits.starts)
        title = city["title"][city["language"]]
        me = {"id": BOT_ID, "is_bot": True, "first_name": title, "username": "web"}
        desk = Desk(self.chats, self._files, me)
        self.bot = Bot(BOT_TOKEN, session=WebSession(desk), default=default)
        self._intake = Intake(desk, dispatcher, self.bot)
        self._pages = Pages(city)
        self._sockets = Sockets(self.chats, self._accounts, self._intake, self._guard, limits)
        self._uploads = Uploads(
            chats=self.chats,
            files=self._files,
            accounts=self._accounts,
            intake=self._intake,
            guard=self._guard,
            limits=limits,
        )

    def attach(self, app: web.Application) -> None:
        """Add the routes; open connections are ended when `app` shuts down."""
        app.add_routes(self.routes())
        app.on_shutdown.append(self._hang_up)

    def routes(self) -> list[web.RouteDef]:
        """Every route of the web chat."""
        dressed = self._guard.dressed
        return [
            web.get("/", dressed(self._pages.shell)),
            web.get("/static/{version}/{name:.+}", dressed(self._pages.static)),
            web.get("/manifest.webmanifest", dressed(self._pages.manifest)),
            web.get("/sw.js", dressed(self._pages.worker)),
            web.get("/api/me", dressed(self._me)),
            web.get("/api/map", dressed(self._map)),
            web.post("/api/start", dressed(self._start)),
            web.post("/api/leave", dressed(self._leave)),
            web.get("/api/socket", dressed(self._sockets.socket)),
            web.get("/api/events", dressed(self._sockets.events)),
            web.get("/api/history", dressed(self._sockets.history)),
            web.post("/api/send", dressed(self._sockets.send)),
            web.post("/api/upload", dressed(self._uploads.upload)),
            web.get("/api/files/{token}", dressed(self._uploads.file)),
        ]

    def link(self, payload: str) -> str:
        """The address that opens the chat with `/start payload`."""
        return f"{(self._public_url or '').rstrip('/')}/?start={payload}"

    async def speak(self, chat_id: int, language: str) -> None:
        """The guest chose a language: the words around the chat follow it."""
        await self.chats.speak(chat_id, language)

    async def forget(self, chat_id: int) -> None:
        """Erase a chat: messages, files, logins, and whoever was a member by it alone.

        Its browsers land on the first page.
        """
        await self._files.discard(await self.chats.forget(chat_id))

    async def tidy(self, now: datetime) -> None:
        """Drop what chats keep longer than anybody asks for, and chats nobody comes back to."""
        await self._leftovers.drop(now)

    async def _me(self, request: web.Request) -> web.StreamResponse:
        account = await self._accounts.find(request)
        if account is None:
            return web.json_response({"account": None})
        response = web.json_response({"account": account.chat_id, "language": account.language})
        self._accounts.renew(request, response)
        return response

    async def _map(self, request: web.Request) -> web.StreamResponse:
        """GET /api/map: the city's shape, the same for everybody."""
        response = web.json_response(await self._chart() if self._chart else None)
        response.headers["Cache-Control"] = "max-age=3600"
        return response

    async def _start(self, request: web.Request) -> web.StreamResponse:
        self._guard.check_origin(request)
        payload, language = await self._wish(request)
        account = await self._accounts.find(request)
        sid = None
        if account is None:
            if self._starts.take(self._guard.address(request)):
                raise web.HTTPTooManyRequests(text="Too many new accounts from here.")
            account, sid = await self._accounts.create(language)
        answer = await self._intake.take(account, _start_of(payload))
        response = web.json_response({"account": account.chat_id, "answer": answer})
        if sid is not None:
            self._accounts.remember(request, response, sid)
        return response

    async def _wish(self, request: web.Request) -> tuple[str, str]:
        """The payload and the language of a start; raises 400 or 415."""
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            wish = json.loads(await request.read())  # JSON is UTF-8, whatever charset is named
            payload, language = wish.get("start") or "", wish.get("language") or ""
            fits = _PAYLOAD.fullmatch(payload) is not None
        except (ValueError, AttributeError, TypeError) as error:
            raise web.HTTPBadRequest(text="This is not a start.") from error
        if not fits:
            raise web.HTTPBadRequest(text="This link is damaged.")
        return payload, language if language in LANGUAGES else self._city["language"]

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        self._guard.check_origin(request)
        account = await self._accounts.require(request)
        await self._accounts.revoke(account)
        await self.lines.hang_up(account.chat_id, account.sid_hash)
        response = web.json_response({})
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        self._accounts.drop(request, response)
        return response

    async def _hang_up(self, app: web.Application) -> None:
        await self.lines.hang_up_all()


def _start_of(payload: str) -> Start:
    return Start(t="start", cid=secrets.token_hex(16), payload=payload)
