"""A town hall in Kaluga."""

import pytest

from tests.services.projects.hall import Hall
from tests.services.town import Town


@pytest.fixture
def hall(town: Town) -> Hall:
    """On SQLite and on PostgreSQL."""
    return Hall(town)


@pytest.fixture
def sqlite_hall(sqlite_town: Town) -> Hall:
    """On SQLite only."""
    return Hall(sqlite_town)
