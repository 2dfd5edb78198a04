"""At the counter: find the code, confirm or refuse, undo; exactly one outcome, truly told."""

import asyncio

import pytest

from handlers.chat.counter import REFUSALS, UNDOS
from services.delivery.models import OutboxMessage
from services.members.models import Attempt, Member
from services.members.roles import Role
from services.rewards.counter import RefusalReason
from services.rewards.models import Redemption
from tests.house import House, Visitor

PRESENTED = (
    "🥐 Bun “Comet”\nDemo bakery “Milky Way”\nA warm cinnamon bun from the morning oven.\n\n"
    "Guest: {guest}\nPaid with 40 points\nValid until 12:15"
)
CONFIRMED = "✅ Confirmed at 12:00: 🥐 Bun “Comet” (A. K.). The guest has been told."
WRONG = (
    "There is no open reward with the code {code} at your venue. Ask the guest to show the code "
    "once more; it may have expired."
)
ALREADY = "This reward was already confirmed at 12:00. Nothing more to do."
EXPIRED = (
    "This code has expired; the points are back with the guest. They can take the reward again."
)


class Counter:
    """A guest with a bun's code, and the cashier of the bakery."""

    def __init__(self, house: House, guest: Visitor, cashier: Visitor) -> None:
        self.house, self.guest, self.cashier = house, guest, cashier

    async def row(self) -> dict[str, object]:
        return (await self.house.rows(Redemption))[-1]

    async def takes(self) -> None:
        await self.guest.says("/rewards")
        await self.guest.presses("🥐 Demo bakery")
        await self.guest.presses("🥐 Bun")
        await self.guest.presses("Get it for 40 points")

    async def shows(self, cashier: Visitor | None = None) -> str:
        return await (cashier or self.cashier).says(str((await self.row())["code"]))

    async def told(self) -> list[tuple[str, str]]:
        self.guest.hushed()
        await self.house.deliver()
        return self.guest.news


@pytest.fixture
async def counter(house: House) -> Counter:
    guest = await house.regular(name="Anna Kern", points=100)
    cashier = await house.regular(role=Role.CASHIER, venue="milky-way")
    counter = Counter(house, guest, cashier)
    await counter.takes()
    return counter


async def test_the_typed_code_shows_the_reward_and_a_masked_guest(counter: Counter) -> None:
    async with counter.house.unchanged():
        assert await counter.shows() == PRESENTED.format(guest="A. K.")
    assert await counter.cashier.labels() == ["✅ Handed over, confirm", "Refuse…"]
    code = str((await counter.row())["code"])
    assert await counter.cashier.says(f" {code[:2]} {code[2:]} ") == PRESENTED.format(guest="A. K.")


async def test_the_qr_is_photographed_or_opened(counter: Counter) -> None:
    token = (await counter.row())["token"]
    async with counter.house.unchanged():
        for link in (
            f"https://t.me/kaluga_bot?start=r_{token}",
            f"{counter.house.app.settings.links_url}/?start=r_{token}",
        ):
            assert await counter.cashier.photographs(link) == PRESENTED.format(guest="A. K.")
        assert await counter.cashier.comes_by(f"r_{token}") == PRESENTED.format(guest="A. K.")


async def test_confirmed_once_and_the_guest_is_told(counter: Counter) -> None:
    await counter.shows()
    assert await counter.cashier.presses("✅ Handed over") == CONFIRMED
    assert counter.cashier.news == [("edited", CONFIRMED)]
    assert counter.cashier.toast == "Confirmed"
    assert await counter.cashier.labels() == ["Undo (within 5 minutes)"]
    row = await counter.row()
    assert (row["state"], row["settled_by"]) == ("confirmed", await counter.cashier.member_id())
    facts = await counter.guest.points()
    assert (facts.available, facts.held) == (60, 0)
    assert await counter.told() == [
        (
            "new",
            "🥐 Enjoy! Bun “Comet” at Demo bakery “Milky Way” is confirmed. You spent 40 points.",
        )
    ]
    assert await counter.told() == []
    assert (await counter.house.audit()).findings == []


