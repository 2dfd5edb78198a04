"""The city's log over HTTP: the seals of its days, and the chain itself for whoever checks it."""

from math import ceil
from typing import Any

from aiohttp import web

from handlers.http.door import Door
from handlers.http.open311.callers import Callers
from handlers.http.open311.errors import Wrong, bad
from services.civic import log
from services.civic.log import Head
from services.sharing import log as public
from services.sharing.log import Link

_DAYS = 31
_PAGE = 500
_MOST_DIGITS = 9
_FRESH = "public, max-age=60"
_HEADERS = {"Cache-Control": _FRESH, "Access-Control-Allow-Origin": "*"}


def routes(door: Door) -> list[web.RouteDef]:
    """`GET /log/head`: the ends of the last days, the latest first, as text or as JSON.

    JSON is for those who accept it, or ask with `?format=json`. `GET /log/events?after=N`: the
    events of the chain after this number, as JSON, with the number to go on after as `next`.
    """
    callers = Callers(door)

    async def head(request: web.Request) -> web.Response:
        city = await door.city()
        async with door.database.reading() as tx:
            heads = await log.heads(tx, city.id, _DAYS)
        if _wants_json(request):
            told = {
                "city": city.slug,
                "hash": "sha256",
                "head": _told(heads[0]) if heads else None,
                "days": [_told(each) for each in heads],
            }
            return web.json_response(told, headers=_HEADERS)
        lines = [f"{each.day.isoformat()} {each.number} {each.hash}\n" for each in heads]
        return web.Response(text="".join(lines), headers=_HEADERS)

    async def events(request: web.Request) -> web.Response:
        try:
            callers.count_stranger(door.address(request))
            after = _after(request)
        except Wrong as wrong:
            return _refused(wrong)
        city = await door.city()
        async with door.database.reading() as tx:
            found = await public.chain(tx, city.id, after=after, limit=_PAGE)
        told = {
            "city": city.slug,
            "hash": "sha256",
            "events": [_link(each) for each in found],
            "next": found[-1].number if len(found) == _PAGE else None,
        }
        return web.json_response(told, headers=_HEADERS)

    return [web.get("/log/head", head), web.get("/log/events", events)]


def _after(request: web.Request) -> int:
    text = request.query.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise bad("after must be the number of an event, or 0")
    return int(text)


def _refused(wrong: Wrong) -> web.Response:
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    if wrong.retry_after:
        headers["Retry-After"] = str(ceil(wrong.retry_after))
    return web.Response(text=wrong.description, status=wrong.status, headers=headers)


def _link(link: Link) -> dict[str, Any]:
    told = {
        "number": link.number, "prev": link.prev, "hash": link.hash, "digest": link.digest,
    }  # fmt: skip
    if link.content is None:
        return told
    return {**told, "salt": link.salt, "content": link.content}


def _wants_json(request: web.Request) -> bool:
    if "format" in request.query:
        return request.query["format"] == "json"
    return "application/json" in request.headers.get("Accept", "")


def _told(head: Head) -> dict[str, Any]:
    return {"day": head.day.isoformat(), "events": head.number, "hash": head.hash}
