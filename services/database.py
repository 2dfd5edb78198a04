"""One way into the database: a write transaction, or a look without one.

SQLite by default, PostgreSQL by URL; the same statements on both.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Index,
    MetaData,
    TypeDecorator,
    delete,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from services import sqlite

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the house, for statements and for migrations."""

    metadata = MetaData(naming_convention=_NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC in Python, without a zone in the database. A naive one is an error."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def partial_index(name: str, *columns: str, where: str, unique: bool = True) -> Index:
    """An index over the rows for which `where` (SQL of both databases) holds."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


class Database:
    """The engine and the two ways to use it.

    SQLite has one writer and few readers: their connections stay open, and whoever wants to
    write waits here in order, which is fairer and far cheaper than waiting inside SQLite.
    PostgreSQL connections come from the pool.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        """`url` is an SQLAlchemy URL for `sqlite+aiosqlite` or `postgresql+asyncpg`."""
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 0}
        # What failed is logged; whose row it was is not.
        options["hide_parameters"] = True
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("the database is a file: several connections must see it")
            options["connect_args"] = {"async_creator_fn": sqlite.creator(parsed.database)}
        self._file = parsed.database if self.is_sqlite else None
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
        self._readers = _Kept(
            self.engine.execution_options(isolation_level="AUTOCOMMIT"), size=pool_size - 1
        )
        self._writer = _Kept(self.engine, size=1)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed at the end, rolled back whole on any exception."""
        if not self.is_sqlite:
            async with self.engine.begin() as tx:
                yield tx
            return
        async with self._writer.lend() as tx:
            pooled = await tx.get_raw_connection()
            await cast(sqlite.InlineConnection, pooled.driver_connection).begin_immediate()
            async with tx.begin():
                yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for looking only: each statement sees the latest committed state."""
        if not self.is_sqlite:
            async with self._readers.engine.connect() as connection:
                yield connection
            return
        async with self._readers.lend() as connection:
            yield connection

    async def checkpoint(self) -> None:
        """Keep SQLite's write-ahead log short; PostgreSQL does that itself."""
        if self._file is not None:
            await sqlite.checkpoint(self._file)

    async def close(self) -> None:
        """Give back every connection."""
        await self._readers.close()
        await self._writer.close()
        await self.engine.dispose()


class _Kept:
    """At most `size` connections, opened when first needed and then kept; lent in order."""

    def __init__(self, engine: AsyncEngine, *, size: int) -> None:
        self.engine = engine
        self._free: list[AsyncConnection] = []
        self._permits = asyncio.Semaphore(size)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[AsyncConnection]:
        async with self._permits:
            connection = self._free.pop() if self._free else await self.engine.connect()
            try:
                yield connection
            finally:
                if connection.invalidated:
                    await connection.close()
                else:
                    self._free.append(connection)

    async def close(self) -> None:
        while self._free:
            await self._free.pop().close()


def is_one_of(column: Any, *words: str) -> ColumnElement[bool]:
    """`column IN (…)` with the words written out, for statements that run again and again.

    A list that is bound is put into the statement's text anew each time, which costs more than
    running it. `words` are the source's own, never what somebody sent.
    """
    written: list[ColumnElement[str]] = [literal_column(f"'{word}'") for word in words]
    found: ColumnElement[bool] = column.in_(written)
    return found


async def insert_new(
    tx: AsyncConnection, table: type[Base], values: Mapping[str, Any], *returning: Any
) -> Any:
    """Insert one row unless a unique key already holds it.

    Returns the row of `returning` columns (the primary key when none is named), or None when
    the row was there before.
    """
    statement = _insert_unless_there(tx.dialect.name, table, returning)
    return (await tx.execute(statement, dict(values))).first()


async def insert_some_new(
    tx: AsyncConnection, table: type[Base], rows: Sequence[Mapping[str, Any]], key: Any
) -> list[Any]:
    """Insert those of the rows that no unique key already holds; returns `key` of each of them."""
    if not rows:
        return []
    statement = _insert_unless_there(tx.dialect.name, table, (key,))
    return list((await tx.execute(statement, [dict(row) for row in rows])).scalars())


@cache
def _insert_unless_there(dialect: str, table: type[Base], returning: tuple[Any, ...]) -> Any:
    # Made once: building a statement costs more than running it.
    dialect_insert: Any = sqlite_insert if dialect == "sqlite" else postgresql_insert
    columns = returning or sqlalchemy_inspect(table).primary_key
    return dialect_insert(table).on_conflict_do_nothing().returning(*columns)


async def delete_some(
    tx: AsyncConnection, table: type[Base], condition: ColumnElement[bool], limit: int
) -> int:
    """Delete at most `limit` rows for which the condition holds; returns how many there were."""
    keys = sqlalchemy_inspect(table).primary_key
    key = keys[0] if len(keys) == 1 else tuple_(*keys)
    some = select(*keys).where(condition).limit(limit)
    return (await tx.execute(delete(table).where(key.in_(some)))).rowcount


async def lock_row(tx: AsyncConnection, table: type[Base], row_id: int | str) -> None:
    """Make whoever else wants this row wait until this transaction ends.

    Needed where a count decides. On SQLite the transaction is alone already.
    """
    if tx.dialect.name == "sqlite":
        return
    key = sqlalchemy_inspect(table).primary_key[0]
    # Rows that refer to this one may still come in: a cashier's message to a guest must not wait
    # for the guest, who may be waiting for the cashier.
    await tx.execute(select(key).where(key == row_id).with_for_update(key_share=True))
