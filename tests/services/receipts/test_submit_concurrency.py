"""Receipts that arrive together: each number earns once, and no limit is overrun."""

import random
from dataclasses import replace

from sqlalchemy import select

from services.receipts.models import Receipt
from services.receipts.submit import Submitted
from tests.services.town import UNKNOWN_DRIVE, Town, at_once

REJECTED = ("submit", "rejected")
EARNED = (10, 0, 40, 0)
"""The balance after one receipt of 1000 rubles: a fifth of 50 points at once."""


def verdicts(outcomes: list[Submitted]) -> list[tuple[str, str, bool]]:
    return sorted((each.state, each.reason, each.again) for each in outcomes)


async def states(town: Town) -> list[tuple[str, str | None, int]]:
    query = select(Receipt.state, Receipt.reason, Receipt.points).order_by(Receipt.id)
    return sorted(await town.rows(query))  # type: ignore[arg-type]


async def test_same_receipt_from_two_guests(town: Town) -> None:
    guests = [await town.guest() for _ in range(6)]
    qr = town.qr()
    done, refused = await at_once(*(town.submit(guest, qr) for guest in guests))
    assert refused == []
    assert verdicts(done) == [("credited", "credited", False)] + [("rejected", "taken", False)] * 5
    assert await states(town) == [("credited", "credited", 50)] + [("rejected", "taken", 0)] * 5
    balances = sorted([await town.balance(guest) for guest in guests])
    assert balances == [(0, 0, 0, 0)] * 5 + [EARNED]
    assert sorted(await town.moves("receipt")) == [("submit", "credited")] + [REJECTED] * 5
    assert await town.outbox() == []
    await town.assert_clean()


async def test_same_receipt_twice_from_one_guest(town: Town) -> None:
    guest = await town.guest()
    qr = town.qr()
    done, refused = await at_once(*(town.submit(guest, qr) for _ in range(6)))
    assert refused == []
    assert (
        verdicts(done) == [("credited", "credited", False)] + [("credited", "credited", True)] * 5
    )
    assert {each.points_now + each.points_later for each in done} == {50}
    assert await states(town) == [("credited", "credited", 50)]
    assert await town.balance(guest) == EARNED
    assert await town.moves("receipt") == [("submit", "credited")]
    await town.assert_clean()


async def test_an_unknown_till_from_two_guests(town: Town) -> None:
    """What waits for its venue is taken as well."""
    guests = [await town.guest() for _ in range(4)]
    qr = town.qr(drive=UNKNOWN_DRIVE)
    done, _ = await at_once(*(town.submit(guest, qr) for guest in guests))
    expected = [("pending", "unknown_drive", False)] + [("rejected", "taken", False)] * 3
    assert verdicts(done) == expected
    assert [await town.balance(guest) for guest in guests] == [(0, 0, 0, 0)] * 4
    assert sorted(await town.moves("receipt")) == [("submit", "pending")] + [REJECTED] * 3
    await town.assert_clean()


async def test_one_number_with_two_signs(town: Town) -> None:
    """A false sign cannot earn beside the true one, whoever is first."""
    guests = [await town.guest() for _ in range(4)]
    qr = town.qr()
    done, _ = await at_once(
        *(town.submit(guest, replace(qr, sign=sign)) for sign, guest in enumerate(guests, 1))
    )
    assert [each.state for each in done].count("credited") == 1
    assert sorted([await town.balance(guest) for guest in guests])[:3] == [(0, 0, 0, 0)] * 3
    assert [state for state, _, points in await states(town) if points] == ["credited"]
    await town.assert_clean()


async def test_day_limit_under_parallel_receipts(town: Town) -> None:
    """Eleven different receipts at once, five a day; the city has no limit for one venue here."""
    town.rules("limits", per_venue_per_day=100, minutes_between=0)
    guest = await town.guest()
    receipts = [town.qr() for _ in range(11)]
    random.Random(1).shuffle(receipts)
    done, refused = await at_once(*(town.submit(guest, qr) for qr in receipts))
    assert refused == []
    expected = [("credited", "credited", False)] * 5 + [("rejected", "day_limit", False)] * 6
    assert verdicts(done) == expected
    assert await town.balance(guest) == (50, 0, 200, 0)
    assert await town.moves("receipt") == [("submit", "credited")] * 5 + [REJECTED] * 6
    await town.assert_clean()


async def test_venue_limit_under_parallel_receipts(town: Town) -> None:
    guest = await town.guest()
    done, _ = await at_once(*(town.submit(guest, town.qr()) for _ in range(6)))
    expected = [("credited", "credited", False)] + [("rejected", "venue_limit", False)] * 5
    assert verdicts(done) == expected
    assert await town.balance(guest) == EARNED
    await town.assert_clean()


async def test_cap_of_a_day_under_parallel_receipts(town: Town) -> None:
    """However they arrive, no more than the cap can be spent at once."""
    town.rules("limits", per_venue_per_day=100, minutes_between=0)
    town.rules("earning", now_cap_per_day=25)
    guest = await town.guest()
    done, _ = await at_once(*(town.submit(guest, town.qr()) for _ in range(4)))
    assert sorted(each.points_now for each in done) == [0, 5, 10, 10]
    assert await town.balance(guest) == (25, 0, 175, 0)
    await town.assert_clean()
