"""A ledger with two members on either kind of database."""

import pytest

from services.database import Database
from tests.clock import ManualClock
from tests.services.ledger.book import Book


@pytest.fixture
async def book(database: Database, clock: ManualClock) -> Book:
    """Members 1 and 2 have accounts; on both databases."""
    book = Book(database, clock)
    await book.open(1, 2)
    return book


@pytest.fixture
async def sqlite_book(sqlite_database: Database, clock: ManualClock) -> Book:
    """Members 1 and 2 have accounts; on SQLite only."""
    book = Book(sqlite_database, clock)
    await book.open(1, 2)
    return book
