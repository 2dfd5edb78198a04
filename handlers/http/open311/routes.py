"""The addresses of GeoReport below `/open311/v2/`, and once more below `test/`, where nothing that
is sent is kept."""

from collections.abc import Iterator

from aiohttp import hdrs, web

from handlers.http.door import Door
from handlers.http.open311 import catalogue, reading, writing
from handlers.http.open311.callers import Callers
from handlers.http.open311.calls import Answer, answering, nothing_here, only_get

_GETS: tuple[tuple[str, Answer], ...] = (
    ("discovery", reading.discovery),
    ("services", reading.services),
    ("services/{name:[^/]+}", reading.definition),
    ("requests", reading.requests),
    ("requests/{name:[^/]+}", reading.request),
    ("tokens/{name:[^/]+}", reading.token),
    ("servicerequestupdates", reading.updates),
)
_POSTS: tuple[tuple[str, Answer], ...] = (
    ("requests", writing.request),
    ("servicerequestupdates", writing.update),
)
# Clients glue addresses together, and some add a slash to the one that is there.
_SLASHES = "{slashes:/*}"
_FORMAT = ".{format:xml|json}"


def routes(door: Door) -> list[web.RouteDef]:
    """Every address, the production's and the test's."""
    callers = Callers(door)
    return [
        *_below(catalogue.TEST_PATH, door, callers, rehearsal=True),
        *_below(catalogue.PATH, door, callers, rehearsal=False),
    ]


def _below(path: str, door: Door, callers: Callers, *, rehearsal: bool) -> Iterator[web.RouteDef]:
    for name, answer in _GETS:
        yield web.get(
            f"{path}{_SLASHES}{name}{_FORMAT}",
            answering(door, callers, answer, rehearsal=rehearsal),
        )
    for name, answer in _POSTS:
        yield web.post(
            f"{path}{_SLASHES}{name}{_FORMAT}",
            answering(door, callers, answer, rehearsal=rehearsal),
        )
    known = f"{path}{_SLASHES}{{known:(?:discovery|services|requests|servicerequestupdates)}}"
    yield web.route(hdrs.METH_ANY, known + _FORMAT, answering(door, callers, only_get))
    anything = f"{path}{{name:.*}}"
    yield web.route(hdrs.METH_ANY, anything, answering(door, callers, nothing_here))
