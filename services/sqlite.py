"""SQLite for many short transactions: one thread hand-over per statement.

SQLAlchemy's aiosqlite dialect hands every cursor operation (open, execute, fetch, close) to the
connection's thread, four hand-overs a statement. `FusedConnection` does the four in one; the
dialect takes it through its documented `async_creator_fn`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, cast

import aiosqlite

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


class FusedCursor:
    """The part of a DB-API cursor the dialect uses, filled in one visit to the thread."""

    arraysize = 1

    def __init__(self, connection: "FusedConnection") -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "FusedCursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "FusedCursor":
        await self._connection.run(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "FusedCursor":
        await self._connection.run(self._executemany, sql, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = ()

    def _execute(self, raw: sqlite3.Connection, sql: str, parameters: Iterable[Any]) -> None:
        self._connection.begin_if_due(raw)
        self._keep(raw.execute(sql, tuple(parameters)))

    def _executemany(
        self, raw: sqlite3.Connection, sql: str, parameters: Iterable[Sequence[Any]]
    ) -> None:
        self._connection.begin_if_due(raw)
        self._keep(raw.executemany(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()


class FusedConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors need one thread hand-over a statement."""

    _begin_due = False

    def begin_with_next_statement(self) -> None:
        """Open a write transaction together with the statement that comes next."""
        self._begin_due = True

    def begin_if_due(self, raw: sqlite3.Connection) -> None:
        """Called in the connection's thread before a statement runs."""
        if self._begin_due:
            # A deferred transaction that reads first cannot become a writer while another
            # writes, hence IMMEDIATE.
            raw.execute("BEGIN IMMEDIATE")
            self._begin_due = False

    async def commit(self) -> None:
        self._begin_due = False
        await super().commit()

    async def rollback(self) -> None:
        self._begin_due = False
        await super().rollback()

    def cursor(self) -> Any:
        return FusedCursor(self)

    async def run(self, work: Any, *args: Any) -> Any:
        """Call `work(raw_connection, *args)` in the connection's own thread."""
        return await cast(Any, self)._execute(work, self._conn, *args)


def creator(path: str) -> Any:
    """A function for `async_creator_fn` that opens `path` with the house's pragmas."""

    def open_file() -> sqlite3.Connection:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            raw.execute(pragma)
        return raw

    def connect(*_: Any, **__: Any) -> FusedConnection:
        connection = FusedConnection(open_file, iter_chunk_size=64)
        cast(Any, connection)._thread.daemon = True
        return connection

    return connect
