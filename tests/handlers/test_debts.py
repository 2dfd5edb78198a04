"""What a guest in debt is told of a receipt: what it paid, what is left, what can be spent."""

import pytest

from services import ledger
from services.cities.models import FiscalDrive
from tests.house import House, Visitor


async def in_debt(house: House, language: str = "en") -> Visitor:
    """Forty points are held for a reward, and the seventy they came from were taken back."""
    guest = await house.regular(points=70, language=language)
    async with house.database.transaction() as tx:
        member_id = await guest.member_id()
        await ledger.hold(
            tx, member_id=member_id, currency="points", amount=40, key="redemption:1",
            reason="redemption:1", now=house.clock.now(), expires_at=None,
        )  # fmt: skip
        await ledger.reverse(
            tx, key_of_earning="receipt:1", reason="returned", now=house.clock.now()
        )
    return guest


PART = {
    "en": (
        "✅ +50 points for 1,000 ₽ at Demo café “Orbit”.\n"
        "10 points went towards what you owed.\n"
        "40 points will be ready on November 29.\n"
        "You still owe 30 points; your next points will cover them."
    ),
    "ru": (
        "✅ +50 баллов за 1\u00a0000 ₽. Демо-кофейня «Орбита»\n"
        "На восполнение: 10 баллов.\n"
        "С 29 ноября можно будет потратить 40 баллов.\n"
        "Ещё нужно восполнить: 30 баллов. Следующие баллы это покроют."
    ),
    "zh": (
        "✅ +50 积分，在演示咖啡馆“轨道”消费 1,000 ₽。\n"
        "其中10 积分用于补回。\n"
        "40 积分将于11月29日可用。\n"
        "您还需补回 30 积分，之后的积分会自动抵扣。"
    ),
}


@pytest.mark.parametrize("language", PART)
async def test_what_pays_a_debt_is_not_called_spendable(house: House, language: str) -> None:
    guest = await in_debt(house, language)
    assert await guest.photographs(house.receipt()) == PART[language]
    after = await guest.points()
    assert (after.available, after.maturing, after.debt) == (0, 40, 30)
    assert "points went towards" not in await (await house.regular()).photographs(house.receipt())


async def test_what_is_left_beyond_the_debt_can_be_spent(house: House) -> None:
    guest = await in_debt(house)
    assert await guest.photographs(house.receipt(15_000)) == (
        "✅ +750 points for 15,000 ₽ at Demo café “Orbit”.\n"
        "40 points went towards what you owed.\n"
        "110 points can be spent right away.\n"
        "600 points will be ready on November 29."
    )
    assert await guest.says("/card") == (
        "You can spend 110 points.\n⏳ 600 points on the way.\n🔒 40 points held for a reward."
    )


async def test_a_receipt_that_waited_says_it_too(house: House) -> None:
    guest = await in_debt(house)
    frozen = FiscalDrive.fn == "7386400000010001"
    await house.change(FiscalDrive, frozen, state="frozen")
    await guest.photographs(house.receipt())
    await house.change(FiscalDrive, frozen, state="confirmed")
    guest.hushed()
    await house.app.jobs.settle_receipts()
    await house.deliver()
    assert guest.news == [("new", f"Good news about your receipt!\n{PART['en']}")]
