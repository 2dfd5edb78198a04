"""Everything at once, on several connections; each test ends with a clean audit."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from services import ledger
from services.database import Database
from services.errors import Changed, Refusal
from services.ledger import KeyReusedError, NotEnough, accounts, due
from services.ledger.models import Lot, Transfer
from tests.clock import ManualClock
from tests.services.ledger.book import Book
from tests.services.ledger.traffic import random_traffic


async def outcomes(attempts: Iterable[Awaitable[object]]) -> tuple[list[Any], list[Any]]:
    """What succeeded and what was refused; anything else is raised."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [each for each in ended if isinstance(each, (Refusal, KeyReusedError))]
    for each in ended:
        if isinstance(each, BaseException) and each not in refused:
            raise each
    return [each for each in ended if not isinstance(each, BaseException)], refused


async def test_parallel_spends_from_one_balance(book: Book) -> None:
    """Faults 1 and 2: parallel spends all passed a check made before the write."""
    await book.earn("receipt:1", 60)
    await book.earn("receipt:2", 40)
    done, refused = await outcomes(book.hold(f"redemption:{n}", 100) for n in range(40))
    assert (len(done), len(refused)) == (1, 39)
    assert {(type(each), each.available, each.needed) for each in refused} == {(NotEnough, 0, 100)}
    assert await book.balance() == (0, 100, 0, 0)
    assert await book.count(Transfer) == 3
    await book.assert_clean()


async def test_parallel_small_spends_stop_at_the_last_point(book: Book) -> None:
    for number in range(5):
        await book.earn(f"receipt:{number}", 20)
    done, refused = await outcomes(book.hold(f"redemption:{n}", 7) for n in range(40))
    assert (len(done), len(refused)) == (14, 26)
    assert await book.balance() == (2, 98, 0, 0)
    await book.assert_clean()


async def test_the_same_key_twice(book: Book) -> None:
    """Twenty times at once: one earning, one hold, and every answer is the same."""
    earned, _ = await outcomes(book.earn("receipt:1", 10, 90) for _ in range(20))
    assert len({(each.now_id, each.later_id) for each in earned}) == 1
    assert sum(each.is_new for each in earned) == 1
    held, _ = await outcomes(book.hold("redemption:1", 6) for _ in range(20))
    assert len(held) == 20
    assert len(set(held)) == 1
    assert await book.balance() == (4, 6, 90, 0)
    assert (await book.count(Transfer), await book.count(Lot)) == (3, 2)
    await book.assert_clean()


async def test_the_same_key_for_different_amounts_at_once(book: Book) -> None:
    done, refused = await outcomes(book.earn("receipt:1", amount) for amount in range(1, 21))
    assert (len(done), len(refused)) == (1, 19)
    assert {type(each) for each in refused} == {KeyReusedError}
    assert await book.count(Transfer) == await book.count(Lot) == 1
    await book.assert_clean()


async def test_the_same_key_for_two_members_at_once(book: Book) -> None:
    attempts = [book.earn("receipt:1", 10, member=1 + number % 2) for number in range(20)]
    done, refused = await outcomes(attempts)
    assert (len(done), len(refused)) == (10, 10)
    assert sorted([await book.balance(1), await book.balance(2)]) == [(0, 0, 0, 0), (10, 0, 0, 0)]
    await book.assert_clean()


async def test_parallel_earnings_lose_nothing(book: Book) -> None:
    """Fault 4: a balance that is read and then written loses updates."""
    await outcomes(book.earn(f"receipt:{number}", 3, 4) for number in range(40))
    assert await book.balance() == (120, 0, 160, 0)
    await book.assert_clean()


async def test_confirm_and_release_race(book: Book) -> None:
    await book.earn("receipt:1", 1_000)
    for number in range(20):
        transfer_id = await book.hold(f"redemption:{number}", 10)
        attempts = [book.confirm(transfer_id), book.release(transfer_id)]
        random.Random(number).shuffle(attempts)
        done, refused = await outcomes(attempts)
        assert (len(done), [type(each) for each in refused]) == (1, [Changed])
    available, held, maturing, debt = await book.balance()
    entries = await book.look(ledger.history, 1, "points", limit=100)
    paid = -sum(each.amount for each in entries if (each.kind, each.state) == ("spend", "posted"))
    assert (available, held, maturing, debt) == (1_000 - paid, 0, 0, 0)
    await book.assert_clean()


async def test_two_cashiers_confirm_at_once(book: Book) -> None:
    await book.earn("receipt:1", 100)
    transfer_id = await book.hold("redemption:1", 60)
    done, refused = await outcomes(book.confirm(transfer_id) for _ in range(10))
    assert (len(done), len(refused)) == (1, 9)
    assert await book.balance() == (40, 0, 0, 0)
    await book.assert_clean()


