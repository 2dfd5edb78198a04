"""What a machine asks the process: alive, ready, and how much it has done."""

from collections.abc import Awaitable, Callable

from aiohttp import web

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def routes(
    ready: Callable[[], Awaitable[dict[str, bool]]], exposition: Callable[[], bytes]
) -> list[web.RouteDef]:
    """`ready` names each thing that must work; `exposition` is Prometheus text."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        parts = await ready()
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=exposition(), headers={"Content-Type": _EXPOSITION})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]
