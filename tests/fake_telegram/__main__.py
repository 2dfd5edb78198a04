"""Run the fake as a process: `python -m tests.fake_telegram --port N [--fast]`.

Prints its address as one line of JSON. Under `/control/` it takes raw updates (POST `updates`) and
tells what it has counted (GET `stats`). With `--fast` every method is answered at once with the
smallest valid result and nothing is checked or kept: the stand-in for measurements.
"""

import argparse
import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.fake_telegram.server import TOKEN, FakeTelegram

MESSAGE = {"message_id": 1, "date": 1_790_000_000, "chat": {"id": 1, "type": "private"}}
RETURNS_TRUE = ("set", "delete", "answer", "sendChatAction")


class Standalone(FakeTelegram):
    """The strict fake with its control routes."""

    @property
    def total(self) -> int:
        return len(self.calls)

    def extend(self, app: web.Application) -> None:
        app.router.add_post("/control/updates", self._push)
        app.router.add_get("/control/stats", self._stats)

    async def _push(self, request: web.Request) -> web.Response:
        updates: list[dict[str, Any]] = await request.json()
        return web.json_response([self.updates.push(update) for update in updates])

    async def _stats(self, _: web.Request) -> web.Response:
        counted = {
            "calls": self.total,
            "connections": len(self.connections),
            "pending": len(self.updates.pending),
            "deliveries": len(self.updates.deliveries),
        }
        return web.json_response(counted)


class FastTelegram(Standalone):
    """Answers from constants; long polling and the webhook still work as in the strict fake."""

    def __init__(self, token: str, *, port: int) -> None:
        super().__init__(token, port=port)
        self._total = 0
        message = json.dumps({"ok": True, "result": {**MESSAGE, "from": self.world.bot}})
        self._message = message.encode()

    @property
    def total(self) -> int:
        return self._total

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        if name in {"getUpdates", "getMe", "setWebhook", "deleteWebhook"}:
            return await super()._call(request)
        self._total += 1
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername")[:2])
        await request.read()
        if name.startswith(RETURNS_TRUE):
            return web.Response(body=b'{"ok":true,"result":true}', content_type="application/json")
        return web.Response(body=self._message, content_type="application/json")


async def serve(port: int, token: str, *, fast: bool) -> None:
    """Run until interrupted."""
    fake = (FastTelegram if fast else Standalone)(token, port=port)
    async with fake:
        print(json.dumps({"url": fake.url, "token": token}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_telegram")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--fast", action="store_true")
    chosen = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(chosen.port, chosen.token, fast=chosen.fast))


if __name__ == "__main__":
    main()
