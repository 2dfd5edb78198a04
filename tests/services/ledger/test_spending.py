from datetime import timedelta
from typing import Any

import pytest

from services import ledger
from services.errors import Changed, NotFound
from services.ledger import KeyReusedError, NotEnough
from tests.services.ledger.book import Book


async def test_a_hold_lowers_what_is_available(book: Book) -> None:
    await book.earn("receipt:1", 100)
    await book.hold("redemption:1", 60)
    assert await book.balance() == (40, 60, 0, 0)
    await book.assert_clean()


async def test_two_holds_cannot_promise_the_same_points(book: Book) -> None:
    """Fault 3: a hold did not lower the available balance."""
    await book.earn("receipt:1", 100)
    await book.hold("redemption:1", 60)
    before = await book.everything()
    with pytest.raises(NotEnough) as refusal:
        await book.hold("redemption:2", 41)
    assert (refusal.value.available, refusal.value.needed) == (40, 41)
    assert await book.everything() == before
    await book.hold("redemption:3", 40)
    assert await book.balance() == (0, 100, 0, 0)


async def test_maturing_points_cannot_be_spent(book: Book) -> None:
    await book.earn("receipt:1", 10, 90)
    with pytest.raises(NotEnough) as refusal:
        await book.hold("redemption:1", 11)
    assert (refusal.value.available, refusal.value.needed) == (10, 11)


async def test_a_debt_cannot_be_spent(book: Book) -> None:
    await book.earn("receipt:1", 100)
    await book.spend("redemption:1", 100)
    await book.reverse("receipt:1")
    with pytest.raises(NotEnough) as refusal:
        await book.hold("redemption:2", 1)
    assert (refusal.value.available, refusal.value.needed) == (0, 1)


async def test_merits_do_not_pay_for_points(book: Book) -> None:
    await book.earn("report:1", 100, currency="merits")
    with pytest.raises(NotEnough):
        await book.hold("redemption:1", 1)
    assert await book.balance(currency="merits") == (100, 0, 0, 0)


@pytest.mark.parametrize("amount", [0, -5])
async def test_a_hold_is_of_something(sqlite_book: Book, amount: int) -> None:
    await sqlite_book.earn("receipt:1", 100)
    before = await sqlite_book.everything()
    with pytest.raises(ValueError, match="at least one"):
        await sqlite_book.hold("redemption:1", amount)
    assert await sqlite_book.everything() == before


async def test_holding_twice_under_one_key_holds_once(book: Book) -> None:
    await book.earn("receipt:1", 100)
    first = await book.hold("redemption:1", 30)
    before = await book.everything()
    assert await book.hold("redemption:1", 30) == first
    assert await book.everything() == before


async def test_a_repeated_hold_of_the_last_points_is_no_refusal(book: Book) -> None:
    await book.earn("receipt:1", 100)
    first = await book.hold("redemption:1", 100)
    assert await book.hold("redemption:1", 100) == first
    assert await book.balance() == (0, 100, 0, 0)


@pytest.mark.parametrize("other", [{"amount": 31}, {"amount": 100}, {"reason": "redemption:2"}])
async def test_a_hold_of_other_arguments_under_one_key_is_an_error(
    book: Book, other: dict[str, Any]
) -> None:
    await book.earn("receipt:1", 100)
    await book.hold("redemption:1", 30)
    before = await book.everything()
    with pytest.raises(KeyReusedError):
        await book.hold("redemption:1", **{"amount": 30, **other})
    assert await book.everything() == before


async def test_a_confirmation_pays_exactly_what_was_held(book: Book) -> None:
    """Fault 5: a commit silently took the smaller of balance and hold."""
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60)
    await book.reverse("receipt:1")
    await book.confirm(transfer_id)
    entries = await book.look(ledger.history, 1, "points")
    assert [(entry.kind, entry.amount, entry.state) for entry in entries] == [
        ("reversal", -100, "posted"),
        ("spend", -60, "posted"),
        ("receipt", 100, "posted"),
    ]
    assert await book.balance() == (0, 0, 0, 60)


async def test_confirm_twice(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60)
    await book.confirm(transfer_id)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.confirm(transfer_id)
    assert await book.everything() == before
    assert await book.balance() == (40, 0, 0, 0)
    await book.assert_clean()


@pytest.mark.parametrize("state", ["voided", "expired"])
async def test_a_release_gives_everything_back_once(book: Book, state: str) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60)
    await book.release(transfer_id, state)
    before = await book.everything()
    assert await book.balance() == (100, 0, 0, 0)
    for late in (book.release(transfer_id), book.confirm(transfer_id)):
        with pytest.raises(Changed):
            await late
    assert await book.everything() == before
    await book.assert_clean()


