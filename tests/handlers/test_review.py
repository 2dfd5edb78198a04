"""What waits comes to an end: by itself when the till is known, or by a person of the team."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from services.cities.models import FiscalDrive, Venue
from services.events import Event
from services.members.roles import Role
from services.receipts.models import Receipt
from tests.house import House, Visitor

UNKNOWN = "7386499999999999"
CREDITED = (
    "Good news about your receipt!\n"
    "✅ +50 points for 1,000 ₽ at Demo café “Orbit”.\n"
    "10 points can be spent right away.\n40 points will be ready on November 29."
)


async def told(house: House, guest: Visitor) -> list[str]:
    """What came to the guest from the outbox."""
    guest.hushed()
    await house.deliver()
    return [text for _kind, text in guest.news]


async def moderator(house: House) -> Visitor:
    return await house.regular(role=Role.MODERATOR)


async def queue(team: Visitor) -> str:
    await team.says("/staff")
    return await team.presses("🔎 Receipts to check")


async def test_the_promise_to_an_unknown_till_is_kept(house: House) -> None:
    guest = await house.regular()
    await guest.photographs(house.receipt(drive=UNKNOWN))
    await house.app.jobs.settle_receipts()
    assert await told(house, guest) == []
    async with house.database.transaction() as tx:
        await tx.execute(insert(FiscalDrive).values({"fn": UNKNOWN, "till_id": 1}))
    await house.app.jobs.settle_receipts()
    await house.app.jobs.settle_receipts()
    assert await told(house, guest) == [CREDITED]
    points = await guest.points()
    assert (points.available, points.earned) == (10, 50)
    assert await guest.says("/receipt") == (
        "Your receipts\n\n✅ Nov 22, 12:00 · 1,000 ₽ · Demo café “Orbit”\n+50 points"
    )
    assert (await house.audit()).findings == []


async def test_a_till_that_nobody_ever_knew(house: House) -> None:
    guest = await house.regular()
    await guest.photographs(house.receipt(drive=UNKNOWN))
    house.clock.advance(days=14, seconds=1)
    await house.app.jobs.settle_receipts()
    reason = "We could not find out where this receipt was issued, so it earns no points."
    assert await told(house, guest) == [
        f"We have checked your receipt: Nov 22, 12:00, 1,000 ₽. {reason}"
    ]
    assert await guest.says("/receipt") == (
        f"Your receipts\n\n✖️ Nov 22, 12:00 · 1,000 ₽ · place not known yet\n{reason}"
    )


async def test_a_moderator_credits(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    await guest.photographs(house.receipt(20_000, at=house.clock.now() - timedelta(hours=2)))
    assert await queue(team) == (
        "20,000 ₽ · Demo café “Orbit”\n"
        "Bought: Nov 22, 10:00\nSent: Nov 22, 12:00\nGuest: V. P.\n"
        "Other receipts of this guest in 30 days: 0 credited, 0 waiting, 0 refused\n\n"
        "A large purchase."
    )
    assert await team.labels() == ["✅ Credit", "Refuse…", "Next", "« Back"]
    assert await team.presses("✅ Credit") == "✅ Credited: 1,000 points. The guest has been told."
    (text,) = await told(house, guest)
    assert text.startswith(
        "Good news about your receipt!\n✅ +1,000 points for 20,000 ₽ at Demo café “Orbit”."
    )
    assert await team.presses("Next") == "No receipts wait for a check. Thank you!"
    assert (await team.presses("« Back")).startswith("The programme today")
    assert await team.labels() == []
    assert (await guest.points()).earned == 1000
    assert (await house.audit()).findings == []


async def test_a_moderator_refuses(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000))
    shown = await queue(team)
    why = "Why should it earn nothing? The guest will be told."
    assert await team.presses("Refuse…") == why
    assert await team.labels() == [
        "It does not look genuine",
        "A purchase of the venue's own team",
        "Registered before",
        "The venue cannot be found",
        "« Back",
    ]
    assert await team.presses("« Back") == shown
    await team.presses("Refuse…")
    pressed = await team.presses("It does not look genuine")
    assert pressed == "Refused. The guest has been told."
    assert await told(house, guest) == [
        "We have checked your receipt: Nov 22, 12:00, 20,000 ₽. "
        "We could not confirm this receipt, so it earns no points."
    ]
    assert (await guest.points()).earned == 0


async def test_the_slower_of_two_moderators_is_told_the_truth(house: House) -> None:
    guest = await house.regular()
    first, second = await moderator(house), await moderator(house)
    await guest.photographs(house.receipt(20_000))
    for team in (first, second):
        await queue(team)
    await first.presses("✅ Credit")
    house.clock.advance(minutes=1)
    async with house.unchanged():
        said = await second.presses("✅ Credit")
    assert said == "This receipt was already credited (Nov 22, 12:00). Nothing more to do."
    assert len(await house.rows(Event, Event.verb == "review")) == 1


async def test_a_number_that_has_earned_offers_no_credit(house: House) -> None:
    guest, other, team = await house.regular(), await house.regular(), await moderator(house)
    await other.photographs(house.receipt(document=500, sign=1))
    await guest.photographs(house.receipt(document=500, sign=2))
    assert (await queue(team)).endswith(
        "A receipt with this number and another code was sent as well.\n"
        "The other one has earned its points, so this one can only be refused."
    )
    assert await team.labels() == ["Refuse…", "Next", "« Back"]
    (waiting,) = await house.rows(Receipt, Receipt.state == "pending")
    assert await team.forges(f"cr:{waiting['id']}") == (
        "This number has earned before, so the receipt was refused. The guest was told."
    )
    assert len(await told(house, guest)) == 1


async def test_a_till_nobody_knows_offers_no_credit(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000, drive=UNKNOWN))
    assert (await queue(team)).startswith("20,000 ₽ · place not known yet\n")
    assert await team.labels() == ["Refuse…", "Next", "« Back"]
    (waiting,) = await house.rows(Receipt)
    async with house.unchanged():
        assert await team.forges(f"cr:{waiting['id']}") == (
            "Nobody knows yet which venue this till belongs to. The receipt goes on waiting."
        )


async def test_a_rule_that_nobody_can_waive(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000))
    await queue(team)
    await house.change(Venue, Venue.slug == "orbita", state="suspended")
    async with house.unchanged():
        assert await team.presses("✅ Credit") == (
            "This receipt cannot be credited now. Demo café “Orbit” is not taking part at the "
            "moment, so this receipt earns no points."
        )


@pytest.mark.parametrize("role", [None, Role.CASHIER, Role.OWNER])
async def test_nobody_else_decides(house: House, role: Role | None) -> None:
    guest, stranger = await house.regular(), await house.regular(role=role)
    await guest.photographs(house.receipt(20_000))
    (waiting,) = await house.rows(Receipt)
    async with house.unchanged():
        for data in ("rv:0", f"cr:{waiting['id']}", f"rr:{waiting['id']}:not_genuine", "go:staff"):
            said = await stranger.forges(data)
            assert said.startswith("This part is for the staff of partners and the city.")
