"""Every revision goes up, down and up again, and ends with the tables the sources declare."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiogram.fsm.storage.base import StorageKey
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, inspect, text

from bot import migrate
from bot.fsm_storage import SqlStorage
from bot.tables import metadata
from handlers.chat.consenting import Onboarding
from services.database import Database
from tests import postgres

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")

REVISIONS = list(
    reversed(list(ScriptDirectory.from_config(migrate.configuration("")).walk_revisions()))
)


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'migrated.sqlite'}"


@pytest.fixture
async def postgres_url(postgres_server: postgres.Server) -> AsyncIterator[str]:
    """A database without a table."""
    name = await postgres_server.create()
    url = postgres_server.url(name)
    await run(url, metadata.drop_all)
    yield url
    await postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    found: str = request.getfixturevalue(
        "sqlite_url" if request.param == "sqlite" else "postgres_url"
    )
    return found


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def run(url: str, work: Any) -> Any:
    """Call `work` with a connection in a transaction of its own."""
    async with opened(url) as database, database.transaction() as tx:
        return await tx.run_sync(work)


async def upgrade(url: str, revision: str = "head") -> None:
    await asyncio.to_thread(migrate.upgrade, url, revision)


async def downgrade(url: str, revision: str) -> None:
    await asyncio.to_thread(migrate.downgrade, url, revision)


def differences(connection: Connection) -> list[Any]:
    found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    return found


def schema(connection: Connection) -> dict[str, Any]:
    """Tables with their columns, keys and indices, in an order of their own."""
    looker = inspect(connection)

    def of(table: str) -> Any:
        columns = [
            (each["name"], str(each["type"]), each["nullable"])
            for each in looker.get_columns(table)
        ]
        indices = [
            (each["name"], tuple(map(str, each["column_names"])), bool(each["unique"]))
            for each in looker.get_indexes(table)
        ]
        keys = [key["constrained_columns"] for key in looker.get_foreign_keys(table)]
        return sorted(columns), sorted(indices, key=repr), sorted(keys)

    found = {table: of(table) for table in sorted(looker.get_table_names())}
    if connection.dialect.name == "sqlite":
        # The inspector passes over indices of expressions.
        query = text("SELECT name, tbl_name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1")
        found["indices"] = [tuple(row) for row in connection.execute(query)]
    return found


async def test_up_down_up(url: str) -> None:
    """A staircase: after each step down the step up makes the same tables again."""
    for revision in REVISIONS:
        await upgrade(url, revision.revision)
        after = await run(url, schema)
        await downgrade(url, revision.down_revision or "base")
        await upgrade(url, revision.revision)
        assert await run(url, schema) == after
    await downgrade(url, "base")
    assert await run(url, lambda connection: inspect(connection).get_table_names()) == [
        "alembic_version"
    ]


async def test_the_newest_revision_is_what_the_sources_declare(url: str) -> None:
    await upgrade(url)
    assert await run(url, differences) == []
    made = await run(url, lambda connection: set(inspect(connection).get_table_names()))
    assert made == set(metadata.tables) | {"alembic_version"}
    at = await run(
        url, lambda connection: connection.scalar(text("SELECT version_num FROM alembic_version"))
    )
    assert at == migrate.newest(url) == REVISIONS[-1].revision


async def test_migrated_and_declared_tables_have_the_same_columns(
    sqlite_url: str, sqlite_file: Path
) -> None:
    await upgrade(sqlite_url)
    migrated = await run(sqlite_url, schema)
    del migrated["alembic_version"]
    migrated["indices"].remove(("alembic_version", "alembic_version"))
    assert migrated == await run(f"sqlite+aiosqlite:///{sqlite_file}", schema)


async def test_an_open_dialogue_outlives_the_upgrade(url: str) -> None:
    """Written at the first revision, it is found where it was at the newest."""
    await upgrade(url, REVISIONS[0].revision)
    row = {"key": "1:5:5:0::default", "state": "Onboarding:name", "data": {"asked": [1, "ж"]}}

    def fill(tx: Connection) -> None:
        tx.execute(insert(Table("dialogue_state", MetaData(), autoload_with=tx)).values(**row))

    await run(url, fill)
    await upgrade(url)
    await upgrade(url)

    async with opened(url) as database, database.transaction() as tx:
        storage = SqlStorage(tx)
        key = StorageKey(bot_id=1, chat_id=5, user_id=5)
        assert await storage.get_state(key) == Onboarding.name.state
        assert await storage.get_data(key) == row["data"]


async def test_receipts_of_before_get_their_document_numbers(url: str) -> None:
    """0002 takes the number of the document out of the receipt's key."""
    await upgrade(url, "0001")
    moment = datetime(2026, 11, 22, 9)  # noqa: DTZ001 - as the tables hold it
    empty = ("name", "title", "tagline", "theme", "contact", "rules", "consents")
    city: dict[str, Any] = {key: {} for key in empty}
    city |= {"id": 1, "slug": "x", "timezone": "UTC", "lat": 0, "lon": 0, "languages": []}
    city |= {"default_language": "ru", "levels": [], "digest": "", "loaded_at": moment}
    member = {"id": 1, "city_id": 1, "name": "", "language": "ru", "card": "1", "notify": True}
    receipt = {"member_id": 1, "sign": "1", "drive": "7386400000010001", "total": 1, "points": 0}
    receipt |= {"purchased_at": moment, "submitted_at": moment, "source": "text", "fields": {}}
    receipt |= {"state": "pending", "points_now": 0}

    def fill(tx: Connection) -> None:
        rows = [
            ("city", city),
            ("member", {**member, "created_at": moment}),
            ("receipt", {**receipt, "number": "ru54:7386400000010001:4294967295"}),
            ("receipt", {**receipt, "number": "ru54:7386400000010001:7"}),
        ]
        for name, row in rows:
            tx.execute(insert(Table(name, MetaData(), autoload_with=tx)).values(**row))

    await run(url, fill)
    await upgrade(url)

    def documents(tx: Connection) -> list[tuple[int, ...]]:
        found = tx.execute(text("SELECT document FROM receipt ORDER BY id"))
        return [tuple(row) for row in found]

    assert await run(url, documents) == [(4294967295,), (7,)]
    await downgrade(url, "0001")
