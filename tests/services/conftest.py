"""Kaluga loaded into an empty database, with people to be made in it."""

from collections.abc import AsyncIterator

import pytest

from services.database import Database
from tests.clock import ManualClock
from tests.services.town import Town, town_of


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    """Kaluga at noon on a Sunday; the test runs on SQLite and on PostgreSQL."""
    async with town_of(database, clock) as town:
        yield town


@pytest.fixture
async def sqlite_town(sqlite_database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    """Kaluga at noon on a Sunday, on SQLite only."""
    async with town_of(sqlite_database, clock) as town:
        yield town
