"""The seals of the city's log: how a day's end is published for everybody who wants to keep it."""

from typing import Any

from aiohttp import web

from handlers.http.door import Door
from services.civic import log
from services.civic.log import Head

_DAYS = 31
_FRESH = "public, max-age=60"


def routes(door: Door) -> list[web.RouteDef]:
    """`GET /log/head`: the ends of the last days, the latest first, as text or as JSON.

    JSON is for those who accept it, or ask with `?format=json`.
    """

    async def head(request: web.Request) -> web.Response:
        city = await door.city()
        async with door.database.reading() as tx:
            heads = await log.heads(tx, city.id, _DAYS)
        headers = {"Cache-Control": _FRESH, "Access-Control-Allow-Origin": "*"}
        if _wants_json(request):
            told = {
                "city": city.slug,
                "hash": "sha256",
                "head": _told(heads[0]) if heads else None,
                "days": [_told(each) for each in heads],
            }
            return web.json_response(told, headers=headers)
        lines = [f"{each.day.isoformat()} {each.number} {each.hash}\n" for each in heads]
        return web.Response(text="".join(lines), headers=headers)

    return [web.get("/log/head", head)]


def _wants_json(request: web.Request) -> bool:
    if "format" in request.query:
        return request.query["format"] == "json"
    return "application/json" in request.headers.get("Accept", "")


def _told(head: Head) -> dict[str, Any]:
    return {"day": head.day.isoformat(), "events": head.number, "hash": head.hash}
