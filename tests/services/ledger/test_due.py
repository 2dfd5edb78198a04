from datetime import timedelta

import pytest

from services import ledger
from services.errors import Changed
from services.ledger import Expiring
from tests.services.ledger.book import Book


async def test_lots_expire_once(book: Book) -> None:
    end = book.clock.now() + timedelta(days=10)
    await book.earn("receipt:1", 30, expires_in=timedelta(days=10))
    await book.earn("receipt:2", 12, expires_in=timedelta(days=20))
    book.clock.advance(days=10)
    assert await book.expire() == [Expiring(1, "points", 30, end)]
    assert await book.expire() == []
    assert await book.balance() == (12, 0, 0, 0)
    await book.assert_clean()


async def test_spent_and_held_points_do_not_expire(book: Book) -> None:
    end = book.clock.now() + timedelta(days=10)
    await book.earn("receipt:1", 100, expires_in=timedelta(days=10))
    await book.spend("redemption:1", 30)
    await book.hold("redemption:2", 30, lasts=timedelta(days=20))
    book.clock.advance(days=10)
    assert await book.expire() == [Expiring(1, "points", 40, end)]
    assert await book.balance() == (0, 30, 0, 0)
    await book.assert_clean()


async def test_points_without_an_end_stay(book: Book) -> None:
    await book.earn("report:1", 100, currency="merits", expires_in=None)
    book.clock.advance(days=10_000)
    assert await book.warn() == []
    assert await book.expire() == []
    assert await book.balance(currency="merits") == (100, 0, 0, 0)


async def test_points_that_end_can_be_spent_until_they_are_swept(book: Book) -> None:
    await book.earn("receipt:1", 30, expires_in=timedelta(days=10))
    book.clock.advance(days=11)
    await book.spend("redemption:1", 20)
    assert [lost.amount for lost in await book.expire()] == [10]
    await book.assert_clean()


async def test_expiry_works_through_a_long_queue_in_batches(book: Book) -> None:
    for number in range(5):
        await book.earn(f"receipt:{number}", 10, member=1 + number % 2)
    book.clock.advance(days=366)
    sweeps = [sum(lost.amount for lost in await book.expire(limit=2)) for _ in range(4)]
    assert sweeps == [20, 20, 10, 0]
    await book.assert_clean()


async def test_a_release_that_began_before_the_sweep_and_ends_after_it(book: Book) -> None:
    """It waited for the account, and bears the moment at which it began to wait."""
    await book.earn("receipt:1", 30, expires_in=timedelta(days=1))
    transfer_id = await book.hold("redemption:1", 10, lasts=timedelta(days=3))
    began = book.clock.now()
    book.clock.advance(days=1)
    assert [lost.amount for lost in await book.expire()] == [20]
    await book.run(ledger.release_hold, transfer_id, began)
    assert [lost.amount for lost in await book.expire()] == [10]
    assert await book.balance() == (0, 0, 0, 0)
    await book.assert_clean()


async def test_each_lot_is_warned_about_once(book: Book) -> None:
    end = book.clock.now() + timedelta(days=10)
    await book.earn("receipt:1", 30, expires_in=timedelta(days=10))
    await book.earn("receipt:2", 5, expires_in=timedelta(days=10))
    await book.earn("receipt:3", 5, expires_in=timedelta(days=10), member=2)
    await book.earn("receipt:4", 9, expires_in=timedelta(days=40))
    assert await book.warn(days=7) == []
    book.clock.advance(days=4)
    assert await book.warn(days=7) == [
        Expiring(1, "points", 35, end),
        Expiring(2, "points", 5, end),
    ]
    assert await book.warn(days=7) == []


async def test_an_empty_or_expired_lot_is_not_warned_about(book: Book) -> None:
    await book.earn("receipt:1", 30, expires_in=timedelta(days=3))
    await book.spend("redemption:1", 30)
    await book.earn("receipt:2", 30, expires_in=timedelta(days=3))
    book.clock.advance(days=3)
    assert await book.warn(days=7) == []


async def test_a_lot_in_grace_is_warned_about_again(book: Book) -> None:
    await book.earn("receipt:1", 30, expires_in=timedelta(days=1))
    assert [part.amount for part in await book.warn()] == [30]
    transfer_id = await book.hold("redemption:1", 30, lasts=timedelta(days=3))
    book.clock.advance(days=2)
    await book.release(transfer_id)
    assert await book.warn() == [Expiring(1, "points", 30, book.clock.now() + ledger.GRACE)]


async def test_forfeiting_leaves_nothing(book: Book) -> None:
    await book.earn("receipt:1", 30, 70)
    await book.earn("report:1", 5, currency="merits", expires_in=None)
    now = book.clock.now()
    assert await book.run(ledger.forfeit, 1, now) == {"points": 30, "merits": 5}
    assert await book.balance() == (0, 0, 0, 0)
    assert await book.balance(currency="merits") == (0, 0, 0, 0)
    before = await book.everything()
    assert await book.run(ledger.forfeit, 1, now) == {"points": 0, "merits": 0}
    assert await book.everything() == before
    book.clock.advance(days=8)
    assert await book.mature() == []
    await book.assert_clean()


async def test_forfeiting_keeps_a_debt(book: Book) -> None:
    await book.earn("receipt:1", 30)
    await book.spend("redemption:1", 30)
    await book.reverse("receipt:1")
    await book.earn("receipt:2", 0, 100)
    now = book.clock.now()
    assert await book.run(ledger.forfeit, 1, now) == {"points": 0, "merits": 0}
    assert await book.balance() == (0, 0, 0, 30)
    await book.assert_clean()


async def test_nothing_is_forfeited_while_anything_is_held(book: Book) -> None:
    await book.earn("receipt:1", 30, 70)
    transfer_id = await book.hold("redemption:1", 10)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.run(ledger.forfeit, 1, book.clock.now())
    assert await book.everything() == before
    await book.release(transfer_id)
    taken = await book.run(ledger.forfeit, 1, book.clock.now())
    assert taken == {"points": 30, "merits": 0}


async def test_a_refund_after_forfeiting_can_be_forfeited_too(book: Book) -> None:
    await book.earn("receipt:1", 30)
    transfer_id = await book.spend("redemption:1", 10)
    await book.run(ledger.forfeit, 1, book.clock.now())
    await book.refund(transfer_id)
    later = book.clock.advance(seconds=1)
    assert await book.run(ledger.forfeit, 1, later) == {"points": 10, "merits": 0}
    await book.assert_clean()


async def test_forfeiting_twice_in_one_moment(book: Book) -> None:
    for number in (1, 2):
        await book.earn(f"receipt:{number}", 30)
        taken = await book.run(ledger.forfeit, 1, book.clock.now())
        assert taken == {"points": 30, "merits": 0}
    await book.assert_clean()
