"""What points buy: browse, read, take, show, let go, run out."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.members.roles import Role
from services.rewards.models import Redemption, Reward
from tests.house import House, Visitor

RESERVED = (
    "🥐 Bun “Comet”\nDemo bakery “Milky Way”, 88 Lenina St (demo address)\n\n"
    "Show this code at the counter before 12:15: {code}\n"
    "We are holding 40 points; if you do not use the code, you get them back automatically."
)
GONE = "I cannot find that any more. It may be gone."


async def looks_at(guest: Visitor, venue: str, reward: str) -> str:
    await guest.says("/rewards")
    await guest.presses(venue)
    return await guest.presses(reward)


async def takes_the_bun(guest: Visitor) -> str:
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    return await guest.presses("Get it for 40 points")


async def code_of(house: House) -> str:
    return str((await house.rows(Redemption))[-1]["code"])


async def test_rewards_are_browsed_by_venue(house: House) -> None:
    guest = await house.regular(points=40)
    assert await guest.says("/rewards") == (
        "You have 40 points. Where would you like to spend them?"
    )
    assert await guest.labels() == [
        "✨ What I can afford",
        "☕ Demo café “Orbit” · 3",
        "🍽 Demo restaurant “Third Stage” · 4",
        "🥐 Demo bakery “Milky Way” · 2",
        "🏨 Demo hotel “Docking” · 2",
        "🛍 Demo souvenirs “Constellation” · 2",
        "🚌 Demo tours “Poyekhali!” · 2",
    ]
    assert await guest.presses("☕ Demo café") == (
        "Demo café “Orbit”\n4 Teatralnaya St (demo address)\ndaily 8:00–22:00"
    )
    assert await guest.labels() == [
        "🍪 Sputnik cookie · 30 points",
        "☕ Espresso “Key to Start” · 60 points",
        "🌌 Raf coffee “Nebula” · 120 points",
        "« All rewards",
    ]
    await guest.presses("« All rewards")
    assert guest.news[0][0] == "edited"


async def test_what_can_be_afforded(house: House) -> None:
    guest = await house.regular(points=40)
    await guest.says("/rewards")
    assert await guest.presses("✨ What I can afford") == "With 40 points you can get:"
    assert await guest.labels() == [
        "🍪 Sputnik cookie · 30 points · Demo café “Orbit”",
        "🥐 Bun “Comet” · 40 points · Demo bakery “Milky Way”",
        "« All rewards",
    ]


async def test_nothing_can_be_afforded(house: House) -> None:
    guest = await house.regular()
    await guest.says("/rewards")
    assert await guest.presses("✨ What I can afford") == (
        "You have 0 points. The nearest reward costs 30 points: one more receipt may do it!"
    )
    assert await guest.labels() == ["« All rewards"]
    await house.change(Reward, active=False)
    await guest.presses("« All rewards")
    said = await guest.presses("✨ What I can afford")
    assert said == "Nothing is on offer today. Check back tomorrow!"


async def test_the_terms_are_shown_before_anything_is_taken(house: House) -> None:
    guest = await house.regular(points=30)
    assert await looks_at(guest, "☕ Demo café", "☕ Espresso") == (
        "☕ Espresso “Key to Start”\nDemo café “Orbit”, 4 Teatralnaya St (demo address)\n\n"
        "An espresso or an americano, to set off wide awake.\n\n"
        "Price: 60 points\n500 left\nUp to 3 times per guest\nWeekdays, 08:00 to 12:00\n\n"
        "You need 30 points more."
    )
    assert await guest.labels() == ["« Back"]
    assert await looks_at(guest, "🚌 Demo tours", "🏅 A tour") == (
        "🏅 A tour for those who care\n"
        "Demo tours “Poyekhali!”, 9 Stary Torg Sq (demo address)\n\n"
        "A guided walk for merits to the city. Bring a friend.\n\n"
        "Price: 50 merits\n100 left\nUp to 2 times per guest\n\n"
        "You need 50 merits more."
    )
    said = await looks_at(guest, "🚌 Demo tours", "🧭 Walk")
    assert "Once per guest\nTue–Sun: 10:00 to 18:00\nUntil December 31" in said


async def test_taken_points_are_held_and_the_code_is_shown(house: House) -> None:
    guest = await house.regular(points=100)
    said = await takes_the_bun(guest)
    code = await code_of(house)
    assert len(code) == 4
    assert said == RESERVED.format(code=code)
    assert await guest.labels() == ["Copy the code", "Cancel, return my points"]
    assert (await guest.points()).available == 60
    assert (await guest.points()).held == 40
    row = (await house.rows(Redemption))[0]
    kind, facts = house.drawn[-1]
    assert (kind, facts) == (
        "code",
        {
            "title": "Bun “Comet”",
            "venue": "Demo bakery “Milky Way”",
            "code": code,
            "until_label": "valid until 12:15",
            "hint": "Show it at the counter",
            "qr": f"{house.app.settings.links_url}/?start=r_{row['token']}",
            "theme": dict(house.city.theme),
        },
    )
    assert (await house.reward("milky-way-bun"))["taken"] == 1
    assert (await house.audit()).findings == []


async def test_the_code_is_found_again_until_it_lapses(house: House) -> None:
    guest = await house.regular(points=100)
    await takes_the_bun(guest)
    await guest.says("/rewards")
    assert (await guest.labels())[0] == "🎟 Show the code: Bun “Comet”"
    said = await guest.presses("🎟 Show the code")
    assert said == RESERVED.format(code=await code_of(house))
    house.clock.advance(minutes=15)
    assert await guest.presses("🎟 Show the code") == "This code is not valid any more."


async def test_cancelled_at_will(house: House) -> None:
    guest = await house.regular(points=100)
    await takes_the_bun(guest)
    said = await guest.presses("Cancel")
    assert said == "Cancelled: Bun “Comet”. We have returned 40 points to your card."
    assert guest.toast == "Cancelled"
    assert (await guest.points()).available == 100
    assert [row["state"] for row in await house.rows(Redemption)] == ["released"]
    assert (await house.reward("milky-way-bun"))["taken"] == 0
    with pytest.raises(AssertionError, match="no button"):
        await guest.presses("Cancel, return")
    assert (await house.audit()).findings == []


async def test_a_lapsed_code_gives_the_points_back_and_says_so(house: House) -> None:
    guest = await house.regular(points=100)
    await takes_the_bun(guest)
    house.clock.advance(minutes=14, seconds=59)
    await house.app.jobs.expire_codes()
    assert [row["state"] for row in await house.rows(Redemption)] == ["held"]
    house.clock.advance(seconds=1)
    await house.app.jobs.expire_codes()
    await house.app.jobs.expire_codes()
    guest.hushed()
    await house.deliver()
    assert guest.news == [
        (
            "new",
            "The code for Bun “Comet” has expired. We have returned 40 points to your card; take "
            "it again whenever you like.",
        )
    ]
    assert (await guest.points()).available == 100
    assert [row["state"] for row in await house.rows(Redemption)] == ["expired"]
    async with house.unchanged():
        said = await guest.presses("Cancel, return")
    assert said == "This code was closed (Nov 22, 12:15); the points are back on your card."
    assert (await house.audit()).findings == []


async def test_sold_out(house: House) -> None:
    guest = await house.regular(points=100)
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    await house.change(Reward, Reward.slug == "milky-way-bun", stock=0)
    async with house.unchanged():
        said = await guest.presses("Get it for 40 points")
        assert said == "The last one has just gone. Nothing was taken from your points."
        assert await guest.labels() == ["🎁 Rewards"]
        await guest.presses("🎁 Rewards")
        await guest.presses("🥐 Demo bakery")
        assert "🥐 Bun “Comet” · sold out for now" in await guest.labels()
        said = await guest.presses("🥐 Bun")
        assert said.endswith("\n\nIt is sold out for now. Check back later.")
        assert await guest.labels() == ["« Back"]


async def test_gone_from_the_catalogue(house: House) -> None:
    guest = await house.regular(points=100)
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    await house.change(Reward, Reward.slug == "milky-way-bun", active=False)
    async with house.unchanged():
        assert await guest.presses("Get it for 40 points") == GONE


@pytest.mark.parametrize(
    ("city_time", "given"),
    [
        ("Sunday 12:00", False),
        ("Monday 07:59", False),
        ("Monday 08:00", True),
        ("Friday 11:59", True),
        ("Friday 12:00", False),
        ("Saturday 09:00", False),
    ],
)
async def test_the_window_of_weekday_mornings(house: House, city_time: str, given: bool) -> None:
    guest = await house.regular(points=100)
    await looks_at(guest, "☕ Demo café", "☕ Espresso")
    days = {"Sunday": 22, "Monday": 23, "Friday": 27, "Saturday": 28}
    name, _space, time = city_time.partition(" ")
    hour, minute = map(int, time.split(":"))
    there = datetime(2026, 11, days[name], hour - 3, minute, tzinfo=UTC)
    house.clock.advance(seconds=(there - house.clock.now()).total_seconds())
    if given:
        assert (await guest.presses("Get it")).startswith("☕ Espresso “Key to Start”\n")
        return
    async with house.unchanged():
        assert await guest.presses("Get it") == (
            "This one is not available right now. It is served: Weekdays, 08:00 to 12:00."
        )


async def test_the_limit_per_guest(house: House) -> None:
    guest = await house.regular(points=100)
    await house.change(Reward, Reward.slug == "milky-way-bun", per_guest=1)
    await takes_the_bun(guest)
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    async with house.unchanged():
        said = await guest.presses("Get it for 40 points")
        assert said == "You have already had this one; it is limited to one per guest."
    await house.change(Reward, Reward.slug == "milky-way-bun", per_guest=2)
    await guest.presses("Get it for 40 points")
    await house.earned(guest, 40)
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    async with house.unchanged():
        said = await guest.presses("Get it for 40 points")
        assert said == "You have already had this one 2 times, the limit per guest."


async def test_staff_do_not_take_rewards_of_their_own_venue(house: House) -> None:
    cashier = await house.regular(points=100, role=Role.CASHIER, venue="milky-way")
    await looks_at(cashier, "🥐 Demo bakery", "🥐 Bun")
    async with house.unchanged():
        said = await cashier.presses("Get it for 40 points")
        assert said == "Rewards of your own venue are for guests only."
    await looks_at(cashier, "☕ Demo café", "🍪 Sputnik cookie")
    assert (await cashier.presses("Get it for 30 points")).startswith("🍪 Sputnik cookie\n")


async def test_points_spent_meanwhile_are_missed(house: House) -> None:
    guest = await house.regular(points=60)
    await takes_the_bun(guest)
    async with house.unchanged():
        assert await guest.presses("Get it for 40") == "You need 20 points more for this."
        assert await guest.labels() == ["🎁 Rewards"]


async def test_two_taps_at_once_take_what_there_is_points_for(house: House) -> None:
    guest = await house.regular(points=40)
    await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    message, data = await guest.finds("Get it")
    await asyncio.gather(*(guest.presses_data(message.id, data) for _ in range(3)))
    assert len(await house.rows(Redemption)) == 1
    facts = await guest.points()
    assert (facts.available, facts.held) == (0, 40)
    assert (await house.audit()).findings == []


async def test_the_last_one_goes_to_one_of_two_guests(house: House) -> None:
    await house.change(Reward, Reward.slug == "milky-way-bun", stock=1)
    guests = [await house.regular(points=40) for _ in range(2)]
    for guest in guests:
        await looks_at(guest, "🥐 Demo bakery", "🥐 Bun")
    said = await asyncio.gather(*(guest.presses("Get it") for guest in guests))
    assert sorted(text[:8] for text in said) == ["The last", "🥐 Bun “C"]
    assert sorted([(await guest.points()).available for guest in guests]) == [0, 40]
    assert (await house.audit()).findings == []


async def test_somebody_elses_code_is_nobodys(house: House) -> None:
    guest, other = await house.regular(points=40), await house.regular(points=40)
    await takes_the_bun(guest)
    await takes_the_bun(other)
    redemption = (await house.rows(Redemption))[0]["id"]
    for data in (f"ti:{redemption}", f"ca:{redemption}"):
        async with house.unchanged():
            assert await other.forges(data) == GONE
