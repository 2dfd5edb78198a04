"""A strict fake of the register of self-employed sellers' receipts."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.verifiers.fakes.serving import Serving

Receipts = Callable[[str, str], Mapping[str, Any] | None]
"""The receipt of an INN with an id, or nothing."""


class FakeNpd(Serving):
    """The service. `foreign`: the caller's address is not Russian."""

    def __init__(self, receipts: Receipts) -> None:
        super().__init__()
        self._receipts = receipts
        self.foreign = False

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/api/v1/receipt/{inn}/{receipt}/json", self._get)

    async def _get(self, request: web.Request) -> web.Response:
        self.note("json", request, b"")
        if (scripted := await self.scripted("json", request)) is not None:
            return scripted
        if self.foreign:
            return web.Response(status=403, text="<html>blocked</html>", content_type="text/html")
        found = self._receipts(request.match_info["inn"], request.match_info["receipt"])
        if found is None:
            return web.json_response({"code": "not.found"}, status=404)
        return web.json_response(found)
