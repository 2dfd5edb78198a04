"""The addresses of the pages: `/reports/NUMBER` and `/projects/NUMBER`, in any of our languages."""

from collections.abc import Awaitable, Callable
from functools import partial
from math import ceil

from aiohttp import web

from handlers.http.door import Door
from handlers.http.open311.callers import Callers
from handlers.http.open311.errors import Wrong
from handlers.http.pages import look, project, report
from handlers.http.pages.look import POLICY, Frame
from handlers.http.pages.report import Shown
from handlers.links import Links
from handlers.texts import LANGUAGES, _, language, plain
from services.cities import CityFacts
from services.errors import NotFound
from services.reports import views
from services.sharing import history, projects

_NUMBER = "{number:[1-9][0-9]{0,8}}"
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
}
_FRESH = "public, max-age=60"

Write = Callable[[Door, Links, Frame, int], Awaitable[bytes]]


def routes(door: Door, links: Links) -> list[web.RouteDef]:
    """Both pages. What is not public is not there: nobody learns that it exists."""
    callers = Callers(door)
    return [
        web.get(f"/{what}/{_NUMBER}", partial(_answer, door, links, callers, what, write))
        for what, write in (("reports", _report), ("projects", _project))
    ]


async def _answer(  # noqa: PLR0917 - one page
    door: Door, links: Links, callers: Callers, what: str, write: Write, request: web.Request
) -> web.StreamResponse:
    try:
        callers.count_stranger(door.address(request))
    except Wrong as wrong:
        headers = {"Retry-After": str(ceil(wrong.retry_after))}
        return web.Response(text=wrong.description, status=wrong.status, headers=headers)
    city = await door.city()
    tongues = [each for each in city.languages if each in LANGUAGES]
    tongue = _tongue(request, city, tongues)
    language.set(tongue)
    base = door.base(request)
    feed = f"{base}/feeds/{what}.rss?lang={tongue}"
    frame = Frame(city, tongue, tongues, base, request.path, feed)
    try:
        body = await write(door, links, frame, int(request.match_info["number"]))
    except NotFound:
        headers = {**_HEADERS, "Cache-Control": "no-store"}
        return web.Response(body=_nothing(frame), status=404, headers=headers)
    return web.Response(body=body, headers={**_HEADERS, "Cache-Control": _FRESH})


async def _report(door: Door, links: Links, frame: Frame, number: int) -> bytes:
    now = door.clock.now()
    async with door.database.reading() as tx:
        shown = await views.by_number(tx, frame.city, number, now)
        told = (await history.of_reports(tx, [shown.id])).get(shown.id, [])
        became = [] if shown.project_id is None else [shown.project_id]
        found = await projects.listed(tx, frame.city, ids=became, limit=1) if became else []
    return report.written(frame, Shown(shown, told, next(iter(found), None)), links, now)


async def _project(door: Door, links: Links, frame: Frame, number: int) -> bytes:
    async with door.database.reading() as tx:
        shown = await projects.one(tx, frame.city, number)
        told = await history.of_project(tx, number)
    return project.written(frame, shown, told, links, door.clock.now())


def _nothing(frame: Frame) -> bytes:
    title = _("There is nothing at this address")
    said = _(
        "It may have been taken back, or a moderator is looking at it. What else there is stands "
        "in the chat."
    )
    return look.page(frame, plain(title), [f"<h1>{title}</h1>", look.ways(said, {"web": "/"})])


def _tongue(request: web.Request, city: CityFacts, tongues: list[str]) -> str:
    """The language asked for, else the one the reader's browser likes best, else the city's."""
    asked = request.query.get("lang", "")
    if asked in tongues:
        return asked
    liked: list[tuple[float, str]] = []
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        name, _semicolon, weight = part.strip().partition(";q=")
        try:
            liked.append((-float(weight or 1), name[:2].lower()))
        except ValueError:
            continue
    fitting = [name for _weight, name in sorted(liked, key=lambda each: each[0]) if name in tongues]
    return fitting[0] if fitting else city.default_language
