"""The card, its picture, and where the points came from and went."""

from services import ledger
from services.members.models import Member
from tests.house import House, Visitor


async def test_an_empty_card_and_its_history(house: House) -> None:
    guest = await house.regular()
    assert await guest.says("/card") == "You can spend 0 points."
    assert await guest.labels() == ["🎁 Rewards", "History", "⚙️ Settings"]
    assert await guest.presses("History") == (
        "Your points\n\nNothing yet. Send your first receipt!"
    )


async def test_every_line_of_the_balance(house: House) -> None:
    guest = await house.regular(points=100)
    await guest.photographs(house.receipt(2000))
    assert await guest.says("/card") == "You can spend 120 points.\n⏳ 80 points on the way."
    await _takes_the_bun(guest)
    assert await guest.says("/card") == (
        "You can spend 80 points.\n⏳ 80 points on the way.\n🔒 40 points held for a reward."
    )


async def test_one_point_is_singular(house: House) -> None:
    guest = await house.regular(points=1)
    assert await guest.says("/card") == "You can spend 1 point."


async def test_a_debt_is_said_kindly(house: House) -> None:
    guest = await house.regular(points=70)
    await _takes_the_bun(guest)
    async with house.database.transaction() as tx:
        await ledger.reverse(
            tx, key_of_earning="receipt:1", reason="returned", now=house.clock.now()
        )
    assert await guest.says("/card") == (
        "You can spend 0 points.\n🔒 40 points held for a reward.\n"
        "↩️ 40 points owed after a returned purchase."
    )
    assert await guest.presses("History") == (
        "Your points\n\n"
        "November 22 · −70 · Purchase returned\n"
        "November 22 · −40 · Reward: Bun “Comet” (held)\n"
        "November 12 · +70 · Receipt: Demo café “Orbit”"
    )


async def test_the_history_tells_what_comes_and_what_goes(house: House) -> None:
    guest = await house.regular(points=100)
    await guest.photographs(house.receipt(2000))
    await _takes_the_bun(guest)
    await guest.presses("Cancel")
    await guest.says("/card")
    assert await guest.presses("History") == (
        "Your points\n\n"
        "November 22 · −40 · Reward: Bun “Comet” (given back)\n"
        "November 22 · +80 · Receipt: Demo café “Orbit” (on the way)\n"
        "November 22 · +20 · Receipt: Demo café “Orbit”\n"
        "November 12 · +100 · Receipt: Demo café “Orbit”\n\n"
        "⏳ November 29: 80 points ready to spend\n"
        "⌛ November 22, 2027: 120 points will expire"
    )
    assert await guest.labels() == ["💳 My card"]
    house.clock.advance(days=7)
    await house.app.jobs.mature_points()
    guest.hushed()
    await house.deliver()
    assert guest.news == [("new", "✨ Ready to spend: 80 points.")]
    assert await guest.says("/card") == "You can spend 200 points."
    house.clock.advance(days=365)
    await house.app.jobs.expire_points()
    assert await guest.says("/card") == "You can spend 0 points."
    first_line = (await guest.presses("History")).split("\n")[2]
    assert first_line.endswith("· Points expired")
    assert (await house.audit()).findings == []


async def test_the_history_has_pages(house: House) -> None:
    guest = await house.regular()
    for points in range(101, 113):
        await house.earned(guest, points)
    await guest.says("/card")
    first = await guest.presses("History")
    assert [f"+{points} " in first for points in (101, 102, 103, 112)] == [False, False, True, True]
    assert await guest.labels() == ["Older", "💳 My card"]
    assert await guest.presses("Older") == (
        "Your points\n\n"
        "November 12 · +102 · Receipt: Demo café “Orbit”\n"
        "November 12 · +101 · Receipt: Demo café “Orbit”"
    )
    assert await guest.labels() == ["💳 My card"]


async def test_the_picture_shows_the_facts_and_is_drawn_once(house: House) -> None:
    guest = await house.regular(name="Anna <Kern>", points=320)
    await guest.says("/card")
    number = (await house.rows(Member))[0]["card"]
    assert house.drawn == [
        (
            "card",
            {
                "city": "Kaluga",
                "tagline": house.city.tagline["en"],
                "name": "Anna <Kern>",
                "level": "Explorer",
                "balance": 320,
                "balance_label": "320 points",
                "since_label": "with us since October 23",
                "number": f"{number[:4]} {number[4:7]} {number[7:]}",
                "qr": f"{house.app.settings.links_url}/?start=c_{number}",
                "theme": dict(house.city.theme),
            },
        )
    ]
    await guest.says("/card")
    await guest.says("💳 My card")
    assert [kind for kind, _facts in house.drawn] == ["card"]
    assert [bool(m.raw.get("photo")) for m in await guest.sees()] == [True, True, True]
    await guest.photographs(house.receipt())
    await guest.says("/card")
    assert [facts["balance"] for _kind, facts in house.drawn] == [320, 330]


async def test_a_guest_without_a_name_is_a_guest_of_the_city(house: House) -> None:
    guest = await house.regular("zh")
    await guest.says("/card")
    assert house.drawn[0][1]["name"] == guest.word("Guest of the city")
    assert house.drawn[0][1]["level"] == "访客"


async def _takes_the_bun(guest: Visitor) -> None:
    await guest.says("/rewards")
    await guest.presses("🥐 Demo bakery")
    await guest.presses("🥐 Bun")
    await guest.presses("Get it for 40 points")