async def test_confirmed_already_is_said_with_the_time(counter: Counter) -> None:
    second = await counter.house.regular(role=Role.CASHIER, venue="milky-way")
    await counter.shows()
    await counter.shows(second)
    await counter.cashier.presses("✅ Handed over")
    counter.house.clock.advance(minutes=2)
    async with counter.house.unchanged():
        assert await second.presses("✅ Handed over") == ALREADY
        token = (await counter.row())["token"]
        assert await second.comes_by(f"r_{token}") == ALREADY
        await second.presses("Refuse…")
        assert await second.presses("Out of stock") == ALREADY


@pytest.mark.parametrize("reason", REFUSALS)
async def test_refused_with_a_reason_that_the_guest_sees(
    counter: Counter, reason: RefusalReason
) -> None:
    await counter.shows()
    async with counter.house.unchanged():
        assert await counter.cashier.presses("Refuse…") == (
            "Why can it not be given? The guest will see the reason and get their points back."
        )
    assert await counter.cashier.labels() == list(REFUSALS.values())
    words = REFUSALS[reason]
    assert await counter.cashier.presses(words) == (
        "Refused: Bun “Comet”. The points are back with the guest."
    )
    assert (await counter.row())["state"] == "refused"
    assert (await counter.row())["reason"] == reason
    assert (await counter.guest.points()).available == 100
    assert (await counter.house.reward("milky-way-bun"))["taken"] == 0
    assert await counter.told() == [
        (
            "new",
            f"Demo bakery “Milky Way” could not give you Bun “Comet”: {words.lower()}. We have "
            "returned 40 points to your card.",
        )
    ]
    assert (await counter.house.audit()).findings == []


@pytest.mark.parametrize("reason", UNDOS)
async def test_undone_in_time(counter: Counter, reason: RefusalReason) -> None:
    await counter.shows()
    await counter.cashier.presses("✅ Handed over")
    await counter.house.deliver()
    counter.house.clock.advance(minutes=4, seconds=59)
    async with counter.house.unchanged():
        said = await counter.cashier.presses("Undo")
        assert said == "Why should it be undone? The guest will be told."
    words = UNDOS[reason]
    assert await counter.cashier.presses(words) == (
        "Undone: Bun “Comet”. The points are back with the guest."
    )
    assert (await counter.row())["state"] == "undone"
    assert (await counter.guest.points()).available == 100
    assert await counter.told() == [
        (
            "new",
            f"Demo bakery “Milky Way” undid the confirmation of Bun “Comet”: {words.lower()}. We "
            "have returned 40 points to your card.",
        )
    ]
    assert (await counter.house.audit()).findings == []


async def test_undone_too_late(counter: Counter) -> None:
    await counter.shows()
    await counter.cashier.presses("✅ Handed over")
    await counter.cashier.presses("Undo")
    counter.house.clock.advance(minutes=5)
    async with counter.house.unchanged():
        assert await counter.cashier.presses("Confirmed by mistake") == (
            "It is too late to undo this here. The venue's owner can contact the city's team."
        )


async def test_undone_twice_gives_back_once(counter: Counter) -> None:
    await counter.shows()
    await counter.cashier.presses("✅ Handed over")
    await counter.cashier.presses("Undo")
    message, data = await counter.cashier.finds("Confirmed by mistake")
    await asyncio.gather(*(counter.cashier.presses_data(message.id, data) for _ in range(3)))
    assert (await counter.guest.points()).available == 100
    assert await counter.cashier.forges(data) == "This confirmation was undone at 12:00."
    assert (await counter.house.audit()).findings == []


async def test_an_expired_code(counter: Counter) -> None:
    await counter.shows()
    counter.house.clock.advance(minutes=15)
    async with counter.house.unchanged(Attempt):
        assert await counter.cashier.presses("✅ Handed over") == EXPIRED
        assert await counter.cashier.comes_by(f"r_{(await counter.row())['token']}") == EXPIRED
        assert (await counter.shows()).startswith("There is no open reward with the code")


async def test_a_cancelled_code_says_so(counter: Counter) -> None:
    await counter.shows()
    await counter.guest.presses("Cancel, return")
    async with counter.house.unchanged():
        assert await counter.cashier.presses("✅ Handed over") == (
            "This code was closed at 12:00; the points are back with the guest."
        )


