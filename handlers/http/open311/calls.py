"""One call: who makes it, what it says, and how it is answered."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from aiohttp import web

from handlers.http.door import Bucket, Door
from handlers.http.open311 import parameters
from handlers.http.open311.errors import Wrong, bad, forbidden, missing
from handlers.http.open311.markup import CONTENT_TYPES, Format, written
from handlers.http.open311.parameters import Parameters
from handlers.texts import language
from services.cities import CityFacts
from services.sharing import clients
from services.sharing.clients import Client

log = logging.getLogger(__name__)

STRANGERS_PER_MINUTE = 120
"""Calls without a key from one address; calls with a wrong key count twenty times."""
PHOTOS_PER_MINUTE = 600
_WRONG_KEY = 20
_AT_ONCE, _EACH = 16, 8
_LONGEST_CALL = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the answering functions see it. `rehearsal`: nothing of it is to be kept."""

    door: Door
    city: CityFacts
    said: Parameters
    name: str
    base: str
    rehearsal: bool
    address: str
    callers: "Callers"

    async def client(self, *, needed: bool) -> Client | None:
        """Whose key came along; raises 403 for a wrong or a missing one, 429 for too many calls."""
        key = self.said.get("api_key")
        if key is None:
            if needed:
                raise forbidden("api_key is missing: ask the city for one")
            return None
        async with self.door.database.reading() as reading:
            client = await clients.by_key(reading, self.city.id, key)
        if client is None:
            self.callers.count_wrong_key(self.address)
            raise forbidden("api_key is not known or was revoked")
        self.callers.count_client(client)
        return client

    async def author(self) -> Client:
        """The client that must be there."""
        client = await self.client(needed=True)
        assert client is not None
        return client


Answer = Callable[[Call], Awaitable[tuple[str, Any]]]
"""Gives the name of the XML root and the tree below it."""


class Callers:
    """How often everybody calls; counted in memory, so a restart forgives."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._strangers = door.per_minute(STRANGERS_PER_MINUTE)
        self._photos = door.per_minute(PHOTOS_PER_MINUTE)
        self._clients: dict[int, Bucket] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._sending: Counter[str] = Counter()

    async def hear(self, request: web.Request, address: str) -> Parameters:
        """What the call says; raises 408 for one that takes too long to say it, 429 for too many
        from one address at the same time.

        Few may send something at once: until all is said nobody knows whether they have a key.
        """
        if request.method != "POST":
            return await parameters.read(request)
        if self._sending[address] >= _EACH:
            raise Wrong(429, "Too many calls at the same time: come back later", 1)
        self._sending[address] += 1
        try:
            async with asyncio.timeout(_LONGEST_CALL), self._room:
                return await parameters.read(request)
        except TimeoutError as error:
            raise Wrong(408, "The call took too long to arrive") from error
        finally:
            self._sending[address] -= 1
            if not self._sending[address]:
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

    def count_client(self, client: Client) -> None:
        """Raise 429 when the client has used up its calls."""
        bucket = self._clients.get(client.per_minute)
        if bucket is None:
            bucket = self._clients[client.per_minute] = self._door.per_minute(client.per_minute)
        _check(bucket.take(client.id))


def _check(seconds: float) -> None:
    if seconds:
        raise Wrong(429, "Too many calls: come back later", seconds)


def answering(
    door: Door, callers: Callers, answer: Answer, *, rehearsal: bool = False
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler for requests whose path ends with a format and perhaps has a `name`."""

    async def handle(request: web.Request) -> web.Response:
        form: Format = "json" if request.path.endswith(".json") else "xml"
        try:
            return _response(form, 200, *await _answer(request))
        except Wrong as wrong:
            return _refusal(form, wrong)
        except ConnectionError:
            raise  # the caller has gone: nobody hears an answer
        except Exception:
            log.exception("A call of another system failed", extra={"path": request.path})
            return _refusal(form, Wrong(500, "Something went wrong here: call again later"))

    async def _answer(request: web.Request) -> tuple[str, Any]:
        city = await door.city()
        language.set(city.default_language)
        address = door.address(request)
        callers.count_stranger(address)
        said = await callers.hear(request, address)
        wanted = said.get("jurisdiction_id")
        if wanted not in {None, city.slug}:
            raise missing(f"There is no jurisdiction_id {wanted}")
        return await answer(
            Call(
                door=door,
                city=city,
                said=said,
                name=request.match_info.get("name", ""),
                base=door.base(request),
                rehearsal=rehearsal,
                address=address,
                callers=callers,
            )
        )

    return handle


async def nothing_here(_call: Call) -> tuple[str, Any]:
    """For every address that is none of ours."""
    raise missing("There is nothing at this address: see discovery.xml")


async def only_get(_call: Call) -> tuple[str, Any]:
    """For a method that the address does not know."""
    raise bad("This address does not take this method")


def _refusal(form: Format, wrong: Wrong) -> web.Response:
    errors = [{"code": str(wrong.status), "description": wrong.description}]
    response = _response(form, wrong.status, "errors", errors)
    if wrong.retry_after:
        response.headers["Retry-After"] = str(ceil(wrong.retry_after))
    return response


def _response(form: Format, status: int, root: str, tree: Any) -> web.Response:
    return web.Response(
        body=written(form, root, tree),
        status=status,
        headers={
            "Content-Type": CONTENT_TYPES[form],
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
        },
    )