async def test_a_confirmed_hold_cannot_be_released(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.spend("redemption:1", 60)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.release(transfer_id)
    assert await book.everything() == before


async def test_a_hold_past_its_end_cannot_be_confirmed(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60, lasts=timedelta(minutes=15))
    book.clock.advance(minutes=15)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.confirm(transfer_id)
    assert await book.everything() == before
    await book.release(transfer_id, "expired")
    assert await book.balance() == (100, 0, 0, 0)


async def test_a_hold_without_an_end_can_be_confirmed_any_time(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60, lasts=None)
    book.clock.advance(days=100)
    await book.confirm(transfer_id)
    assert await book.balance() == (40, 0, 0, 0)


async def test_only_a_hold_can_be_settled(book: Book) -> None:
    earning = await book.earn("receipt:1", 0, 100)
    assert earning.later_id is not None
    before = await book.everything()
    for transfer_id in (earning.later_id, 999):
        for attempt in (
            book.confirm(transfer_id),
            book.release(transfer_id),
            book.refund(transfer_id),
        ):
            with pytest.raises(NotFound):
                await attempt
    assert await book.everything() == before


async def test_a_hold_does_not_end_posted_by_a_release(sqlite_book: Book) -> None:
    await sqlite_book.earn("receipt:1", 100)
    transfer_id = await sqlite_book.hold("redemption:1", 60)
    with pytest.raises(ValueError, match="voided or expired"):
        await sqlite_book.release(transfer_id, "posted")
    assert await sqlite_book.balance() == (40, 60, 0, 0)


async def test_lots_are_used_by_nearest_expiry(book: Book) -> None:
    now = book.clock.now()
    await book.earn("gift:1", 10, expires_in=None)
    await book.earn("receipt:1", 10, expires_in=timedelta(days=30))
    await book.earn("receipt:2", 10, expires_in=timedelta(days=10))
    await book.earn("receipt:3", 10, expires_in=timedelta(days=20))
    await book.hold("redemption:1", 25)
    assert await book.lots() == [(10, None), (5, now + timedelta(days=30))]
    await book.hold("redemption:2", 10)
    assert await book.lots() == [(5, None)]
    await book.assert_clean()


async def test_a_release_returns_to_the_same_lots(book: Book) -> None:
    await book.earn("receipt:1", 10, expires_in=timedelta(days=10))
    await book.earn("receipt:2", 10, expires_in=timedelta(days=20))
    before = await book.lots()
    transfer_id = await book.hold("redemption:1", 15)
    await book.release(transfer_id)
    assert await book.lots() == before
    await book.assert_clean()


async def test_a_lot_that_expired_while_held_gets_a_grace(book: Book) -> None:
    await book.earn("receipt:1", 10, expires_in=timedelta(days=1))
    await book.earn("receipt:2", 10, expires_in=timedelta(days=20))
    far = book.clock.now() + timedelta(days=20)
    transfer_id = await book.hold("redemption:1", 15, lasts=timedelta(days=3))
    book.clock.advance(days=2)
    await book.release(transfer_id)
    assert await book.lots() == [(10, book.clock.now() + ledger.GRACE), (10, far)]
    assert await book.expire() == []
    book.clock.advance(days=3)
    assert [(lost.member_id, lost.amount) for lost in await book.expire()] == [(1, 10)]
    assert await book.balance() == (10, 0, 0, 0)
    await book.assert_clean()


async def test_a_lot_may_expire_again_after_each_grace(book: Book) -> None:
    await book.earn("receipt:1", 30, expires_in=timedelta(days=1))
    first = await book.hold("redemption:1", 10, lasts=timedelta(days=9))
    second = await book.hold("redemption:2", 10, lasts=timedelta(days=9))
    lost = []
    for transfer_id in (None, first, second):
        if transfer_id is not None:
            await book.release(transfer_id)
        book.clock.advance(days=3)
        lost.append([part.amount for part in await book.expire()])
    assert lost == [[10], [10], [10]]
    assert await book.balance() == (0, 0, 0, 0)
    await book.assert_clean()


async def test_refund_once(book: Book) -> None:
    """Fault 6: a refund without an "already refunded" check gave the points twice."""
    await book.earn("receipt:1", 100)
    transfer_id = await book.spend("redemption:1", 60)
    refund_id = await book.refund(transfer_id, "undo:1")
    assert await book.balance() == (100, 0, 0, 0)
    before = await book.everything()
    assert await book.refund(transfer_id, "undo:1") == refund_id
    with pytest.raises(Changed):
        await book.refund(transfer_id, "undo:2")
    with pytest.raises(KeyReusedError):
        await book.refund(transfer_id, "undo:1", reason="other words")
    assert await book.everything() == before
    await book.assert_clean()


@pytest.mark.parametrize("settle", ["leave", "release"])
async def test_only_a_paid_hold_can_be_refunded(book: Book, settle: str) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60)
    if settle == "release":
        await book.release(transfer_id)
    before = await book.everything()
    with pytest.raises(Changed):
        await book.refund(transfer_id)
    assert await book.everything() == before


async def test_a_refund_returns_to_the_same_lots(book: Book) -> None:
    await book.earn("receipt:1", 10, expires_in=timedelta(days=10))
    await book.earn("receipt:2", 10, expires_in=timedelta(days=20))
    before = await book.lots()
    await book.refund(await book.spend("redemption:1", 15))
    assert await book.lots() == before
    await book.assert_clean()


async def test_a_refund_pays_a_debt_first(book: Book) -> None:
    await book.earn("receipt:1", 100)
    await book.earn("receipt:2", 10, expires_in=timedelta(days=500))
    far = book.clock.now() + timedelta(days=500)
    transfer_id = await book.spend("redemption:1", 110)
    await book.reverse("receipt:1")
    assert await book.balance() == (0, 0, 0, 100)
    await book.refund(transfer_id)
    assert await book.balance() == (10, 0, 0, 0)
    assert await book.lots() == [(10, far)]
    await book.assert_clean()


async def test_a_refused_service_takes_its_ledger_entries_along(book: Book) -> None:
    """Whatever raises in a transaction, nothing of it stays."""
    await book.earn("receipt:1", 100)
    before = await book.everything()

    async def two_holds() -> None:
        async with book.database.transaction() as tx:
            for key in ("redemption:1", "redemption:2"):
                await ledger.hold(
                    tx,
                    member_id=1,
                    currency="points",
                    amount=60,
                    key=key,
                    reason=key,
                    now=book.clock.now(),
                    expires_at=None,
                )

    with pytest.raises(NotEnough):
        await two_holds()
    assert await book.everything() == before
