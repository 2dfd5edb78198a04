from datetime import timedelta
from typing import Any

import pytest

from services import ledger
from services.database import Database
from services.errors import Changed, NotFound
from services.ledger import KeyReusedError, Matured, NoAccountError, Reversal
from services.ledger.models import Account, Lot, Transfer
from tests.clock import ManualClock
from tests.services.ledger.book import Book


async def test_opening_twice_makes_one_account_per_currency(book: Book) -> None:
    before = await book.count(Account)
    await book.open(1)
    assert before == await book.count(Account) == 8 + 2 * 2


async def test_the_city_has_its_accounts_before_any_member(database: Database) -> None:
    book = Book(database, ManualClock())
    for _ in range(2):
        await book.run(ledger.ensure_city_accounts)
        assert await book.count(Account) == 8


async def test_points_that_come_later_need_their_moment(sqlite_book: Book) -> None:
    with pytest.raises(ValueError, match="moment"):
        await sqlite_book.earn("receipt:1", 10, 90, matures_in=None)
    assert await sqlite_book.count(Transfer) == 0


async def test_a_part_at_once_and_a_part_later(book: Book) -> None:
    earning = await book.earn("receipt:1", 10, 90)
    assert earning.is_new
    assert earning.now_id is not None
    assert earning.later_id is not None
    assert await book.balance() == (10, 0, 90, 0)
    assert await book.balance(currency="merits") == (0, 0, 0, 0)
    await book.assert_clean()


async def test_what_is_later_matures_once(book: Book) -> None:
    earning = await book.earn("receipt:1", 10, 90)
    book.clock.advance(days=6, hours=23)
    assert await book.mature() == []
    book.clock.advance(hours=1)
    assert earning.later_id is not None
    assert await book.mature() == [
        Matured(1, "points", 90, 90, "receipt", "receipt:1", earning.later_id)
    ]
    assert await book.mature() == []
    assert await book.balance() == (100, 0, 0, 0)
    await book.assert_clean()


async def test_maturing_works_through_a_long_queue_in_batches(book: Book) -> None:
    for number in range(5):
        await book.earn(f"receipt:{number}", 0, 10, member=1 + number % 2)
    book.clock.advance(days=7)
    assert [len(await book.mature(limit=2)) for _ in range(4)] == [2, 2, 1, 0]
    assert await book.balance(1) == (30, 0, 0, 0)
    assert await book.balance(2) == (20, 0, 0, 0)
    await book.assert_clean()


@pytest.mark.parametrize(("now_amount", "later_amount"), [(10, 0), (0, 90)])
async def test_a_zero_part_is_left_out(book: Book, now_amount: int, later_amount: int) -> None:
    earning = await book.earn("gift:1", now_amount, later_amount)
    assert (earning.now_id is None, earning.later_id is None) == (not now_amount, not later_amount)
    assert await book.count(Transfer) == await book.count(Lot) == 1
    await book.assert_clean()


async def test_nothing_earned_writes_nothing(book: Book) -> None:
    before = await book.everything()
    earning = await book.earn("receipt:1", 0, 0)
    assert (earning.now_id, earning.later_id) == (None, None)
    assert await book.everything() == before


async def test_the_same_key_twice_same_arguments_is_a_no_op(book: Book) -> None:
    first = await book.earn("receipt:1", 10, 90)
    before = await book.everything()
    book.clock.advance(minutes=5)
    again = await book.earn("receipt:1", 10, 90)
    assert (again.now_id, again.later_id, again.is_new) == (first.now_id, first.later_id, False)
    assert await book.everything() == before


@pytest.mark.parametrize(
    ("earlier", "other"),
    [
        ({"now_amount": 10, "later_amount": 90}, {"now_amount": 11, "later_amount": 90}),
        ({"now_amount": 10, "later_amount": 90}, {"now_amount": 10, "later_amount": 91}),
        ({"now_amount": 10, "later_amount": 90}, {"now_amount": 10}),
        ({"now_amount": 10}, {"now_amount": 10, "later_amount": 90}),
        ({"now_amount": 10}, {"now_amount": 0, "later_amount": 10}),
        ({"now_amount": 0, "later_amount": 10}, {"now_amount": 10}),
        ({"now_amount": 10}, {"now_amount": 10, "member": 2}),
        ({"now_amount": 10}, {"now_amount": 10, "currency": "merits"}),
        ({"now_amount": 10}, {"now_amount": 10, "kind": "gift"}),
        ({"now_amount": 10}, {"now_amount": 10, "reason": "receipt:2"}),
    ],
)
async def test_the_same_key_twice_other_arguments_is_an_error(
    book: Book, earlier: dict[str, Any], other: dict[str, Any]
) -> None:
    """Fault 7: success was reported for a duplicate key with a different amount."""
    await book.earn("receipt:1", **earlier)
    before = await book.everything()
    with pytest.raises(KeyReusedError):
        await book.earn("receipt:1", **other)
    assert await book.everything() == before


@pytest.mark.parametrize(
    "wrong", [{"now_amount": -1}, {"now_amount": 5, "later_amount": -5}, {"kind": "refund"}]
)
async def test_what_is_not_an_earning_is_an_error(sqlite_book: Book, wrong: dict[str, Any]) -> None:
    before = await sqlite_book.everything()
    with pytest.raises(ValueError, match=r"."):
        await sqlite_book.earn("receipt:1", **{"now_amount": 1, **wrong})
    assert await sqlite_book.everything() == before


