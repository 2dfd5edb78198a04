from datetime import timedelta

from services import ledger
from services.ledger import Due, Entry, Upcoming
from tests.services.ledger.book import Book


async def test_history_tells_what_came_and_went_newest_first(book: Book) -> None:
    start = book.clock.now()
    await book.earn("receipt:1", 10, 90)
    await book.earn("receipt:2", 1, member=2)
    await book.earn("report:1", 3, currency="merits")
    book.clock.advance(minutes=1)
    held = await book.hold("redemption:1", 4)
    entries = await book.look(ledger.history, 1, "points")
    assert entries == [
        Entry(
            held,
            "spend",
            "redemption:1",
            -4,
            "pending",
            start + timedelta(minutes=1),
            start + timedelta(minutes=16),
        ),
        Entry(
            entries[1].id,
            "receipt",
            "receipt:1",
            90,
            "pending",
            start,
            start + timedelta(days=7),
        ),
        Entry(entries[2].id, "receipt", "receipt:1", 10, "posted", start, None),
    ]


async def test_history_continues_page_by_page(book: Book) -> None:
    for amount in range(1, 6):
        await book.earn(f"receipt:{amount}", amount)
    pages = []
    before_id = None
    for _ in range(4):
        page = await book.look(ledger.history, 1, "points", limit=2, before_id=before_id)
        pages.append([entry.amount for entry in page])
        before_id = page[-1].id if page else before_id
    assert pages == [[5, 4], [3, 2], [1], []]


async def test_upcoming_adds_up_by_moment(book: Book) -> None:
    start = book.clock.now()
    await book.earn("receipt:1", 10, 90)
    await book.earn("receipt:2", 5, 10, matures_in=timedelta(days=2))
    await book.earn("receipt:3", 0, 1)
    await book.earn("receipt:4", 7, expires_in=timedelta(days=30))
    await book.earn("gift:1", 7, expires_in=None)
    await book.earn("receipt:5", 7, 7, member=2)
    assert await book.look(ledger.upcoming, 1, "points") == Upcoming(
        maturing=[Due(10, start + timedelta(days=2)), Due(91, start + timedelta(days=7))],
        expiring=[Due(7, start + timedelta(days=30)), Due(15, start + timedelta(days=365))],
    )
    assert await book.look(ledger.upcoming, 1, "merits") == Upcoming([], [])
