"""What everything that other systems ask over HTTP is wired from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.cities import CityFacts
from services.clock import Clock
from services.database import Database
from services.sharing.outside import Outside


class Bucket(Protocol):
    """Counts calls by key: 0.0 when one more may be made, else the seconds until one may."""

    def take(self, key: int | str) -> float: ...


@dataclass(frozen=True, slots=True)
class Door:
    """`base` is our own address as the caller reaches it, without a slash at its end; `address`
    the caller's. `per_minute` makes a bucket for so many calls a minute. `keep` makes a stranger's
    picture one of pixels alone. `committed` is called when messages may wait to be delivered.
    """

    database: Database
    clock: Clock
    city: Callable[[], Awaitable[CityFacts]]
    base: Callable[[web.Request], str]
    address: Callable[[web.Request], str]
    per_minute: Callable[[int], Bucket]
    keep: Callable[[bytes], Awaitable[bytes]]
    outside: Outside
    committed: Callable[[], None]
