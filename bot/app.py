"""The one composition root: everything is made and wired here, nothing at import."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import BotCommand
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.background import Background
from bot.boundary import Boundary
from bot.channels.telegram import DRAIN_SECONDS, Pacer, TelegramChannel
from bot.channels.web.gateway import WebChannel
from bot.channels.web.security import Buckets, Guard
from bot.checking import Checking, Service
from bot.city import CitySource
from bot.delivery import Channel, Delivery
from bot.documents import Documents
from bot.jobs import Jobs
from bot.keys import phone_key
from bot.metrics import Metrics
from bot.pictures import Pictures
from bot.presenter import Presenter
from bot.settings import Settings
from bot.transaction import OneTransaction
from bot.turnstile import Throttle
from bot.verifiers import chain_of, services_of
from bot.webhooks import Webhooks
from handlers.chat import chat_router
from handlers.http import health
from handlers.http.door import Door
from handlers.http.feeds.routes import routes as feeds
from handlers.http.log import routes as log_routes
from handlers.http.open311.routes import routes as open311
from handlers.http.pages.routes import routes as pages
from handlers.links import Links
from handlers.texts import LANGUAGES, N_, _, language, plain
from services.cities.chart import chart
from services.clock import Clock, SystemClock
from services.database import Database
from services.images.workers import ImageWorkers
from services.sharing.outside import Outside

log = logging.getLogger(__name__)

_COMMANDS = (
    ("card", N_("My card and points")),
    ("receipt", N_("My receipts")),
    ("rewards", N_("What points buy")),
    ("report", N_("Report a problem in the city")),
    ("idea", N_("I have an idea")),
    ("projects", N_("Ideas and projects")),
    ("plan", N_("The city's plan and how it goes")),
    ("partner", N_("For partner staff")),
    ("settings", N_("Language and messages")),
    ("privacy", N_("My data")),
    ("help", N_("How it works")),
)


class App:
    """The wired process. Tests make one with their own database, clock or limits."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database | None = None,
        clock: Clock | None = None,
        throttle: Throttle | None = None,
        images: ImageWorkers | None = None,
        pacer: Pacer | None = None,
        drain_seconds: float = DRAIN_SECONDS,
        verifiers: Mapping[str, Service] | None = None,
    ) -> None:
        """`pacer` and `drain_seconds` are the Telegram channel's (see `TelegramChannel`);
        `verifiers` stand for those that the settings name."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.database = database or Database(settings.database_url)
        self.images = images or ImageWorkers()
        self.metrics = Metrics()
        self.city = CitySource(self.database, settings.city_slug)
        self.presenter = Presenter(
            Pictures(self.database, self.clock, self.images), Documents(self.database)
        )
        self.dispatcher = Dispatcher(disable_fsm=True)
        self.chain = chain_of(settings)
        self.outside = Outside(private=settings.allow_private_addresses)
        self._opened = AsyncExitStack()
        self._verifiers = verifiers
        self._throttle = throttle or Throttle()
        self._pacer = pacer
        self._drain_seconds = drain_seconds
        self._bot_name: str | None = None

    async def wire(self) -> None:
        """Make the channels and connect everything; the city must be loaded by now."""
        self.web = await self._web_channel()
        self.telegram = self._telegram_channel()
        self.channels = {self.web.name: Channel(self.web.bot, self.web.forget)}
        if self.telegram is not None:
            self.channels[self.telegram.name] = Channel(self.telegram.bot)
        self.delivery = Delivery(
            database=self.database,
            clock=self.clock,
            city=self.city,
            presenter=self.presenter,
            channels=self.channels,
            metrics=self.metrics,
        )
        self.checking = await self._checking()
        self._opened.push_async_callback(self.checking.close)
        self.webhooks = Webhooks(
            database=self.database,
            clock=self.clock,
            city=self.city,
            outside=self.outside,
            base=self.settings.links_url,
        )
        self._opened.push_async_callback(self.outside.close)
        self.jobs = Jobs(
            database=self.database,
            clock=self.clock,
            city=self.city,
            committed=self.delivery.wake,
            chain=self.chain,
            also_tidy=(self.web.tidy,),
        )
        self._connect_handlers()
        self.http = self._http()

    async def _checking(self) -> Checking:
        city = await self.city.get()
        services = self._verifiers
        if services is None:
            services = services_of(self.settings, self.database, self.clock, city.timezone)
        return Checking(
            database=self.database,
            clock=self.clock,
            city=self.city,
            chain=self.chain,
            services=services,
            metrics=self.metrics,
            told=self.delivery.wake,
        )

    async def _web_channel(self) -> WebChannel:
        city = await self.city.get()
        return WebChannel(
            database=self.database,
            clock=self.clock,
            dispatcher=self.dispatcher,
            public_url=self.settings.public_url or None,
            data_dir=self.settings.data_dir,
            city={
                "title": dict(city.title),
                "short": dict(city.name),
                "language": city.default_language,
            },
            trusted_proxies=self.settings.trusted_proxies,
            chart=self._chart,
        )

    async def _chart(self) -> Mapping[str, Any]:
        city = await self.city.get()
        async with self.database.reading() as reading:
            return await chart(reading, city)

    def _telegram_channel(self) -> TelegramChannel | None:
        settings = self.settings
        if settings.bot_token is None:
            return None
        secret = settings.webhook_secret
        return TelegramChannel(
            settings.bot_token.get_secret_value(),
            self.dispatcher,
            api_url=settings.telegram_api_url,
            proxy=settings.telegram_proxy,
            mode=settings.telegram_mode,
            public_url=settings.public_url,
            webhook_secret=secret.get_secret_value() if secret else None,
            on_start=self._introduce,
            drain_seconds=self._drain_seconds,
            pacer=self._pacer,
            throttle=self._throttle,
        )

    async def _introduce(self, bot: Bot) -> None:
        """Give a channel the bot's commands in every language."""
        for tongue in LANGUAGES:
            token = language.set(tongue)
            commands = [
                BotCommand(command=name, description=plain(_(words))) for name, words in _COMMANDS
            ]
            language.reset(token)
            await bot.set_my_commands(commands, language_code=tongue)
        if bot is not self.web.bot:
            self.links.telegram = (await bot.me()).username

    def _connect_handlers(self) -> None:
        self.links = Links(web=self.settings.links_url)
        names = {channel.bot.id: name for name, channel in self.channels.items()}
        self.dispatcher.update.outer_middleware(
            Boundary(
                database=self.database,
                clock=self.clock,
                city=self.city,
                channels=names,
                presenter=self.presenter,
                metrics=self.metrics,
                spoke=self._spoke,
                throttle=self._throttle,
            )
        )
        one = OneTransaction(
            database=self.database,
            clock=self.clock,
            city=self.city,
            links=self.links,
            eyes=self.images.of,
            metrics=self.metrics,
            told=self.delivery.wake,
            asked=self.checking.wake,
            chain=self.chain,
            phone_key=phone_key(self.settings.data_dir),
        )
        self.dispatcher.message.middleware(one)
        self.dispatcher.edited_message.middleware(one)
        self.dispatcher.callback_query.middleware(one)
        self.dispatcher.include_router(chat_router())

    async def _spoke(self, channel: str, external_id: str, tongue: str) -> None:
        if channel == self.web.name:
            await self.web.speak(int(external_id), tongue)

    def _http(self) -> web.Application:
        app = web.Application(client_max_size=12 * 2**20)
        app.add_routes(health.routes(self._ready, self.metrics.exposition))
        door = self._door()
        app.add_routes([*open311(door), *feeds(door), *log_routes(door)])
        app.add_routes(pages(door, self.links))
        self.web.attach(app)
        if self.telegram is not None:
            self.telegram.attach(app)
        return app

    def _door(self) -> Door:
        guard = Guard(
            self.settings.public_url or None, trusted_proxies=self.settings.trusted_proxies
        )
        return Door(
            database=self.database,
            clock=self.clock,
            city=self.city.get,
            base=guard.origin,
            address=guard.address,
            per_minute=lambda calls: Buckets(self.clock, (calls, calls / 60)),
            keep=self._bare,
            outside=self.outside,
            committed=self._committed,
        )

    async def _bare(self, picture: bytes) -> bytes:
        return (await self.images.take(picture)).jpeg

    def _committed(self) -> None:
        self.delivery.wake()
        self.webhooks.wake()

    async def _ready(self) -> dict[str, bool]:
        try:
            async with self.database.reading() as reading:
                answers = await reading.scalar(text("SELECT 1")) == 1
        except (SQLAlchemyError, OSError):
            answers = False
        return {"database": answers}

    @asynccontextmanager
    async def background(self) -> AsyncIterator[Background]:
        """Delivery, jobs and channels at work until the block ends."""
        await self._introduce(self.web.bot)
        scheduler = self.jobs.scheduler()
        # Longer than the channels take to finish what is in hand.
        async with Background(grace=30) as background:
            for name in (*self.channels, None):
                background.start(
                    partial(self.delivery.run, name, background.stopping),
                    name=f"delivery {name or 'without a channel'}",
                    restart=True,
                )
            for name in self.checking.names:
                background.start(
                    partial(self.checking.run, name, background.stopping),
                    name=f"checks with {name}",
                    restart=True,
                )
            background.start(
                partial(self.webhooks.run, background.stopping), name="webhooks", restart=True
            )
            if self.telegram is not None:
                background.start(self.telegram.run, name="telegram", restart=True)
            scheduler.start()
            try:
                yield background
            finally:
                scheduler.shutdown(wait=False)
                # In this order: delivery wakes to find that it is over, while Telegram is there.
                background.stopping.set()
                self._committed()
                self.checking.wake()
                if self.telegram is not None:
                    await self.telegram.stop()

    async def close(self) -> None:
        """Give back processes and connections."""
        await self.images.close()
        await self._opened.aclose()
        await self.database.close()

    async def serve(self) -> None:
        """Run until SIGINT or SIGTERM; requests in flight are finished."""
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await self.wire()
        runner = web.AppRunner(self.http, access_log=None, shutdown_timeout=20)
        await runner.setup()
        try:
            async with self.background():
                site = web.TCPSite(runner, self.settings.web_host, self.settings.web_port)
                await site.start()
                settle_memory()
                log.info("The web chat is open at %s", self.settings.links_url)
                if self.telegram is None:
                    log.info("Telegram is off: no BOT_TOKEN")
                await stop.wait()
                log.info("Stopping")
                await runner.cleanup()
        finally:
            await self.close()


def settle_memory() -> None:
    """After start: the collector need not walk aiogram's many classes again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
