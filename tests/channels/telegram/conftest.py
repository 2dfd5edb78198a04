"""The channel in either mode, wired to the strict fake and the echo bot."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest
from aiohttp import web

from bot.background import Background
from bot.channels.telegram import TelegramChannel, channel, outgoing, polling
from tests.channels.telegram.echo import Echo
from tests.fake_telegram import TOKEN, FakeTelegram

SECRET = "secret_of_the_webhook"


async def until(fact: Callable[[], object]) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(20):
        while not fact():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


class Site:
    """A process in miniature: the web server, the channel and the owner of background work."""

    def __init__(self, fake: FakeTelegram, mode: str, **options: Any) -> None:
        self.fake = fake
        self.mode = mode
        self.echo = Echo()
        self.background = Background(grace=5, first_pause=0.01)
        self._options = options
        self._stopped = False

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.channel = TelegramChannel(
            TOKEN,
            self.echo.dispatcher,
            **{
                "api_url": self.fake.url,
                "mode": self.mode,
                "public_url": self.url,
                "webhook_secret": SECRET,
                "drain_seconds": 5,
                **self._options,
            },
        )
        app = web.Application()
        self.channel.attach(app)
        drain = self._options.get("drain_seconds", 5)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=drain)
        await self.runner.setup()
        await web.SockSite(self.runner, listener).start()
        await self.background.__aenter__()
        self.background.start(self.channel.run, name="telegram", restart=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """The order of the real process: no more requests, the channel, the background work."""
        if not self._stopped:
            self._stopped = True
            await self.runner.cleanup()
            await self.channel.stop()
            await self.background.__aexit__(None, None, None)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture(params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds between tries; what is tried is the same."""
    monkeypatch.setattr(channel, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(channel, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(polling, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(polling, "BUSY_PAUSE", 0.02)
    monkeypatch.setattr(outgoing, "REPEAT_PAUSE", 0.01)


@pytest.fixture
async def site(fake: FakeTelegram, mode: str) -> AsyncIterator[Site]:
    async with Site(fake, mode) as running:
        yield running
