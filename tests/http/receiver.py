"""A receiver of webhooks that believes nothing: it checks every signature and remembers ids."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.webhooks import Webhooks
from services.sharing import webhooks
from services.sharing.models import WebhookDelivery
from tests.house import House


async def a_turn_each(ours: Webhooks) -> int:
    """What has something due has a turn; how many calls were made."""
    turns = await ours.turns(asyncio.Event())
    ended = await asyncio.gather(*(turn() for turn in turns), return_exceptions=True)
    for fault in ended:
        if isinstance(fault, BaseException):
            raise fault
    return sum(calls for calls in ended if isinstance(calls, int))


class Receiver:
    """Answers with `answers` in turn, then 200. `taken` is what was new, `again` what was not.

    `refuses` are subjects of which it never wants to hear, with the status that says so;
    `meanwhile` is what happens before it answers.
    """

    def __init__(self) -> None:
        self.secret = ""
        self.answers: list[int] = []
        self.refuses: dict[str, int] = {}
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.calls = 0
        self.taken: list[dict[str, Any]] = []
        self.again: list[str] = []
        self.faults: list[str] = []
        app = web.Application()
        app.add_routes([web.route("*", "/{path:.*}", self._heard)])
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/hook"))

    async def _heard(self, request: web.Request) -> web.Response:
        self.calls += 1
        body = await request.read()
        fault = self._fault(request, body)
        if fault:
            self.faults.append(fault)
            return web.Response(status=400)
        if self.meanwhile is not None:
            await self.meanwhile()
        refused = self.refuses.get(json.loads(body)["subject_id"])
        status = refused or (self.answers.pop(0) if self.answers else 200)
        if status == 302:
            return web.Response(status=302, headers={"Location": str(request.url.with_path("/x"))})
        if 200 <= status < 300:
            told = json.loads(body)
            if told["id"] in {each["id"] for each in self.taken}:
                self.again.append(told["id"])
            else:
                self.taken.append(told)
        return web.Response(status=status)

    def _fault(self, request: web.Request, body: bytes) -> str | None:
        if request.path != "/hook" or request.method != "POST":
            return f"{request.method} {request.path}"
        if request.headers["Content-Type"] != "application/json; charset=utf-8":
            return "content type"
        parts = dict(part.split("=") for part in request.headers["Guestcard-Signature"].split(","))
        signed = parts["t"].encode() + b"." + body
        expected = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, parts["v1"]):
            return "signature"
        if json.loads(body)["id"] != request.headers["Guestcard-Event"]:
            return "event"
        return None

    @property
    def moves(self) -> list[tuple[str, str]]:
        """(subject_id, after), in the order they came."""
        return [(told["subject_id"], told["after"]) for told in self.taken]


async def tell(house: House, receiver: Receiver, *subjects: str) -> None:
    """From now on the receiver hears of moves."""
    async with house.database.transaction() as tx:
        secret = await webhooks.add(
            tx, city_id=house.city.id, url=receiver.url,
            subjects=subjects or ("report", "project"), now=house.clock.now(),
        )  # fmt: skip
    assert secret is not None
    receiver.secret = secret


async def states(house: House) -> list[str]:
    """Of every row, in the order they were made."""
    return [row["state"] for row in await house.rows(WebhookDelivery)]


async def work(house: House) -> None:
    """Tell until nothing is due."""
    while await a_turn_each(house.app.webhooks):
        pass
