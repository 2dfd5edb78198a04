"""The way out: every call of this bot passes here, is paced, repeated if safe, or fails fast."""

import asyncio
from collections import Counter
from math import ceil
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.channels.telegram.pacing import Chat, Pacer
from bot.channels.telegram.session import ChannelDown, NotSent

FAILURES_TO_OPEN = 5
FAILING_SECONDS = 2.0
"""One blip breaks many calls at once; only a failure that lasts opens the breaker."""
OPEN_SECONDS = 15.0
PATIENCE = 60.0
"""Seconds a call may be held back; a longer hold is told to the caller, who can reschedule."""
MAX_HOLDS = 3
REPEAT_PAUSE = 0.3

PROBES = frozenset({"getUpdates", "getMe", "setWebhook", "deleteWebhook"})
"""Calls of the channel itself: they have their own backoff and tell whether Telegram is back."""
PACED = ("send", "edit", "copy", "forward")
REPEATABLE = ("get", "edit", "delete", "set", "answer")
"""Twice does what once does. An edit that had arrived answers "message is not modified"."""


class Breaker:
    """After several network failures in a row, calls fail at once for a while (`ChannelDown`).

    When the while is over one call is let through as a probe; its outcome decides.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._failures = 0
        self._failing_since = 0.0
        self._next_try = 0.0

    def check(self, method: TelegramMethod[Any]) -> None:
        """Raise ChannelDown if calls fail fast now."""
        wait = self._next_try - asyncio.get_running_loop().time()
        if self.is_open and wait > 0:
            raise ChannelDown(method, wait)

    def enter(self, method: TelegramMethod[Any]) -> None:
        """Like `check`, but the one who passes an open breaker is its probe."""
        self.check(method)
        self._next_try = asyncio.get_running_loop().time() + OPEN_SECONDS

    def answered(self) -> None:
        """Telegram said something, be it a refusal."""
        self._failures = 0
        self.is_open = False

    def failed(self) -> None:
        """A call was lost on the way."""
        now = asyncio.get_running_loop().time()
        if not self._failures:
            self._failing_since = now
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN and now - self._failing_since >= FAILING_SECONDS:
            self.is_open = True
        self._next_try = now + OPEN_SECONDS


class Outgoing(BaseRequestMiddleware):
    """Request middleware of Telegram's own session.

    `counts` grows by outcome: sent, held (429), blocked (403), refused, network, server, down.
    """

    def __init__(self, counts: Counter[str], pacer: Pacer | None = None) -> None:
        self.pacer = pacer or Pacer()
        self.breaker = Breaker()
        self._counts = counts

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Raises ChannelDown, TelegramRetryAfter (after three holds, or a hold over `PATIENCE`),
        and whatever Telegram refused with.
        """
        if method.__api_method__ in PROBES:
            return await self._observed(make_request, bot, method)
        ticket = self.pacer.ticket()
        holds = failures = 0
        while True:
            await self._wait_turn(method, ticket)
            try:
                return await self._observed(make_request, bot, method)
            except TelegramRetryAfter as error:
                holds += 1
                await self._hold(method, error, last=holds > MAX_HOLDS)
            except (TelegramNetworkError, TelegramServerError) as error:
                failures += 1
                if failures > 1 or not _repeatable(method, error):
                    raise
                await asyncio.sleep(REPEAT_PAUSE)

    async def _wait_turn(self, method: TelegramMethod[Any], ticket: tuple[bool, int]) -> None:
        try:
            chat = paced_chat(method)
            if chat is not None:
                self.breaker.check(method)
                delay = self.pacer.delay(chat)
                if delay > PATIENCE:
                    raise TelegramRetryAfter(method, "Held back", retry_after=ceil(delay))
                await self.pacer.admit(chat, ticket)
            self.breaker.enter(method)
        except ChannelDown:
            self._counts["down"] += 1
            raise

    async def _hold(
        self, method: TelegramMethod[Any], error: TelegramRetryAfter, *, last: bool
    ) -> None:
        chat = paced_chat(method)
        if chat is not None:
            self.pacer.push_back(chat, error.retry_after)
        if last or error.retry_after > PATIENCE:
            raise error
        if chat is None:
            await asyncio.sleep(error.retry_after)

    async def _observed(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            result = await make_request(bot, method)
        except TelegramNetworkError:
            self._counts["network"] += 1
            self.breaker.failed()
            raise
        except (TelegramAPIError, ClientDecodeError) as error:
            self._counts[_outcome(error)] += 1
            self.breaker.answered()
            raise
        self.breaker.answered()
        if method.__api_method__ not in PROBES:
            self._counts["sent"] += 1
        return result


def paced_chat(method: TelegramMethod[Any]) -> Chat | None:
    """The chat whose limit this call uses up; None for calls that Telegram does not count."""
    name = method.__api_method__
    if not name.startswith(PACED) or name == "sendChatAction":
        return None
    chat = getattr(method, "chat_id", None)
    return chat if isinstance(chat, int | str) else None


def _repeatable(method: TelegramMethod[Any], error: TelegramAPIError) -> bool:
    return isinstance(error, NotSent) or method.__api_method__.startswith(REPEATABLE)


def _outcome(error: Exception) -> str:
    if isinstance(error, TelegramRetryAfter):
        return "held"
    if isinstance(error, TelegramForbiddenError):
        return "blocked"
    if isinstance(error, TelegramServerError | ClientDecodeError):
        return "server"
    return "refused"