async def test_another_venues_code(counter: Counter) -> None:
    stranger = await counter.house.regular(role=Role.CASHIER, venue="orbita")
    row = await counter.row()
    async with counter.house.unchanged(Attempt):
        assert await counter.shows(stranger) == WRONG.format(code=row["code"])
        assert await stranger.comes_by(f"r_{row['token']}") == "This code is for another venue."
        for data in (f"co:{row['token']}", f"rf:{row['token']}:other"):
            assert await stranger.forges(data) == "This code is for another venue."


async def test_a_guest_confirms_nothing(counter: Counter) -> None:
    row = await counter.row()
    async with counter.house.unchanged():
        assert await counter.guest.says(str(row["code"])) == (
            "To pay with points, show your code at the counter; only the staff type it in.\n\n"
            "Send me a photo of a receipt, or choose below."
        )
        only = "Only the people in charge of this can do that."
        assert await counter.guest.comes_by(f"r_{row['token']}") == only
        staff = "This part is for the staff of partners and the city. Ask for an invitation link."
        for data in (f"co:{row['token']}", f"rf:{row['token']}:other", f"un:{row['id']}:mistake"):
            assert await counter.guest.forges(data) == staff


async def test_staff_never_confirm_for_themselves(counter: Counter) -> None:
    await counter.guest.comes_by(f"s_{await counter.house.invitation(Role.CASHIER, 'milky-way')}")
    row = await counter.row()
    own = "Rewards of your own venue are for guests only."
    async with counter.house.unchanged():
        assert await counter.shows(counter.guest) == own
        for data in (f"co:{row['token']}", f"rf:{row['token']}:other"):
            assert await counter.guest.forges(data) == own


async def test_guessing_ends_in_a_pause(counter: Counter) -> None:
    code = str((await counter.row())["code"])
    wrong = [f"{n:04d}" for n in range(6) if f"{n:04d}" != code][:5]
    for guess in wrong:
        assert await counter.cashier.says(guess) == WRONG.format(code=guess)
    async with counter.house.unchanged():
        assert await counter.shows() == "Too many attempts. Please try again after 12:10."
    counter.house.clock.advance(minutes=10)
    assert await counter.shows() == PRESENTED.format(guest="A. K.")


async def test_two_cashiers_one_voucher(counter: Counter) -> None:
    second = await counter.house.regular(role=Role.CASHIER, venue="milky-way")
    await counter.shows()
    await counter.shows(second)
    said = await asyncio.gather(
        counter.cashier.presses("✅ Handed over"), second.presses("✅ Handed over")
    )
    assert sorted(said) == sorted([CONFIRMED, ALREADY])
    assert (await counter.guest.points()).available == 60
    assert len(await counter.house.rows(OutboxMessage)) == 1
    assert (await counter.house.audit()).findings == []


async def test_two_taps(counter: Counter) -> None:
    await counter.shows()
    message, data = await counter.cashier.finds("✅ Handed over")
    await asyncio.gather(*(counter.cashier.presses_data(message.id, data) for _ in range(3)))
    assert (await counter.guest.points()).available == 60
    assert len(await counter.house.rows(OutboxMessage)) == 1


@pytest.mark.parametrize("first", ["cancel", "confirm"])
async def test_the_guest_cancels_while_the_cashier_confirms(counter: Counter, first: str) -> None:
    await counter.shows()
    both = [counter.guest.presses("Cancel, return"), counter.cashier.presses("✅ Handed over")]
    await asyncio.gather(*(both if first == "cancel" else reversed(both)))
    state = (await counter.row())["state"]
    assert state in {"released", "confirmed"}
    assert (await counter.guest.points()).available == (100 if state == "released" else 60)
    assert (await counter.house.audit()).findings == []


async def test_a_scanned_card_greets_the_guest(counter: Counter) -> None:
    card = (await counter.house.rows(Member, Member.name == "Anna Kern"))[0]["card"]
    assert await counter.cashier.comes_by(f"c_{card}") == (
        "💳 A. K., Guest.\nTo give a reward, ask for the code of the reward itself."
    )
    assert await counter.cashier.comes_by("c_0000000000") == (
        "I cannot find that any more. It may be gone."
    )
    home = "Send me a photo of a receipt, or choose below."
    assert await counter.guest.comes_by(f"c_{card}") == home
