"""How often everybody calls, and how many may send something at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from handlers.http.door import Bucket, Door
from handlers.http.open311 import parameters
from handlers.http.open311.errors import Wrong
from handlers.http.open311.parameters import Parameters
from services.cities import CityFacts
from services.sharing import clients
from services.sharing.clients import Client

STRANGERS_PER_MINUTE = 120
"""Calls without a key from one address; calls with a wrong key count twenty times."""
PHOTOS_PER_MINUTE = 600
_WRONG_KEY = 20
_ROOM = 8
"""Bodies that are heard at the same time: so many of strangers, and so many of clients."""
_SLOTS = 2
"""How many of them one address may send; what it sends more at the same time waits."""
_EACH = 8
"""How many calls one address may have here, heard or waiting."""
_LONGEST_WAIT = 30.0
_FIRST_SECONDS = 10.0
_BYTES_PER_SECOND = 64 * 1024
_LONGEST_CALL = 60.0
"""A body has ten seconds, and more as long as it comes at a fair rate."""
_KNOWN_FOR = timedelta(hours=1)
_KNOWN = 1000


@dataclass(slots=True)
class _Sending:
    """What one address has here."""

    calls: int = 0
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SLOTS))


class Callers:
    """Counted in memory, so a restart forgives.

    Until all is said nobody knows whether a call has a key. So an address is remembered for an
    hour when a valid key came from it: what strangers do costs it neither calls nor room.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._strangers = door.per_minute(STRANGERS_PER_MINUTE)
        self._photos = door.per_minute(PHOTOS_PER_MINUTE)
        self._clients: dict[int, Bucket] = {}
        self._known: dict[str, datetime] = {}
        self._rooms = {known: asyncio.Semaphore(_ROOM) for known in (False, True)}
        self._sending: dict[str, _Sending] = {}

    async def hear(
        self, request: web.Request, city: CityFacts, address: str
    ) -> tuple[Parameters, Client | None]:
        """What the call says, and which client says it.

        Raises 408 for one that takes too long to say it, 429 and 503 for too many. A client is
        counted by its key, everybody else by the address.
        """
        known = self._knows(address)
        if not known:
            self.count_stranger(address)
        if request.method == "POST":
            async with self._place(address):
                said = await _heard_in_time(request)
        else:
            said = await parameters.read(request)
        client, key = None, said.get("api_key")
        if key is not None:
            async with self._door.database.reading() as reading:
                client = await clients.by_key(reading, city.id, key)
        if client is not None:
            self._count_client(client, address)
        elif known:
            self.count_stranger(address)
        return said, client

    def _knows(self, address: str) -> bool:
        """Whether a valid key came from there lately."""
        seen = self._known.get(address)
        return seen is not None and self._door.clock.now() - seen < _KNOWN_FOR

    @asynccontextmanager
    async def _place(self, address: str) -> AsyncIterator[None]:
        here = self._sending.setdefault(address, _Sending())
        if here.calls >= _EACH:
            raise Wrong(429, "Too many calls at the same time: come back later", 1)
        here.calls += 1
        try:
            async with AsyncExitStack() as held:
                try:
                    async with asyncio.timeout(_LONGEST_WAIT):
                        await held.enter_async_context(here.slots)
                        await held.enter_async_context(self._rooms[self._knows(address)])
                except TimeoutError as error:
                    raise Wrong(
                        503, "Too many calls at the same time: come back later", 5
                    ) from error
                yield
        finally:
            here.calls -= 1
            if not here.calls:
                del self._sending[address]

    def count_stranger(self, address: str) -> None:
        """Raise 429 when the address has called too often."""
        _check(self._strangers.take(address))

    def count_photo(self, address: str) -> None:
        """Raise 429 when the address has asked for too many photos."""
        _check(self._photos.take(address))

    def count_wrong_key(self, address: str) -> None:
        """Guessing keys is paid for in calls."""
        for _ in range(_WRONG_KEY):
            self._strangers.take(address)

    def _count_client(self, client: Client, address: str) -> None:
        """Remember the address; raise 429 when the client has used up its calls."""
        self._known.pop(address, None)
        self._known[address] = self._door.clock.now()
        if len(self._known) > _KNOWN:
            del self._known[next(iter(self._known))]
        bucket = self._clients.get(client.per_minute)
        if bucket is None:
            bucket = self._clients[client.per_minute] = self._door.per_minute(client.per_minute)
        _check(bucket.take(client.id))


def _check(seconds: float) -> None:
    if seconds:
        raise Wrong(429, "Too many calls: come back later", seconds)


async def _heard_in_time(request: web.Request) -> Parameters:
    start, arrived = asyncio.get_running_loop().time(), 0

    def more(count: int) -> None:
        nonlocal arrived
        arrived += count
        given = min(_FIRST_SECONDS + arrived / _BYTES_PER_SECOND, _LONGEST_CALL)
        limit.reschedule(start + given)

    try:
        async with asyncio.timeout(_FIRST_SECONDS) as limit:
            return await parameters.read(request, more)
    except TimeoutError as error:
        raise Wrong(408, "The call took too long to arrive") from error
