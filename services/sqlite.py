"""SQLite for many short transactions: a statement takes no hand-over to another thread.

A statement on a local file takes some 20 µs; handing it to aiosqlite's thread and back takes
six times as much, and SQLAlchemy's dialect does it four times a statement. So `InlineConnection`
runs statements where they are asked for. What can really take long, a checkpoint, an open or a
close, stays in aiosqlite's threads; waiting for another process's lock is done asleep.
The dialect takes the connection through its documented `async_creator_fn`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import aiosqlite

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=20",
    # `checkpoint` does it aside; this is for a process in which nobody calls it.
    "PRAGMA wal_autocheckpoint=8000",
)
_LOCK_SECONDS = 10.0
_LOCK_PAUSE = 0.02


class InlineCursor:
    """The part of a DB-API cursor the dialect uses; everything is there when `execute` returns."""

    arraysize = 1

    def __init__(self, connection: "InlineConnection") -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "InlineCursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "InlineCursor":
        self._keep(self._connection.raw.execute(sql, tuple(parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "InlineCursor":
        self._keep(self._connection.raw.executemany(sql, parameters))
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = ()

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()


class InlineConnection(aiosqlite.Connection):
    """An aiosqlite connection that is opened and closed in its thread and used in the caller's."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection of the standard library."""
        return self._conn

    def cursor(self) -> Any:
        return InlineCursor(self)

    async def begin_immediate(self) -> None:
        """Open a write transaction, waiting for another process to end its own.

        Immediate, because a transaction that reads first cannot become a writer while another
        writes. Raises sqlite3.OperationalError after ten seconds.
        """
        patience = asyncio.get_running_loop().time() + _LOCK_SECONDS
        while True:
            try:
                self.raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                out_of_time = asyncio.get_running_loop().time() > patience
                if "locked" not in str(error) or out_of_time:
                    raise
                await asyncio.sleep(_LOCK_PAUSE)
            else:
                return

    async def commit(self) -> None:
        self.raw.commit()

    async def rollback(self) -> None:
        self.raw.rollback()


def creator(path: str) -> Callable[..., InlineConnection]:
    """A function for `async_creator_fn` that opens `path` with the house's pragmas."""

    def open_file() -> sqlite3.Connection:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            raw.execute(pragma)
        return raw

    def connect(*_: Any, **__: Any) -> InlineConnection:
        connection = InlineConnection(open_file, iter_chunk_size=64)
        cast(Any, connection)._thread.daemon = True
        return connection

    return connect


async def checkpoint(path: str) -> None:
    """Move the write-ahead log into the file; waits for the disk in a thread of its own."""
    async with aiosqlite.connect(path) as connection:
        await connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
