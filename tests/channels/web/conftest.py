"""A web channel on a real local server, with the small bot behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, web
from aiohttp.test_utils import TestServer

from bot.channels.web.gateway import WebChannel
from bot.channels.web.security import Limits
from services.database import Database
from tests.channels.web.echo import CITY, Log, dispatcher
from tests.clock import ManualClock


@dataclass
class Site:
    """A running web chat."""

    channel: WebChannel
    server: TestServer
    log: Log
    visitors: list[ClientSession] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """As a browser on our page would write it."""
        return f"http://127.0.0.1:{self.server.port}"

    def visitor(self) -> "Visitor":
        """A new browser."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.visitors.append(session)
        return Visitor(self, session)

    async def guest(self, start: str = "") -> "Visitor":
        """A new browser that has tapped "Start"."""
        visitor = self.visitor()
        answer = await visitor.post("/api/start", json={"start": start, "language": "ru"})
        visitor.account = (await answer.json())["account"]
        return visitor

    async def close(self) -> None:
        """Hang up everywhere."""
        for session in self.visitors:
            await session.close()
        await self.server.close()


@dataclass
class Visitor:
    """A browser: a cookie jar and the right Origin."""

    site: Site
    http: ClientSession
    account: int = 0

    async def get(self, path: str, **options: Any) -> Any:
        return await self.http.get(self.site.origin + path, **options)

    async def post(self, path: str, **options: Any) -> Any:
        options.setdefault("headers", {"Origin": self.site.origin})
        return await self.http.post(self.site.origin + path, **options)

    async def socket(self, after: int = 0, *, origin: str | None = None) -> "Talk":
        headers = {"Origin": origin or self.site.origin}
        ws = await self.http.ws_connect(self.site.origin + "/api/socket", headers=headers)
        talk = Talk(ws)
        await ws.send_json({"t": "hello", "after": after})
        talk.sync = await talk.next()
        return talk


@dataclass
class Talk:
    """An open socket."""

    ws: ClientWebSocketResponse
    sync: dict[str, Any] = field(default_factory=dict)

    async def next(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = await self.ws.receive_json(timeout=5)
        return frame

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Frames up to and with the first of this kind."""
        frames = [await self.next()]
        while frames[-1]["t"] != kind:
            frames.append(await self.next())
        return frames

    async def say(self, cid: str, text: str) -> list[dict[str, Any]]:
        """Send a text; the frames up to its ack."""
        await self.ws.send_json({"t": "say", "cid": cid, "text": text})
        return await self.until("ack")

    async def press(self, cid: str, message_id: int, data: str, end: str = "ack") -> Any:
        """Press a button; the frames up to the ack."""
        press = {"t": "press", "cid": cid, "message_id": message_id, "data": data}
        await self.ws.send_json(press)
        return await self.until(end)


Open = Callable[..., Awaitable[Site]]


@pytest.fixture
async def open_site(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Open]:
    """Starts a server; called again it is the same house after a restart."""
    sites = []

    async def start(log: Log | None = None, **options: Any) -> Site:
        log = log or Log()
        channel = WebChannel(
            database=sqlite_database,
            clock=clock,
            dispatcher=dispatcher(log),
            data_dir=tmp_path,
            **{"city": CITY, "public_url": None, **options},
        )
        app = web.Application()
        channel.attach(app)
        server = TestServer(app)
        await server.start_server()
        sites.append(Site(channel, server, log))
        return sites[-1]

    yield start
    for site in sites:
        await site.close()


@pytest.fixture
async def site(open_site: Open) -> Site:
    """A running web chat with the usual limits."""
    return await open_site()


@pytest.fixture
def tight() -> Limits:
    """Limits that a test can reach."""
    return Limits(
        sockets_per_chat=2,
        sockets_per_address=3,
        actions=(3, 1),
        starts=(2, 1 / 60),
        uploads_per_day=1,
        upload_bytes=10_000,
    )
