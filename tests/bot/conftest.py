"""Kaluga's bot, and its services, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.database import Database
from tests.clock import ManualClock
from tests.house import House, house_of
from tests.services.town import Town, town_of


@pytest.fixture
async def town(sqlite_database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    """Kaluga's services at noon on a Sunday."""
    async with town_of(sqlite_database, clock) as town:
        yield town


@pytest.fixture
async def house(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[House]:
    """Kaluga's whole bot at noon on a Sunday."""
    async with house_of(sqlite_database, clock, tmp_path) as house:
        yield house
