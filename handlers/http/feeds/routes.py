"""The addresses of the feeds and of the public copies of photos."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from math import ceil
from urllib.parse import urlencode

from aiohttp import web

from handlers.http.door import Door
from handlers.http.feeds import entries
from handlers.http.feeds.entries import Entry, View
from handlers.http.feeds.forms import CONTENT_TYPES, WRITERS, Page
from handlers.http.open311 import parameters
from handlers.http.open311.callers import Callers
from handlers.http.open311.errors import Wrong, bad, missing
from handlers.http.open311.parameters import Parameters
from handlers.texts import LANGUAGES, N_, _, language, plain
from services.database import Database
from services.reports import views
from services.reports.views import Wanted
from services.sharing import projects, requests
from services.sharing.photos import public_photo

_SIZE = 100
_MOST = 1000
_FILTERS = ("category", "kind", "district", "state", "lang", "page_size")
_FRESH = "public, max-age=60"
_TITLES = {"reports": N_("Problems in the city"), "projects": N_("Projects of the city")}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes(door: Door) -> list[web.RouteDef]:
    """Feeds of reports and projects, and `/photo/TOKEN`."""
    feeds = _Feeds(door)
    return [
        web.get("/feeds/{what:reports|projects}.{format:rss|geojson|csv}", feeds.feed),
        web.get("/photo/{token:[A-Za-z0-9_-]{8,64}}", feeds.photo),
    ]


class _Feeds:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._callers = Callers(door)

    async def feed(self, request: web.Request) -> web.StreamResponse:
        """One page of a feed, or 304."""
        what, form = request.match_info["what"], request.match_info["format"]
        try:
            self._callers.count_stranger(self._door.address(request))
            said = await parameters.read(request)
            page, changed = await self._page(request, what, form, said)
        except Wrong as wrong:
            return _refused(wrong)
        return _answered(request, WRITERS[form](page), CONTENT_TYPES[form], changed, page.following)

    async def _page(
        self, request: web.Request, what: str, form: str, said: Parameters
    ) -> tuple[Page, datetime | None]:
        city = await self._door.city()
        tongue = said.get("lang") or city.default_language
        if tongue not in city.languages or tongue not in LANGUAGES:
            raise bad(f"lang must be one of {', '.join(city.languages)}")
        language.set(tongue)
        view = View(city, tongue, self._door.base(request))
        number, size = _count(said, "page", 1), min(_count(said, "page_size", _SIZE), _MOST)
        within = (size, (number - 1) * size)
        if what == "reports":
            found, changed = await self._reports(view, said, *within)
            columns: tuple[str, ...] = entries.REPORT_COLUMNS
        else:
            found, changed = await self._projects(view, said, *within)
            columns = entries.PROJECT_COLUMNS
        here = f"{view.base}/feeds/{what}.{form}"
        return (
            Page(
                title=f"{city.text(city.name, tongue)}: {plain(_(_TITLES[what]))}",
                address=_address(here, said, number),
                language=tongue,
                entries=found,
                columns=columns,
                following=_address(here, said, number + 1) if len(found) == size else None,
            ),
            changed,
        )

    async def _reports(
        self, view: View, said: Parameters, limit: int, offset: int
    ) -> tuple[list[Entry], datetime | None]:
        wanted = Wanted(
            categories=said.words("category") or (),
            states=said.words("state") or (),
            district=said.get("district"),
        )
        async with self._door.database.reading() as tx:
            found = await views.listed(
                tx, view.city, wanted, self._door.clock.now(), limit=limit, offset=offset
            )
            changed = await requests.changed_at(tx, view.city.id)
        return [entries.of_report(report, view) for report in found], changed

    async def _projects(
        self, view: View, said: Parameters, limit: int, offset: int
    ) -> tuple[list[Entry], datetime | None]:
        async with self._door.database.reading() as tx:
            found = await projects.listed(
                tx,
                view.city,
                district=said.get("district"),
                kinds=said.words("kind") or (),
                limit=limit,
                offset=offset,
            )
            changed = await projects.changed_at(tx, view.city.id)
        return [entries.of_project(project, view) for project in found], changed

    async def photo(self, request: web.Request) -> web.StreamResponse:
        """The public copy of a photo of a public report. A copy may be redacted later, so whoever
        keeps it asks again after a few minutes."""
        try:
            self._callers.count_photo(self._door.address(request))
            jpeg = await _photo(self._door.database, request.match_info["token"])
        except Wrong as wrong:
            return _refused(wrong)
        response = _answered(request, jpeg, "image/jpeg", None, None)
        response.headers["Cache-Control"] = "public, max-age=300, must-revalidate"
        response.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


async def _photo(database: Database, token: str) -> bytes:
    async with database.reading() as tx:
        jpeg = await public_photo(tx, token)
    if jpeg is None:
        raise missing("There is no such photo.")
    return jpeg


def _count(said: Parameters, name: str, default: int) -> int:
    text = said.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text)):
        raise bad(f"{name} must be a number from 1 on")
    return int(text)


def _address(here: str, said: Parameters, number: int) -> str:
    kept = [(name, value) for name in _FILTERS for value in said.all(name)]
    if number > 1:
        kept.append(("page", str(number)))
    return f"{here}?{urlencode(kept)}" if kept else here


def _refused(wrong: Wrong) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if wrong.retry_after:
        headers["Retry-After"] = str(ceil(wrong.retry_after))
    return web.Response(text=wrong.description, status=wrong.status, headers=headers)


def _answered(
    request: web.Request,
    body: bytes,
    content_type: str,
    changed: datetime | None,
    following: str | None,
) -> web.Response:
    """The body, or 304 where the caller has it: the tag decides, where one is sent."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": _FRESH,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if changed is not None:
        changed = changed.astimezone(UTC).replace(microsecond=0)
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    if following is not None:
        headers["Link"] = f'<{following}>; rel="next"'
    if _has_it(request, tag, changed):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": content_type})


def _has_it(request: web.Request, tag: str, changed: datetime | None) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = {each.strip().removeprefix("W/") for each in tags.split(",")}
        return tag in known or "*" in known
    since = request.if_modified_since
    return changed is not None and since is not None and changed <= since
