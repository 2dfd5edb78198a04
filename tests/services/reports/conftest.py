"""Reports in Kaluga."""

import pytest

from tests.services.reports.street import Street
from tests.services.town import Town


@pytest.fixture
async def street(town: Town) -> Street:
    """On SQLite and on PostgreSQL."""
    return await Street.of(town)


@pytest.fixture
async def sqlite_street(sqlite_town: Town) -> Street:
    """On SQLite only."""
    return await Street.of(sqlite_town)
