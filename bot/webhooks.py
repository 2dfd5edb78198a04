"""Tells other systems of public moves: reads the log into rows, and sends the rows until done."""

import asyncio
import logging
from itertools import groupby
from operator import attrgetter

from bot.background import wait_for_event
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
_CALLS = 50
_LOOK_EVERY = 3.0


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

    def wake(self) -> None:
        """Something was committed: look now."""
        self._waker.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until stopped."""
        while not stopping.is_set():
            self._waker.clear()
            if not await self.round():
                await wait_for_event(self._waker, _LOOK_EVERY)

    async def round(self) -> int:
        """Read what is new in the log, call whom to call; returns how many calls were made."""
        city = await self._city.get()
        async with self._database.reading() as reading:
            if not await deliveries.is_busy(reading, city.id, self._clock.now()):
                return 0
        await self._read_log(city)
        async with self._database.transaction() as tx:
            calls = await deliveries.take(tx, city.id, self._clock.now(), _CALLS)
        calls.sort(key=attrgetter("webhook_id"))  # stable: the oldest move stays first
        of_one = [list(group) for _, group in groupby(calls, attrgetter("webhook_id"))]
        ended = await asyncio.gather(
            *(self._call_one(city, group) for group in of_one), return_exceptions=True
        )
        for fault in filter(None, ended):
            raise fault  # after all of them: a fault of one costs the others nothing
        return len(calls)

    async def _read_log(self, city: CityFacts) -> None:
        read = 1
        while read:
            async with self._database.transaction() as tx:
                read = await deliveries.read_log(tx, city.id, self._clock.now(), _EVENTS)

    async def _call_one(self, city: CityFacts, calls: list[Call]) -> None:
        """The moves for one address in their order, until it fails."""
        language.set(city.default_language)
        for index, call in enumerate(calls):
            answer, well = await self._call(city, call)
            async with self._database.transaction() as tx:
                now = self._clock.now()
                if well:
                    await deliveries.sent(tx, call, answer, now)
                    continue
                state = await deliveries.failed(tx, call, answer, now, also=calls[index + 1 :])
            log.warning(
                "A webhook was not taken",
                extra={"delivery": call.id, "answer": answer, "state": state},
            )
            return

    async def _call(self, city: CityFacts, call: Call) -> tuple[str, bool]:
        body = telling.body(call, city, self._base)
        headers = telling.headers(call, city, body, self._clock.now())
        try:
            status = await self._outside.post(call.url, body, headers)
        except Unreachable as why:
            return str(why), False
        return str(status), 200 <= status < 300
