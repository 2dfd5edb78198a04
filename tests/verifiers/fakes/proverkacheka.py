"""A strict fake of proverkacheka.com."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.verifiers.fakes.serving import Serving

TOKEN = "12345.abcdef"
SHORTEST_GAP = 2.0

_FORMS = {
    "fn": re.compile(r"[0-9]{16}"),
    "fd": re.compile(r"[1-9][0-9]{0,9}"),
    "fp": re.compile(r"[1-9][0-9]{0,9}"),
    "t": re.compile(r"[0-9]{8}T[0-9]{4}"),
    "n": re.compile(r"[1-4]"),
    "s": re.compile(r"[0-9]+\.[0-9]{2}"),
    "qr": re.compile(r"0"),
}

Receipts = Callable[[Mapping[str, str]], Mapping[str, Any] | int]
"""The whole answer for what was asked, or its code."""


class FakeProverkacheka(Serving):
    """The service. It bans who asks two things at once or without a pause."""

    def __init__(
        self,
        receipts: Receipts,
        *,
        quota: int = 15,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._receipts = receipts
        self._tick = tick
        self.quota = quota
        self.banned = False
        self._busy = False
        self._last: float | None = None

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/api/v1/check/get", self._get)

    async def _get(self, request: web.Request) -> web.Response:
        now = self._tick()
        if self._busy or (self._last is not None and now - self._last < SHORTEST_GAP):
            self.banned = True
        self._last, self._busy = now, True
        try:
            return await self._answer(request)
        finally:
            self._busy = False

    async def _answer(self, request: web.Request) -> web.Response:
        self.note("get", request, await request.read())
        if (scripted := await self.scripted("get", request)) is not None:
            return scripted
        if self.banned:
            return web.Response(status=403)
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.pop("token", None) != TOKEN:
            return web.Response(status=401)
        if self.quota == 0:
            return web.Response(status=402)
        self.quota -= 1
        fits = form.keys() == _FORMS.keys() and all(
            pattern.fullmatch(form[name]) for name, pattern in _FORMS.items()
        )
        found = self._receipts(form) if fits else 0
        if isinstance(found, int):
            return web.json_response({"code": found, "first": 0, "data": _WORDS[found]})
        return web.json_response(found)


_WORDS = {
    0: "Чек некорректен",
    2: "Данные чека пока не получены",
    3: "Превышено количество запросов по чеку",
    4: "Ожидание перед повторным запросом",
    5: "Прочее (данные не получены)",
    7: "Неизвестно",
}
