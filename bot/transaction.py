"""Around the chosen handler: permission, slow work, then the one transaction of the update."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.arrival import AlreadyProcessed, Arrival, dialogue, processed
from bot.city import CitySource
from bot.fsm_storage import SqlStorage
from bot.metrics import Metrics
from bot.models import ProcessedUpdate
from bot.recognition import Recognised
from handlers.access import Eyes, may_enter
from handlers.chat.leaving import with_the_menu
from handlers.links import Links
from handlers.refusals import denied
from handlers.turn import Turn
from services import delivery
from services.cities import CityFacts
from services.clock import Clock
from services.database import Database, insert_new
from services.members import people
from services.receipts import queue
from services.receipts.chain import OFFLINE, Chain

Next = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

_SEEN_EVERY = timedelta(hours=1)
_SLOW_AT_ONCE = 80
"""More than there is room for in the line of pictures, which says `busy`: some are on their way."""


class OneTransaction(BaseMiddleware):
    """Around the chosen handler: permission, slow work, then one transaction."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        city: CitySource,
        links: Links,
        eyes: Callable[[int], Eyes],
        metrics: Metrics,
        told: Callable[[], None],
        asked: Callable[[], None],
        chain: Chain = OFFLINE,
        phone_key: bytes,
    ) -> None:
        """`eyes` are those for one member's pictures, by id: people are served by turns.

        `told` is called after a commit that left messages for somebody to be delivered,
        `asked` after one that left a receipt to be asked about.
        """
        self._database = database
        self._clock = clock
        self._city = city
        self._links = links
        self._eyes = eyes
        self._metrics = metrics
        self._told = told
        self._asked = asked
        self._chain = chain
        self._phone_key = phone_key
        self._slow = asyncio.Semaphore(_SLOW_AT_ONCE)

    async def __call__(self, handler: Next, event: TelegramObject, data: dict[str, Any]) -> Any:
        arrival: Arrival = data["arrival"]
        known: Recognised = data["known"]
        arrival.handlers.append(_handler_name(data))
        if not may_enter(known.person, get_flag(data, "access")):
            return denied(known.person)
        city = await self._city.get()
        prepared = await self._prepare(event, data, known, city)
        if prepared is None:
            prepared = await self._recall(event, data, known, city)
        now = self._clock.now()
        async with self._database.transaction() as tx:
            turn = Turn(
                tx=tx,
                me=known.person,
                now=now,
                city=city,
                state=FSMContext(SqlStorage(tx), dialogue(arrival)),
                links=self._links,
                chain=self._chain,
                phone_key=self._phone_key,
                prepared=prepared,
            )
            screen = await handler(event, {**data, "turn": turn})
            screen = await with_the_menu(turn, known.dialogue, event, screen)
            if now - known.seen_at > _SEEN_EVERY:
                await people.seen(tx, known.person.identity_id, now)
            kept = processed(arrival, known, screen, now)
            told, asked = delivery.told(tx), queue.asked(tx)
            if await insert_new(tx, ProcessedUpdate, kept) is None:
                raise AlreadyProcessed
        self._metrics.noted(turn.noted)
        if told:
            self._told()
        if asked:
            self._asked()
        return screen

    async def _prepare(
        self, event: TelegramObject, data: dict[str, Any], known: Recognised, city: CityFacts
    ) -> Any:
        """The handler's slow work, if it has any; not all at once, as pictures fill the memory."""
        prepare, first = get_flag(data, "prepare"), get_flag(data, "first")
        if prepare is None:
            return None
        assert isinstance(event, Message)
        if first is not None:
            async with self._database.reading() as reading:
                await first(reading, known.person, city, self._clock.now())
        async with self._slow:
            return await prepare(event, data["bot"], self._eyes(known.person.id))

    async def _recall(
        self, event: TelegramObject, data: dict[str, Any], known: Recognised, city: CityFacts
    ) -> Any:
        """The slow work of a press, with what the dialogue has kept for it."""
        recall, gather = get_flag(data, "recall"), get_flag(data, "gather")
        if recall is None:
            return None
        assert isinstance(event, CallbackQuery)
        async with self._database.reading() as reading:
            kept = await SqlStorage(reading).get_data(dialogue(data["arrival"]))
            if gather is not None:
                kept = {**kept, **await gather(reading, known.person, city, event, kept)}
        async with self._slow:
            return await recall(event, kept, data["bot"], self._eyes(known.person.id))


def _handler_name(data: dict[str, Any]) -> str:
    handler = data.get("handler")
    return getattr(getattr(handler, "callback", None), "__name__", "none")
