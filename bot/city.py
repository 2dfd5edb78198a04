"""The city of this deployment, kept in memory and looked up again now and then."""

import time

from services.cities import CityFacts, city_of
from services.database import Database

_FRESH_FOR = 30.0


class NoCityError(Exception):
    """The database holds no city of this name; `guestcard city load` loads one."""


class CitySource:
    """`get` answers from memory; a pack loaded by another process is seen within half a minute."""

    def __init__(self, database: Database, slug: str) -> None:
        self._database = database
        self._slug = slug
        self._city: CityFacts | None = None
        self._read_at = 0.0

    async def get(self) -> CityFacts:
        """The city; raises `NoCityError`."""
        if self._city is None or time.monotonic() - self._read_at > _FRESH_FOR:
            async with self._database.reading() as reading:
                found = await city_of(reading, self._slug)
            if found is None:
                raise NoCityError(self._slug)
            self._city, self._read_at = found, time.monotonic()
        return self._city