async def test_a_member_without_an_account_is_an_error(sqlite_book: Book) -> None:
    with pytest.raises(NoAccountError):
        await sqlite_book.earn("receipt:1", 10, member=3)
    with pytest.raises(NoAccountError):
        await sqlite_book.balance(3)
    assert await sqlite_book.count(Transfer) == 0


async def test_reversing_takes_both_parts_back(book: Book) -> None:
    await book.earn("receipt:1", 10, 90)
    await book.earn("receipt:2", 5)
    assert await book.reverse("receipt:1") == Reversal(voided=90, taken=10, debt=0)
    assert await book.balance() == (5, 0, 0, 0)
    book.clock.advance(days=8)
    assert await book.mature() == []
    await book.assert_clean()


async def test_reversing_after_maturity_takes_all_back(book: Book) -> None:
    await book.earn("receipt:1", 10, 90)
    book.clock.advance(days=7)
    await book.mature()
    assert await book.reverse("receipt:1") == Reversal(voided=0, taken=100, debt=0)
    assert await book.balance() == (0, 0, 0, 0)
    await book.assert_clean()


async def test_reversing_twice_changes_nothing(book: Book) -> None:
    await book.earn("receipt:1", 10, 90)
    await book.reverse("receipt:1")
    before = await book.everything()
    with pytest.raises(Changed):
        await book.reverse("receipt:1")
    with pytest.raises(Changed):
        await book.reverse("receipt:1", reason="another")
    assert await book.everything() == before


async def test_reversing_twice_what_never_matured_changes_nothing(book: Book) -> None:
    await book.earn("receipt:1", 0, 90)
    assert await book.reverse("receipt:1") == Reversal(voided=90, taken=0, debt=0)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.reverse("receipt:1")
    assert await book.everything() == before
    await book.assert_clean()


async def test_only_an_earning_can_be_reversed(book: Book) -> None:
    await book.earn("receipt:1", 10)
    await book.spend("redemption:1", 10)
    before = await book.everything()
    for key in ("receipt:2", "redemption:1"):
        with pytest.raises(NotFound):
            await book.reverse(key)
    assert await book.everything() == before


async def test_reversing_empties_its_own_lot_before_others(book: Book) -> None:
    end = book.clock.now() + timedelta(days=10)
    await book.earn("receipt:1", 30, expires_in=timedelta(days=10))
    await book.earn("receipt:2", 30, expires_in=timedelta(days=20))
    await book.reverse("receipt:2")
    assert await book.lots() == [(30, end)]
    await book.assert_clean()


async def test_reversing_takes_from_the_nearest_lots_what_its_own_lacks(book: Book) -> None:
    far = book.clock.now() + timedelta(days=30)
    await book.earn("receipt:1", 30, expires_in=timedelta(days=10))
    await book.spend("redemption:1", 20)
    await book.earn("receipt:2", 15, expires_in=timedelta(days=20))
    await book.earn("receipt:3", 10, expires_in=timedelta(days=30))
    assert await book.reverse("receipt:1") == Reversal(voided=0, taken=30, debt=0)
    assert await book.lots() == [(5, far)]
    assert await book.balance() == (5, 0, 0, 0)
    await book.assert_clean()


async def test_reverse_after_spending_leaves_a_debt_that_later_earnings_pay(book: Book) -> None:
    await book.earn("receipt:1", 100)
    await book.spend("redemption:1", 70)
    assert await book.reverse("receipt:1") == Reversal(voided=0, taken=100, debt=70)
    assert await book.balance() == (0, 0, 0, 70)
    second = await book.earn("receipt:2", 50)
    assert (second.usable, second.debt) == (0, 20)
    assert await book.balance() == (0, 0, 0, 20)
    assert await book.lots() == []
    third = await book.earn("receipt:3", 10, 25)
    assert (third.usable, third.debt) == (0, 10)
    assert await book.balance() == (0, 0, 25, 10)
    book.clock.advance(days=7)
    await book.mature()
    assert await book.balance() == (15, 0, 0, 0)
    assert [amount for amount, _ in await book.lots()] == [15]
    fourth = await book.earn("receipt:4", 5)
    assert (fourth.usable, fourth.debt) == (5, 0)
    again = await book.earn("receipt:4", 5)
    assert (again.is_new, again.usable, again.debt) == (False, 0, 0)
    await book.assert_clean()


async def test_hold_survives_reversal(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 80)
    assert await book.reverse("receipt:1") == Reversal(voided=0, taken=100, debt=80)
    assert await book.balance() == (0, 80, 0, 80)
    await book.confirm(transfer_id)
    assert await book.balance() == (0, 0, 0, 80)
    await book.assert_clean()


async def test_a_release_after_a_reversal_pays_the_debt(book: Book) -> None:
    await book.earn("receipt:1", 100)
    await book.earn("receipt:2", 20)
    transfer_id = await book.hold("redemption:1", 110)
    await book.reverse("receipt:1")
    assert await book.balance() == (0, 110, 0, 90)
    await book.release(transfer_id)
    assert await book.balance() == (20, 0, 0, 0)
    assert sum(amount for amount, _ in await book.lots()) == 20
    await book.assert_clean()
