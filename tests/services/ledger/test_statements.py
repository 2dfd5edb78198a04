"""Each statement costs a hand-over to the database's thread; the frequent operations need few."""

from collections.abc import Awaitable
from typing import Any

from sqlalchemy import event

from tests.services.ledger.book import Book


async def statements(book: Book, work: Awaitable[Any]) -> tuple[int, Any]:
    """How many statements the database was sent, and what came of them."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    engine = book.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        result = await work
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent), result


async def test_the_frequent_operations_need_few_statements(book: Book) -> None:
    counts = {}
    counts["earn"], _ = await statements(book, book.earn("receipt:1", 50, 50))
    counts["balance"], _ = await statements(book, book.balance())
    counts["hold"], first = await statements(book, book.hold("redemption:1", 20))
    counts["confirm"], _ = await statements(book, book.confirm(first))
    counts["refund"], _ = await statements(book, book.refund(first))
    second = await book.hold("redemption:2", 20)
    counts["release"], _ = await statements(book, book.release(second))
    assert counts == {
        "earn": 3,
        "balance": 1,
        "hold": 4,
        "confirm": 3,
        "refund": 5,
        "release": 4,
    }
