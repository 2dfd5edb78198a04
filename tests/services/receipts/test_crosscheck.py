"""The audit finds what the receipts and the ledger disagree on: each fault planted, each seen."""

import pytest
from sqlalchemy import insert, update

from services.ledger.models import Transfer
from services.members import privacy
from services.receipts import claims, reversing
from services.receipts.models import Receipt, ReceiptCase, ReceiptCheck
from services.receipts.verdict import Reason
from tests.services.town import Town


async def earned(town: Town) -> int:
    receipt = (await town.submit(await town.guest())).id
    assert receipt is not None
    return receipt


async def planted(town: Town, receipt: int, **values: object) -> list[str]:
    await town.write(update(Receipt).where(Receipt.id == receipt).values(**values))
    return [found for found in await town.findings() if "transfer" not in found]


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"points": 49}, "says 49 points, earned 50"),
        ({"state": "reversed"}, "reversed, yet it has 50 of 50 points"),
        ({"state": "rejected"}, "rejected, yet it has 50 of 50 points"),
        ({"state": "pending"}, "pending, yet it has 50 of 50 points"),
    ],
)
async def test_a_receipt_that_earned(town: Town, values: dict[str, object], finding: str) -> None:
    receipt = await earned(town)
    await town.assert_clean()
    assert await planted(town, receipt, **values) == [finding]


async def reversed_one(town: Town) -> int:
    receipt = await earned(town)
    town.clock.advance(minutes=1)
    await town.run(reversing.reverse, receipt, Reason.REFUNDED, by=None, now=town.now)
    await town.assert_clean()
    return receipt


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"state": "credited"}, "credited, yet it has 0 of 50 points"),
        ({"state": "rejected"}, "rejected, yet it has 0 of 50 points"),
        ({"points": 0}, "says 0 points, earned 50"),
    ],
)
async def test_a_receipt_that_was_taken_back(
    town: Town, values: dict[str, object], finding: str
) -> None:
    assert await planted(town, await reversed_one(town), **values) == [finding]


async def test_only_a_part_was_taken_back(town: Town) -> None:
    receipt = await reversed_one(town)
    later = update(Transfer).where(Transfer.key == f"receipt:{receipt}:later")
    await town.write(later.values(state="pending", settled_at=None))
    assert "reversed, yet it has 40 of 50 points" in await town.findings()


async def test_a_receipt_that_earned_nothing(town: Town) -> None:
    guest = await town.guest()
    receipt = (await town.submit(guest, town.qr(50))).id
    assert receipt is not None
    assert await planted(town, receipt, state="credited", points=3) == ["says 3 points, earned 0"]


async def test_who_leaves_after_a_reversal_or_before(town: Town) -> None:
    guest = await town.guest()
    receipt = (await town.submit(guest)).id
    await town.run(privacy.delete_member, guest, town.now)
    await town.assert_clean()
    await town.run(reversing.reverse, receipt, Reason.FORGED, by=None, now=town.now)
    await town.assert_clean()


async def test_verifiers_are_asked_only_about_what_waits(town: Town) -> None:
    waits = (await town.submit(await town.guest(), town.qr(20_000))).id
    done = await earned(town)
    for receipt in (waits, done):
        values = {"receipt_id": receipt, "priority": 0, "next_at": town.now, "since": town.now}
        await town.write(insert(ReceiptCheck).values(values))
    assert await town.findings() == ["credited, and verifiers are still asked about it"]


async def test_an_open_case_has_a_refused_receipt(town: Town) -> None:
    qr = town.qr()
    await town.submit(await town.guest(), qr)
    second = await town.guest()
    his = (await town.submit(second, qr)).id
    await town.run(claims.claim, town.city, second, his, town.now)
    await town.assert_clean()
    await town.write(update(Receipt).where(Receipt.id == his).values(state="reversed"))
    assert await town.findings() == ["an open claim about a reversed receipt"]
    await town.write(update(ReceiptCase).values(state="lost"))
    await town.assert_clean()
