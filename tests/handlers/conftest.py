"""The house with Kaluga loaded, on SQLite, for the flows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.database import Database
from tests.clock import ManualClock
from tests.house import House, house_of


@pytest.fixture
async def house(
    sqlite_database: Database, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[House]:
    """Kaluga's bot at 12:00 city time on a Sunday."""
    async with house_of(sqlite_database, clock, tmp_path) as house:
        yield house
