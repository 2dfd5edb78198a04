"""Telegram as one channel: its bot, the way its updates come in, its start and its stop."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Literal

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiohttp import web

from bot.background import Stop, pause_before
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.outgoing import Outgoing
from bot.channels.telegram.pacing import Pacer
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.session import TelegramSession
from bot.channels.telegram.webhook import WEBHOOK_PATH, Webhook
from bot.turnstile import Throttle, Verdict

log = logging.getLogger(__name__)

Mode = Literal["polling", "webhook"]
DRAIN_SECONDS = 20.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
MAX_CONNECTIONS = 64
"""Webhook deliveries at a time, asked of Telegram."""
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
"""What Telegram allows (1-256 of these), but long enough not to be guessed."""


class TelegramChannel:
    """The Telegram side of the conversation. Nothing is sent or asked before `run`.

    `bot` is the aiogram bot of this channel; `counts` grows by what happened (see `Intake` and
    `Outgoing`).
    """

    name = "telegram"

    def __init__(
        self,
        token: str,
        dispatcher: Dispatcher,
        *,
        api_url: str | None = None,
        proxy: str | None = None,
        mode: Mode = "polling",
        public_url: str | None = None,
        webhook_secret: str | None = None,
        on_start: Callable[[Bot], Awaitable[object]] | None = None,
        drain_seconds: float = DRAIN_SECONDS,
        pacer: Pacer | None = None,
        throttle: Throttle | None = None,
    ) -> None:
        """`on_start` sets commands and the like once Telegram answers; its failure is logged only.
        `pacer` replaces Telegram's usual limits, for a server that has others. `throttle` is the
        one of the dispatcher's boundary: by polling an update arrives long before it gets there.

        ValueError if the webhook mode lacks its address or a good secret, or the proxy's scheme
        is unknown; TokenValidationError if the token cannot be one.
        """
        self.counts: Counter[str] = Counter()
        self._answering = False
        self._outgoing = Outgoing(self.counts, pacer)
        session = TelegramSession(api_url, proxy)
        session.middleware(self._outgoing)
        self.bot = Bot(token, session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
        self._dispatcher = dispatcher
        self._on_start = on_start
        self._drain_seconds = drain_seconds
        self._stopping = Stop()
        self._stopped = asyncio.Event()
        self._stopped.set()
        intake = Intake(self.bot, dispatcher, self.counts)
        self._throttle = throttle
        self._poller = Poller(self.bot, intake, self._arrives, drain_seconds=drain_seconds)
        self._webhook: Webhook | None = None
        if mode == "webhook":
            if not public_url or not SECRET.fullmatch(webhook_secret or ""):
                raise ValueError(
                    "The webhook mode needs PUBLIC_URL and a WEBHOOK_SECRET of 16 to 256 "
                    "letters, digits, - and _"
                )
            self._secret = webhook_secret
            self._url = public_url.rstrip("/") + WEBHOOK_PATH
            self._webhook = Webhook(intake, str(webhook_secret))

    @property
    def connected(self) -> bool:
        """Whether Telegram was met and, as far as the last calls tell, still answers."""
        return self._answering and not self.failing_fast

    @property
    def stopping(self) -> bool:
        """Whether `stop` has been called."""
        return self._stopping.is_set

    @property
    def held_back(self) -> int:
        """Outgoing calls waiting for Telegram's limits."""
        return self._outgoing.pacer.waiting

    @property
    def failing_fast(self) -> bool:
        """Whether calls are refused with ChannelDown because Telegram is unreachable."""
        return self._outgoing.breaker.is_open

    @property
    def in_hand(self) -> int:
        """Updates taken and not yet finished."""
        return self._poller.in_hand + (self._webhook.in_hand if self._webhook else 0)

    def attach(self, app: web.Application) -> None:
        """Add the webhook's route; in the polling mode there is none."""
        if self._webhook is not None:
            self._webhook.attach(app)

    async def run(self) -> None:
        """Live until `stop`: meet Telegram (as long as that takes), then receive updates.

        May be started again after a crash.
        """
        self._stopped.clear()
        try:
            if not await self._stopping.unless_stopped(self._meet):
                return
            if self._webhook is None:
                await self._poller.run(self._update_kinds(), self._alive)
            else:
                await self._stopping.wait()
        finally:
            self._stopped.set()

    async def stop(self) -> None:
        """Finish what is in hand, leave the rest with Telegram, close the connections.

        Updates that are not confirmed come again after the next start; the webhook stays set.
        """
        self._stopping.set()
        self._poller.stop()
        if self._webhook is not None:
            await self._webhook.stop(self._drain_seconds)
        await self._stopped.wait()
        self._answering = False
        await self.bot.session.close()

    async def _meet(self) -> None:
        await self._until_done("getMe", self.bot.me)
        log.info("Telegram answers; the bot is @%s", (await self.bot.me()).username)
        await self._prepare()
        await self._until_done("the choice of delivery", self._choose_delivery)

    async def _prepare(self) -> None:
        if self._on_start is None:
            return
        try:
            await self._on_start(self.bot)
        except AiogramError as error:
            log.warning("Commands were not set: %s", error)

    async def _choose_delivery(self) -> None:
        """Waiting updates are never dropped."""
        if self._webhook is None:
            await self.bot.delete_webhook(drop_pending_updates=False)
            return
        await self.bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=self._update_kinds(),
            max_connections=MAX_CONNECTIONS,
            drop_pending_updates=False,
        )

    def _update_kinds(self) -> list[str]:
        return sorted(self._dispatcher.resolve_used_update_types())

    def _arrives(self, lane: str, waiting: int) -> Verdict:
        """A private chat has its person's id; groups are not answered anyway."""
        if self._throttle is None or not lane.isdecimal():
            return Verdict.SERVE
        return self._throttle.arrives(f"{self.name}:{lane}", waiting)

    def _alive(self, yes: bool) -> None:
        self._answering = yes

    async def _until_done(self, what: str, call: Callable[[], Awaitable[object]]) -> None:
        """Repeat the call until Telegram agrees."""
        failures = 0
        while True:
            try:
                await call()
            except AiogramError as error:
                failures += 1
                self._alive(False)
                pause = pause_before(failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
                if isinstance(error, TelegramRetryAfter):
                    pause = max(pause, float(error.retry_after))
                log.warning("Telegram: %s failed, next in %.1f s: %s", what, pause, error)
                await asyncio.sleep(pause)
            else:
                return self._alive(True)
