"""The one loop in three languages: a guest earns and spends, a café confirms, both are told."""

import pytest

from handlers.texts import _, _n, clock, day, plain, points
from handlers.texts import local as of_pack
from services.members.roles import Role
from services.rewards.models import Redemption
from tests.house import House, speaking

ORBIT = {"ru": "Демо-кофейня «Орбита»", "en": "Demo café “Orbit”", "zh": "演示咖啡馆“轨道”"}
COOKIE = {"ru": "Печенье «Спутник»", "en": "Sputnik cookie", "zh": "“斯普特尼克”饼干"}


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
async def test_a_guest_earns_and_spends_and_the_cafe_confirms(house: House, tongue: str) -> None:
    cashier = await house.staff(Role.CASHIER, "orbita", tongue)
    guest = await house.guest(tongue)
    zone = house.city.timezone
    with speaking(tongue):
        ready = plain(_("Your card is ready."))
        ten, forty, fifty, thirty = (points(n) for n in (10, 40, 50, 30))
        eve = day(house.clock.now().replace(day=29), zone)
        earned = plain(
            "\n".join(
                [
                    _(
                        "✅ <b>+{points}</b> for {sum} at {venue}.",
                        points=fifty,
                        sum={"ru": "1\xa0000 ₽"}.get(tongue, "1,000 ₽"),
                        venue=ORBIT[tongue],
                    ),
                    _("{points} can be spent right away.", points=ten),
                    _("{points} will be ready on {day}.", points=forty, day=eve),
                ]
            )
        )
    assert (await guest.last()).startswith(ready)
    assert await guest.photographs(house.receipt(1000)) == earned

    house.clock.advance(days=7)
    await house.app.jobs.mature_points()
    guest.hushed()
    await house.deliver()
    assert guest.news == [("new", guest.word("✨ Ready to spend: {points}.", points=forty))]

    with speaking(tongue):
        balance = plain(_("You can spend <b>{points}</b>.", points=fifty))
        get = plain(_("Get it for {price}", price=thirty))
    assert await guest.presses("💳 My card") == balance
    await guest.presses("🎁 Rewards")
    await guest.presses(f"☕ {ORBIT[tongue]}")
    await guest.presses(f"🍪 {COOKIE[tongue]}")
    await guest.presses(get)
    redemption = (await house.rows(Redemption))[0]
    reward = await house.reward("orbita-cookie")

    with speaking(tongue):
        shown = plain(
            _(
                "{emoji} <b>{title}</b>\n{venue}\n{terms}\n\n"
                "Guest: {guest}\nPaid with {price}\nValid until {until}",
                emoji="🍪",
                title=COOKIE[tongue],
                venue=ORBIT[tongue],
                terms=of_pack(reward["terms"]),
                guest=_("no name on the card"),
                price=thirty,
                until=clock(redemption["expires_at"], zone),
            )
        )
    assert await cashier.says(redemption["code"]) == shown
    await cashier.presses("✅ Handed over, confirm")
    with speaking(tongue):
        undo = plain(_n("Undo (within {n} minute)", "Undo (within {n} minutes)", 5))
    assert await cashier.labels() == [undo]
    assert cashier.toast == cashier.word("Confirmed")

    guest.hushed()
    await house.deliver()
    told = guest.word(
        "{emoji} Enjoy! {title} at {venue} is confirmed. You spent {price}.",
        emoji="🍪",
        title=COOKIE[tongue],
        venue=ORBIT[tongue],
        price=thirty,
    )
    assert guest.news == [("new", told)]
    assert (await guest.points()).available == 20
    assert (await house.audit()).findings == []


async def test_in_russian_it_reads_like_this(house: House) -> None:
    guest = await house.regular("ru", name="Анна", points=21)
    await guest.photographs(house.receipt(1000))
    assert await guest.says("/card") == "Можно потратить 31 балл.\n⏳ В пути 40 баллов."
    assert await guest.says("/rewards") == "У вас 31 балл. Куда заглянем?"
    assert await guest.keyboard() == []
    assert await guest.says("/start") == "Пришлите фото чека или выберите ниже."
    assert (await guest.keyboard())[0] == "💳 Моя карта"
    assert await guest.says("/receipt") == (
        "Ваши чеки\n\n"
        "1. ✅ 22 нояб., 12:00 · 1\xa0000 ₽ · Демо-кофейня «Орбита»\n+50 баллов\n\n"
        "2. ✅ 12 нояб., 12:00 · 420 ₽ · Демо-кофейня «Орбита»\n+21 балл"
    )
    assert await guest.says("/privacy") == (
        "Ваши данные\n✅ Персональные данные: вы согласились 22 ноября\n"
        "✖️ Предложения и события: вы отказались 22 ноября"
    )


def test_russian_counts_points_rightly() -> None:
    with speaking("ru"):
        words = [plain(points(n)) for n in (0, 1, 2, 5, 11, 14, 21, 22, 25, 111, 1001)]
    assert words == [
        "0 баллов", "1 балл", "2 балла", "5 баллов", "11 баллов", "14 баллов", "21 балл",
        "22 балла", "25 баллов", "111 баллов", "1\xa0001 балл",
    ]  # fmt: skip
