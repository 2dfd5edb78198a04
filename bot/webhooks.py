"""Tells other systems of public moves: reads the log into rows, and sends the rows until done."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from bot.background import Background, wait_for_event
from bot.city import CitySource
from handlers.http import telling
from handlers.texts import language
from services.cities import CityFacts
from services.clock import Clock
from services.database import Database
from services.sharing import deliveries
from services.sharing.deliveries import Call
from services.sharing.outside import Outside, Unreachable

log = logging.getLogger(__name__)

_EVENTS = 500
_CALLS = 10
"""How many in one turn of an address."""
_LOOK_EVERY = 3.0
_GRACE = 15.0
"""Longer than a call lasts, so that what is under way at the end is still noted."""
_AWAY = {408, 429}
"""What an address answers, besides 5xx, when it takes nothing for now; any other 4xx is about the
one move."""

Turn = Callable[[], Coroutine[Any, Any, int]]


class Webhooks:
    """Every address is called at least once for every move; the same move has the same id.

    `base` is our own public address.
    """

    def __init__(
        self, *, database: Database, clock: Clock, city: CitySource, outside: Outside, base: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._city = city
        self._outside = outside
        self._base = base
        self._waker = asyncio.Event()
        self._under_way: set[int] = set()

    def wake(self) -> None:
        """Something was committed: look now."""
        self._waker.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until stopped. An address that is slow keeps nobody else waiting."""
        async with Background(grace=_GRACE) as group:
            while not stopping.is_set():
                self._waker.clear()
                for turn in await self.turns(stopping):
                    group.start(turn, name="a webhook's turn")
                await wait_for_event(self._waker, _LOOK_EVERY)

    async def turns(self, stopping: asyncio.Event) -> list[Turn]:
        """Read what is new in the log, and say what is to be done: a turn of each address that has
        something due and none of whose turns is under way. A stop ends them after a call."""
        city = await self._city.get()
        async with self._database.reading() as reading:
            if not await deliveries.is_busy(reading, city.id, self._clock.now()):
                return []
        await self._read_log(city)
        async with self._database.reading() as reading:
            due = await deliveries.due(reading, city.id, self._clock.now())
        found = [each for each in due if each not in self._under_way]
        self._under_way.update(found)
        return [partial(self._turn, city, webhook_id, stopping) for webhook_id in found]

    async def _read_log(self, city: CityFacts) -> None:
        read = 1
        while read:
            async with self._database.transaction() as tx:
                read = await deliveries.read_log(tx, city.id, self._clock.now(), _EVENTS)

    async def _turn(self, city: CityFacts, webhook_id: int, stopping: asyncio.Event) -> int:
        """Some moves for one address in their order, until it is away; returns how many calls."""
        language.set(city.default_language)
        calls = 0
        try:
            is_there = True
            while is_there and calls < _CALLS and not stopping.is_set():
                async with self._database.transaction() as tx:
                    call = await deliveries.take(tx, city.id, webhook_id, self._clock.now())
                if call is None:
                    break
                calls += 1
                is_there = await self._tell(city, call)
        finally:
            self._under_way.discard(webhook_id)
        if calls:
            self._waker.set()  # there may be more
        return calls

    async def _tell(self, city: CityFacts, call: Call) -> bool:
        """Tell one move and note what came of it; says whether the address is there."""
        answer, status = await self._call(city, call)
        is_there = 200 <= status < 300 or (400 <= status < 500 and status not in _AWAY)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            if 200 <= status < 300:
                await deliveries.sent(tx, call, answer, now)
                return True
            note = deliveries.refused if is_there else deliveries.failed
            state = await note(tx, call, answer, now)
        log.warning(
            "A webhook was not taken",
            extra={"delivery": call.id, "answer": answer, "state": state},
        )
        return is_there

    async def _call(self, city: CityFacts, call: Call) -> tuple[str, int]:
        """What to note, and the status, which is 0 where nothing was answered."""
        body = telling.body(call, city, self._base)
        headers = telling.headers(call, city, body, self._clock.now())
        try:
            status = await self._outside.post(call.url, body, headers)
        except Unreachable as why:
            return str(why), 0
        return str(status), status
