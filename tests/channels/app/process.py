"""The application as `guestcard run` serves it, on a port of its own and with the test's clock."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.app import App
from bot.channels.telegram import Pacer
from bot.settings import Settings
from bot.turnstile import Throttle
from services.delivery import depth
from services.images.workers import ImageWorkers
from tests.clock import ManualClock
from tests.fake_telegram import TOKEN, FakeTelegram
from tests.handlers.conftest import RULES
from tests.house import House, ReadAsText

SECRET = "secret_of_the_webhook"


async def until(fact: Callable[[], object]) -> None:
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(20):
        while not fact():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


class Eyes(ImageWorkers):
    """The real image workers, in the shape a `House` expects."""

    drawn: list[tuple[str, dict[str, Any]]] = []


class Process:
    """One life of the process on a database file: an async context manager.

    Without `fake` Telegram is off. `drain` is how long a stop waits for what is in hand, in
    seconds. Leaving the block stops it in the order of `App.serve`.
    """

    def __init__(
        self,
        file: Path,
        clock: ManualClock,
        *,
        fake: FakeTelegram | None = None,
        mode: str = "polling",
        images: Any = None,
        drain: float = 10,
        throttle: Throttle | None = None,
    ) -> None:
        self.fake = fake
        self.mode = mode
        self._file = file
        self._clock = clock
        self._images = images
        self._drain = drain
        self._throttle = throttle or Throttle(burst=10_000)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.app = App(
            self._settings(),
            clock=self._clock,
            throttle=self._throttle,
            images=self._images or ReadAsText(),
            # Telegram's limits have tests of their own; here nobody waits for them.
            pacer=Pacer(10_000, 0.0001),
            drain_seconds=self._drain,
        )
        await self.app.wire()
        self.house = House(self.app, self.app.database, self._clock, await self.app.city.get())
        self.house.rules(**RULES)
        self._open.push_async_callback(self._close)
        runner = web.AppRunner(self.app.http, access_log=None, shutdown_timeout=self._drain)
        await runner.setup()
        await self._open.enter_async_context(self.app.background())
        self._open.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """What is in hand is finished or, after `drain`, left to the next process."""
        await self._open.aclose()

    async def settled(self) -> None:
        """Wait until nothing waits in the outbox."""
        async with asyncio.timeout(20):
            while await self._waiting():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

    async def _waiting(self) -> int:
        async with self.app.database.reading() as reading:
            return await depth(reading)

    async def get(self, path: str) -> tuple[int, str]:
        """Ask the server as a machine would."""
        async with aiohttp.request("GET", self.url + path) as response:
            return response.status, await response.text()

    def _settings(self) -> Settings:
        settings = Settings(
            _env_file=None,
            data_dir=self._file.parent / "data",
            database_url=f"sqlite+aiosqlite:///{self._file}",
            bot_token=TOKEN if self.fake else None,
            telegram_api_url=self.fake.url if self.fake else None,
            webhook_secret=SECRET,
            public_url=self.url,
        )
        # Settings insist on https for the webhook, as Telegram does; the fake comes by http.
        return settings.model_copy(update={"telegram_mode": self.mode})

    async def _close(self) -> None:
        if isinstance(self.app.images, Eyes):
            self.app.images = ReadAsText()  # type: ignore[assignment]  # shared by processes
        await self.app.close()
