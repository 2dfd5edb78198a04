"""Delivers the outbox: one worker per channel, so that a dead channel delays no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
)
from sqlalchemy import delete

from bot.channels.telegram.pacing import bulk
from bot.city import CitySource
from bot.metrics import Metrics
from bot.models import ProcessedUpdate
from bot.presenter import Presenter
from handlers.notices import REMINDERS, notice
from handlers.texts import language
from services import delivery
from services.clock import Clock
from services.database import Database
from services.delivery import Waiting
from services.members import people

log = logging.getLogger(__name__)

_BATCH = 50
_LOOK_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Channel:
    """What delivery needs of a channel: the bot that writes there, and how it forgets a person.

    `forget` removes what the channel itself keeps; doing it twice is harmless. None: it keeps
    nothing.
    """

    bot: Bot
    forget: Callable[[int], Awaitable[None]] | None = None


class Delivery:
    """Messages are sent at least once: a kill between sending and settling repeats one."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        city: CitySource,
        presenter: Presenter,
        channels: Mapping[str, Channel],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._clock = clock
        self._city = city
        self._presenter = presenter
        self._channels = channels
        self._metrics = metrics
        self._wakers: dict[str | None, asyncio.Event] = {
            name: asyncio.Event() for name in (*channels, None)
        }

    def wake(self) -> None:
        """Something was committed; look now instead of at the next tick."""
        for waker in self._wakers.values():
            waker.set()

    async def run(self, name: str | None, stopping: asyncio.Event) -> None:
        """Deliver for one channel until `stopping`; None looks after those without any."""
        waker = self._wakers[name]
        while not stopping.is_set():
            waker.clear()
            while await self.round(name) == _BATCH and not stopping.is_set():
                pass
            try:
                async with asyncio.timeout(_LOOK_EVERY):
                    await waker.wait()
            except TimeoutError:
                continue

    async def round(self, name: str | None) -> int:
        """Deliver what is due once. Returns how many messages were looked at."""
        async with self._database.reading() as reading:
            waiting = await delivery.due(reading, name, self._clock.now(), _BATCH)
            self._metrics.outbox_depth.set(await delivery.depth(reading))
        for message in waiting:
            result = await self._attempt(message)
            self._metrics.delivered(name or "none", result)
        return len(waiting)

    async def _attempt(self, message: Waiting) -> str:
        try:
            return await self._deliver(message)
        except Exception:
            # One message that cannot be said must not stand in the way of all after it.
            log.exception("Delivery failed", extra={"message_id": message.id, "kind": message.kind})
            return await self._postpone(message)

    async def _deliver(self, message: Waiting) -> str:
        if message.channel is None or message.external_id is None:
            return await self._without_channel(message)
        if message.kind in REMINDERS and not (message.notify and message.consented):
            return await self._settle(message, "declined")
        channel = self._channels[message.channel]
        language.set(message.language)
        screen = notice(message.kind, message.facts, await self._city.get())
        way = bulk() if message.kind in REMINDERS else nullcontext()
        try:
            with way:
                await self._presenter.send(channel.bot, int(message.external_id), screen)
        except (TelegramForbiddenError, TelegramBadRequest) as refusal:
            return await self._cannot(message, refusal)
        except TelegramAPIError as fault:
            log.warning("Delivery postponed", extra={"reason": type(fault).__name__})
            return await self._postpone(message)
        return await self._settle(message, "sent")

    async def _cannot(self, message: Waiting, refusal: TelegramAPIError) -> str:
        """Somebody who is gone is not written to again; any other refusal is a fault of ours."""
        gone = isinstance(refusal, TelegramForbiddenError) or "chat not found" in str(refusal)
        if not gone:
            log.error("A message was refused", extra={"kind": message.kind, "why": str(refusal)})
            return await self._settle(message, "failed")
        assert message.channel is not None
        assert message.external_id is not None
        async with self._database.transaction() as tx:
            await people.blocked(tx, message.channel, message.external_id, self._clock.now())
        return "blocked"

    async def _without_channel(self, message: Waiting) -> str:
        if message.kind != "forget":
            return await self._settle(message, "undeliverable")
        channel = self._channels.get(message.facts["channel"])
        if channel is not None and channel.forget is not None:
            await channel.forget(int(message.facts["external_id"]))
        async with self._database.transaction() as tx:
            of_member = ProcessedUpdate.member_id == message.member_id
            await tx.execute(delete(ProcessedUpdate).where(of_member))
        return await self._settle(message, "sent")

    async def _postpone(self, message: Waiting) -> str:
        async with self._database.transaction() as tx:
            await delivery.postpone(tx, message, self._clock.now())
        return "postponed"

    async def _settle(self, message: Waiting, state: str) -> str:
        async with self._database.transaction() as tx:
            await delivery.settle(tx, message.id, state, self._clock.now())
        return state
