"""What waits comes to an end: by itself when the till is known, or by a person of the team."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert

from bot.models import SentPicture
from services.cities.models import FiscalDrive, Venue
from services.events import Event
from services.members.roles import Role
from services.receipts import documents
from services.receipts.models import Receipt, ReceiptPhoto
from services.receipts.qr import parse
from tests.house import PNG, House, Visitor
from tests.services.receipts.scripted import ticket_of

UNKNOWN = "7386499999999999"
CREDITED = (
    "Good news about your receipt!\n"
    "✅ +50 points for 1,000 ₽ at Demo café “Orbit”.\n"
    "10 points can be spent right away.\n40 points will be ready on November 29."
)

NOTHING_ELSE = (
    "Other receipts of this guest in 30 days: 0 credited, 0 waiting, 0 refused, 0 taken back"
)
REFUSES = [
    "✖️ It does not look genuine",
    "✖️ A purchase of the venue's own team",
    "✖️ Registered before",
    "✖️ The venue cannot be found",
]


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
        "Your receipts\n\n1. ✅ Nov 22, 12:00 · 1,000 ₽ · Demo café “Orbit”\n+50 points"
    )
    assert (await house.audit()).findings == []


async def test_a_till_that_nobody_ever_knew(house: House) -> None:
    guest = await house.regular()
    await guest.photographs(house.receipt(drive=UNKNOWN))
    house.clock.advance(days=14, seconds=1)
    await house.app.jobs.settle_receipts()
    reason = "We could not find out where this receipt was issued, so it earns no points."
    assert await told(house, guest) == [
        f"🧾 Nov 22, 12:00 · 1,000 ₽\nWe have checked your receipt. {reason}"
    ]
    assert await guest.says("/receipt") == (
        f"Your receipts\n\n1. ✖️ Nov 22, 12:00 · 1,000 ₽\n{reason}"
    )


async def test_a_moderator_credits(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    bought = house.clock.now() - timedelta(hours=2)
    await guest.says(house.receipt(20_000, at=bought, document=77))
    house.clock.advance(minutes=5)
    assert await queue(team) == (
        "20,000 ₽ · Demo café “Orbit”\n"
        "ФН 7386400000010001\nФД 77\nФП 12345\nИТОГ 20000.00\n22.11.2026 10:00\n"
        "Sent: Nov 22, 12:00, 2 hours after the purchase, as a text\n"
        "It waits for: 5 minutes\nGuest: V. P.\n"
        f"{NOTHING_ELSE}\n\n"
        "A large purchase."
    )
    assert await team.labels() == ["✅ Credit", *REFUSES, "Next", "« Back"]
    assert await team.presses("✅ Credit") == "✅ Credited: 1,000 points. The guest has been told."
    (text,) = await told(house, guest)
    assert text.startswith(
        "Good news about your receipt!\n✅ +1,000 points for 20,000 ₽ at Demo café “Orbit”."
    )
    assert await team.presses("Next") == "No receipts wait for a check. Thank you!"
    assert (await team.presses("« Back")).startswith("The programme today")
    assert await team.labels() == [
        "🏙 Reports of citizens: 0",
        "📉 Why receipts failed",
        "Tills",
    ]
    assert (await guest.points()).earned == 1000
    assert (await house.audit()).findings == []


async def test_a_moderator_refuses(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.says(house.receipt(20_000))
    shown = await queue(team)
    assert await team.presses("✖️ It does not look genuine") == (
        "✖️ It does not look genuine: refused. The guest has been told. A mistake can be undone "
        "for 10 minutes."
    )
    assert await team.labels() == ["↩️ Undo", "Next", "« Back"]
    assert await told(house, guest) == [
        "🧾 Nov 22, 12:00 · 20,000 ₽\nWe have checked your receipt. "
        "We could not confirm this receipt, so it earns no points."
    ]
    assert (await guest.points()).earned == 0
    undone = "Done: the receipt waits again, and the guest has been told."
    assert await team.presses("↩️ Undo") == undone
    assert await told(house, guest) == [
        "🧾 Nov 22, 12:00 · 20,000 ₽\n"
        "We refused this receipt by mistake and are looking at it again. I will write to you."
    ]
    assert await team.presses("Look at it again") == shown
    await team.presses("✖️ Registered before")
    house.clock.advance(minutes=10, seconds=1)
    async with house.unchanged():
        assert await team.presses("↩️ Undo") == (
            "It is too late to undo this refusal. The guest can send the receipt again."
        )


async def test_the_photo_is_shown_above_and_kept_nowhere_else(house: House) -> None:
    house.keeps_pictures()
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000))
    for _ in range(2):
        shown = await queue(team)
        assert shown.startswith("20,000 ₽")
        picture, text = team.shown
        assert (picture.text, list(picture.buttons)) == ("The photo of the receipt below.", [])
        (photo,) = picture.raw["photo"]
        stored = await house.app.web._files.find(photo["file_id"])
        assert stored is not None
        assert stored.chat_id == team.account.chat_id
        assert house.app.web._files.locate(stored.path).read_bytes() == PNG
        assert next(iter(text.buttons)) == "✅ Credit"
    assert await house.rows(SentPicture) == []
    house.drawn.clear()
    async with house.database.transaction() as tx:
        await tx.execute(delete(ReceiptPhoto))
    assert (await queue(team)).startswith("20,000 ₽")
    assert len(team.shown) == 1
    assert house.drawn == []


async def test_a_photo_that_no_channel_takes_hides_nothing(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000))
    assert (await queue(team)).startswith("20,000 ₽")
    assert await team.labels() == ["✅ Credit", *REFUSES, "Next", "« Back"]


async def test_what_looked_odd_and_what_the_tax_service_knows(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.says(code := house.receipt(20_000, document=78))
    ticket = ticket_of(parse(code).slip, place="«Орбита»", address="Калуга, Мира 1", form=31)
    async with house.database.transaction() as tx:
        found = documents.Found(ticket, "fns", house.clock.now())
        await documents.keep(tx, house.city, parse(code).slip, found)
    await house.change(Receipt, signals=["hours", "one_till"], reason="correction")
    assert (await queue(team)).endswith(
        "A correction receipt, or the till's numbers do not fit the seller's tax number.\n\n"
        "What looked odd\n"
        "• Bought while the venue is closed. Innocent on a long evening, or if its hours have "
        "changed.\n"
        "• The guest sends many receipts of this very till within a week. Innocent if they have "
        "breakfast here every day.\n\n"
        "The tax service knows this receipt\n"
        "Seller: ООО «Орбита» · Tax number 0040000014 (ИНН)\n"
        "Place: «Орбита»\nAddress: Калуга, Мира 1\n"
        "Sum: 20,000 ₽\nBought: Nov 22, 12:00\nIts sign: 12345\n"
        "It is no ordinary receipt but a correction or the like."
    )


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


async def test_a_number_that_has_earned_is_refused_or_chosen(house: House) -> None:
    guest, other, team = await house.regular(), await house.regular(), await moderator(house)
    await other.photographs(house.receipt(document=500, sign=1))
    await guest.photographs(house.receipt(document=500, sign=2))
    assert (await queue(team)).endswith(
        "A receipt with this number and another code was sent as well.\n"
        "The other one has earned its points. If this one is right, they are taken back."
    )
    assert await team.labels() == ["✅ This one is right", *REFUSES, "Next", "« Back"]
    assert await team.presses("✅ This one is right") == (
        "The points of the other receipt were taken back, and its guest was told. This one gets "
        "its points within a minute."
    )
    (lost,) = await told(house, other)
    assert lost.endswith("Taken back: 50 points.")
    assert await told(house, guest) == []
    assert await team.labels() == ["✅ Credit it now", "Next", "« Back"]
    await house.app.jobs.settle_receipts()
    assert await told(house, guest) == [CREDITED]
    async with house.unchanged():
        assert (await team.presses("✅ Credit it now")).startswith("This receipt was already cr")
    assert (await house.audit()).findings == []


async def test_a_number_that_has_earned_is_not_credited_again(house: House) -> None:
    guest, other, team = await house.regular(), await house.regular(), await moderator(house)
    await other.photographs(house.receipt(document=500, sign=1))
    await guest.photographs(house.receipt(document=500, sign=2))
    await queue(team)
    (waiting,) = await house.rows(Receipt, Receipt.state == "pending")
    assert await team.forges(f"cr:{waiting['id']}") == (
        "This number has earned before, so the receipt was refused. The guest was told."
    )
    assert len(await told(house, guest)) == 1


async def test_a_till_nobody_knows_offers_no_credit(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.photographs(house.receipt(20_000, drive=UNKNOWN))
    assert (await queue(team)).startswith("20,000 ₽ · place not known yet\n")
    assert await team.labels() == [*REFUSES, "Next", "« Back"]
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
        id_ = waiting["id"]
        for data in (
            *("rv:0", f"cr:{id_}", f"rr:{id_}:not_genuine", f"ur:{id_}", f"ch:{id_}", "go:staff"),
            *("qc:0", "dc:1:0:1", "qr:0", f"tb:1:{id_}"),
        ):
            said = await stranger.forges(data)
            assert said.startswith("This part is for the staff of partners and the city.")