async def test_refunds_race(book: Book) -> None:
    """Fault 6 again, with everybody at once."""
    await book.earn("receipt:1", 100)
    transfer_id = await book.spend("redemption:1", 60)
    done, refused = await outcomes(book.refund(transfer_id, f"undo:{n}") for n in range(10))
    assert (len(done), {type(each) for each in refused}) == (1, {Changed})
    assert await book.balance() == (100, 0, 0, 0)
    await book.assert_clean()


async def test_reversals_race(book: Book) -> None:
    await book.earn("receipt:1", 40, 60)
    await book.spend("redemption:1", 30)
    done, refused = await outcomes(book.reverse("receipt:1") for _ in range(10))
    assert done == [ledger.Reversal(voided=60, taken=40, debt=30)]
    assert len(refused) == 9
    assert await book.balance() == (0, 0, 0, 30)
    await book.assert_clean()


async def test_maturing_and_reversal_race(book: Book) -> None:
    for number in range(10):
        await book.earn(f"receipt:{number}", 1, 9)
    book.clock.advance(days=7)
    await outcomes(
        [
            *(book.reverse(f"receipt:{number}") for number in range(10)),
            *(book.mature(limit=3) for _ in range(6)),
        ]
    )
    assert await book.balance() == (0, 0, 0, 0)
    await book.assert_clean()


async def sweep(once: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
    """Run a sweep six times at once, then until nothing is left; all it reported."""
    done, _ = await outcomes(once() for _ in range(6))
    while rest := await once():
        done.append(rest)
    return [each for batch in done for each in batch]


async def test_several_sweeps_at_once(book: Book) -> None:
    """Two processes that both think it is theirs to mature, warn and expire."""
    for number in range(12):
        await book.earn(f"receipt:{number}", 5, 5, member=1 + number % 2)
    book.clock.advance(days=7)
    matured = await sweep(lambda: book.mature(limit=5))
    assert len(matured) == len({each.transfer_id for each in matured}) == 12
    book.clock.advance(days=355)
    assert sum(part.amount for part in await sweep(book.warn)) == 120
    book.clock.advance(days=3)
    assert sum(part.amount for part in await sweep(lambda: book.expire(limit=10))) == 120
    assert await book.balance(1) == await book.balance(2) == (0, 0, 0, 0)
    await book.assert_clean()


async def test_expiry_and_hold_race(book: Book) -> None:
    """Each point is either held or expired, never both."""
    for number in range(10):
        await book.earn(f"receipt:{number}", 10, expires_in=timedelta(days=1))
    book.clock.advance(days=1)
    done, _ = await outcomes(
        [
            *(book.hold(f"redemption:{number}", 10) for number in range(10)),
            *(book.expire(limit=3) for _ in range(4)),
        ]
    )
    held = 10 * sum(isinstance(each, int) for each in done)
    lost = sum(part.amount for each in done if isinstance(each, list) for part in each)
    assert await book.balance() == (100 - held - lost, held, 0, 0)
    await book.assert_clean()


async def test_a_lot_that_gets_a_grace_while_the_sweep_waits_for_it(
    postgres_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep has seen an expired lot; before it has the account, that lot is not expired."""
    book = Book(postgres_database, clock)
    await book.open(1)
    await book.earn("receipt:1", 30, expires_in=timedelta(days=1))
    await book.earn("receipt:2", 10, expires_in=timedelta(days=1))
    clock.advance(days=1)

    async def slowly(tx: Any, account_ids: Iterable[int]) -> Any:
        await book.release(await book.hold("redemption:1", 30))
        return await accounts.take_in_order(tx, account_ids)

    monkeypatch.setattr(due, "take_in_order", slowly)
    assert [lost.amount for lost in await book.expire()] == [10]
    assert await book.balance() == (30, 0, 0, 0)
    assert await book.lots() == [(30, clock.now() + ledger.GRACE)]
    await book.assert_clean()


async def test_forfeit_and_everything_race(book: Book) -> None:
    await book.earn("receipt:1", 50, 50)
    await outcomes(
        [
            book.run(ledger.forfeit, 1, book.clock.now()),
            *(book.earn(f"receipt:{number}", 1, 1) for number in range(2, 12)),
            *(book.hold(f"redemption:{number}", 10) for number in range(4)),
            book.reverse("receipt:1"),
        ]
    )
    await book.assert_clean()


async def test_random_operations_by_many_tasks(book: Book) -> None:
    """The benchmark runs ten thousand; this is enough to notice."""
    tally = await random_traffic(book, operations=1_000, tasks=64, members=8, seed=7)
    assert sum(tally.values()) == 1_000
    assert tally["done"] > 500
    await book.assert_clean()
