"""One call: who makes it, what it says, and how it is answered."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from aiohttp import web

from handlers.http.door import Door
from handlers.http.open311.callers import Callers
from handlers.http.open311.errors import Wrong, bad, forbidden, missing
from handlers.http.open311.markup import CONTENT_TYPES, Format, written
from handlers.http.open311.parameters import Parameters
from handlers.texts import language
from services.cities import CityFacts
from services.sharing.clients import Client

log = logging.getLogger(__name__)


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
    callers: Callers
    caller: Client | None

    def client(self, *, needed: bool) -> Client | None:
        """Whose key came along; raises 403 for a wrong or a missing one."""
        if self.caller is None and self.said.get("api_key") is not None:
            self.callers.count_wrong_key(self.address)
            raise forbidden("api_key is not known or was revoked")
        if self.caller is None and needed:
            raise forbidden("api_key is missing: ask the city for one")
        return self.caller

    def author(self) -> Client:
        """The client that must be there."""
        client = self.client(needed=True)
        assert client is not None
        return client


Answer = Callable[[Call], Awaitable[tuple[str, Any]]]
"""Gives the name of the XML root and the tree below it."""


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
        said, caller = await callers.hear(request, city, address)
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
                caller=caller,
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
