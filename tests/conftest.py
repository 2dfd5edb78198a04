"""What every test can ask for: a clock, and an empty database of either kind."""

import importlib.util
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import MetaData, create_engine

from services.database import Database
from tests import postgres
from tests.clock import ManualClock

# A long search: HYPOTHESIS_PROFILE=long pytest tests/services/receipts/test_fuzz.py
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", settings.get_current_profile_name()))


def all_tables() -> MetaData:
    """Every table of the product."""
    module = "bot.tables" if importlib.util.find_spec("bot.tables") else "services.tables"
    metadata: MetaData = importlib.import_module(module).metadata
    return metadata


@pytest.fixture
def clock() -> ManualClock:
    """Stands at 2026-11-22 09:00 UTC until the test advances it."""
    return ManualClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    all_tables().create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server per test process; skips with the reason where the machine has none."""
    try:
        server = postgres.Server(all_tables())
    except postgres.UnavailableError as reason:
        pytest.skip(f"PostgreSQL: {reason}")
    yield server
    server.stop()


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    """An SQLite file of this test's own, with every table and no rows."""
    return Path(shutil.copy(sqlite_template, tmp_path / "guestcard.sqlite"))


@pytest.fixture
async def sqlite_database(sqlite_file: Path) -> AsyncIterator[Database]:
    """An empty SQLite database, for tests that need not run on both."""
    database = Database(f"sqlite+aiosqlite:///{sqlite_file}", pool_size=5)
    yield database
    await database.close()


@pytest.fixture
async def postgres_database(postgres_server: postgres.Server) -> AsyncIterator[Database]:
    """An empty PostgreSQL database, dropped after the test."""
    name = await postgres_server.create()
    database = Database(postgres_server.url(name), pool_size=16)
    yield database
    await database.close()
    await postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with every table: the test runs on both kinds."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    database: Database = request.getfixturevalue(name)
    return database
