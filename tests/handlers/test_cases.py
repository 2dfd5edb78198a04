"""Whose a receipt is and what a refund takes back: from the guest's button to the team's word."""

from datetime import timedelta

from services.events import Event
from services.members.roles import Role
from services.receipts.models import Receipt, ReceiptCase, ReceiptFailure, ReceiptPhoto
from tests.handlers.test_review import NOTHING_ELSE, moderator, told
from tests.house import PNG, House, Visitor

TAKEN = "This receipt has already been registered. Each receipt earns points only once."
MINE = "🙋 This is my receipt"
THANKS = (
    "Thank you, one of our team will look into it within two days and I will write to you.\n\n"
    "It helps a lot to see the paper: please send me a photo of the whole receipt, from its first "
    "line to the last."
)
WHEN = (
    "{}\n\nOne question is left: when did you pay? The message from your bank or its app shows "
    "it. For example: 14:35; with the date, if it was not today."
)
SEEN = WHEN.format("Thank you! Our team sees this photo beside your claim.")
PAID = "Thank you! Our team sees this time beside your claim. I will write to you."


async def both(house: House) -> tuple[Visitor, Visitor, str]:
    """Two guests, of whom the second has sent the first one's receipt as well."""
    first = await house.regular(name="Vera Petrova")
    second = await house.regular(name="Ivan Ivanov")
    code = house.receipt(document=500)
    await first.says(code)
    house.clock.advance(minutes=20)
    assert await second.says(code) == TAKEN
    return first, second, code


async def claims(team: Visitor) -> str:
    await team.says("/staff")
    return await team.presses("⚖️ Claims: 1")


async def test_the_second_guest_gets_it(house: House) -> None:
    house.keeps_pictures()
    first, second, _code = await both(house)
    team = await moderator(house)
    assert await second.labels() == [MINE]
    assert await second.presses(MINE) == THANKS
    assert await second.sends_file(b"hint:creased", picture=True) == SEEN
    assert [row["jpeg"] for row in await house.rows(ReceiptPhoto)] == [PNG]
    assert await second.labels() == ["I do not know"]
    assert await second.says("11:58") == PAID
    house.clock.advance(minutes=10)
    assert await claims(team) == (
        "Whose receipt is it?\n1,000 ₽ · Demo café “Orbit”\n"
        "ФН 7386400000010001\nФД 500\nФП 12345\nИТОГ 1000.00\n22.11.2026 12:00\n"
        "Claimed: Nov 22, 12:20\n\n"
        "1. Registered by V. P.\n"
        "Sent: Nov 22, 12:00, 0 minutes after the purchase, as a text\n"
        f"It has earned its points.\n{NOTHING_ELSE}\nNo photo.\n\n"
        "2. Claimed by I. I.\n"
        "Sent: Nov 22, 12:20, 20 minutes after the purchase, as a text\n"
        f"It was refused, because it was registered before.\n{NOTHING_ELSE}\n"
        "Paid, they say: Nov 22, 11:58 · on the receipt: Nov 22, 12:00"
    )
    picture, text = team.shown
    assert (picture.text, len(picture.raw["photo"])) == ("The second guest's photo", 1)
    assert list(text.buttons) == [
        "✅ Give it to the second guest", "✖️ Leave it", "Next", "« Back",
    ]  # fmt: skip
    assert await team.presses("✅ Give it to the second guest") == (
        "Done: the second guest gets the points within a minute. Both have been told, and neither "
        "knows who the other is."
    )
    await house.app.jobs.settle_receipts()
    second.hushed()
    assert await told(house, first) == [
        "🧾 Nov 22, 12:00 · 1,000 ₽\nAnother guest has shown that this purchase was theirs.\n"
        "Taken back: 50 points."
    ]
    won, credited = [text for _kind, text in second.news]
    assert won == (
        "🧾 Nov 22, 12:00 · 1,000 ₽\n"
        "You were right: this receipt is yours. Its points follow in a moment. Thank you!"
    )
    assert credited.startswith("Good news about your receipt!\n✅ +50 points for 1,000 ₽")
    assert await team.presses("Next") == "No claims wait for a decision. Thank you!"
    assert (await house.audit()).findings == []


async def test_all_stays_as_it_was(house: House) -> None:
    first, second, _code = await both(house)
    team = await moderator(house)
    await second.presses(MINE)
    assert await second.presses("I have no paper") == WHEN.format("That is all right.")
    async with house.unchanged():
        assert await second.presses("I do not know") == (
            "That is all right. I will write to you when it is decided."
        )
    assert (await claims(team)).endswith("\nNo photo.\nHas not said when they paid.")
    first.hushed()
    second.hushed()
    assert await team.presses("✖️ Leave it") == (
        "Done: all stays as it is. Both have been told, and neither knows the other."
    )
    await house.deliver()
    known = "🧾 Nov 22, 12:00 · 1,000 ₽\n"
    assert [text for _, text in first.news] == [
        f"{known}Another guest thought that this receipt was theirs. We have looked into it: it "
        "stays yours, and you need not do anything."
    ]
    assert [text for _, text in second.news] == [
        f"{known}We have looked into this receipt and could not see that it is yours, so it stays "
        "as it was. Next time send a receipt right at the till, then nobody is faster."
    ]
    (mine,) = await house.rows(Receipt, Receipt.state == "rejected")
    async with house.unchanged():
        assert await second.forges(f"cl:{mine['id']}") == (
            "We have looked into this receipt already, and it stays as it is."
        )
        assert await team.forges("dc:1:1:0") == (
            "A colleague has decided on this already (Nov 22, 12:20). Nothing more to do."
        )


async def test_what_comes_instead_of_the_paper(house: House) -> None:
    """Another receipt is a receipt; the paper can still be sent after it."""
    house.keeps_pictures()
    _first, second, code = await both(house)
    await second.presses(MINE)
    other = house.receipt(drive="7386400000020001")
    assert (await second.photographs(other)).startswith("✅ +50 points")
    async with house.unchanged(ReceiptFailure):
        heic = await second.sends_file(b"problem:heic", picture=True)
        assert heic.startswith("This file is in the format HEIC")
    assert await second.photographs(code) == SEEN
    (mine,) = await house.rows(Receipt, Receipt.state == "rejected")
    assert [row["receipt_id"] for row in await house.rows(ReceiptPhoto)] == [mine["id"]]
    assert len(await house.rows(Receipt)) == 3
    house.clock.advance(days=1)
    assert (await second.photographs(house.receipt(document=501))).startswith("✅ +50 points")


async def test_a_photo_that_comes_too_late_is_a_receipt(house: House) -> None:
    _first, second, _code = await both(house)
    await second.presses(MINE)
    house.clock.advance(hours=1, seconds=1)
    assert (await second.photographs(house.receipt(document=501))).startswith("✅ +50 points")
    assert await house.rows(ReceiptPhoto) == []


async def test_the_time_of_the_payment(house: House) -> None:
    """Asked again until it is one, changed by nothing else, and told to the team alone."""
    house.keeps_pictures()
    _first, second, code = await both(house)
    await second.presses(MINE)
    await second.presses("I have no paper")
    async with house.unchanged():
        for said, mistake in (
            ("in the evening", "I cannot read this as a date and a time."),
            ("31.11 12:00", "There is no such day or time. Please look at the receipt once more."),
            ("12:21", "This time is still to come. Please look once more."),
        ):
            assert await second.says(said) == WHEN.format(mistake)
    # The paper was found after all; another receipt is a receipt.
    assert await second.sends_file(b"hint:creased", picture=True) == SEEN
    assert (await second.says(house.receipt(drive="7386400000020001"))).startswith("✅ +50 points")
    assert await second.says("21.11 12:07") == PAID
    (mine,) = await house.rows(Receipt, Receipt.state == "rejected")
    assert mine["fields"]["paid_at"] == "2026-11-21T09:07:00+00:00"
    team = await moderator(house)
    assert (await claims(team)).endswith(
        "\nPaid, they say: Nov 21, 12:07 · on the receipt: Nov 22, 12:00"
    )
    # What is said later is no answer any more, and claiming again asks again.
    assert await second.says("12:08") != PAID
    await second.forges(f"cl:{mine['id']}")
    await second.photographs(code)
    assert await second.says("12:09") == PAID
    assert len(await house.rows(ReceiptCase)) == 1


async def test_words_that_come_too_late_are_no_time(house: House) -> None:
    _first, second, _code = await both(house)
    await second.presses(MINE)
    await second.presses("I have no paper")
    house.clock.advance(hours=1, seconds=1)
    async with house.unchanged():
        said = await second.says("The lamp at the corner is broken")
    assert said.startswith("Is this about the city?")


async def test_a_time_that_comes_after_the_decision(house: House) -> None:
    _first, second, _code = await both(house)
    await second.presses(MINE)
    await second.presses("I have no paper")
    team = await moderator(house)
    await claims(team)
    await team.presses("✖️ Leave it")
    async with house.unchanged():
        assert await second.says("12:00") == (
            "Thank you! It has been decided meanwhile; I have written to you."
        )


async def test_a_claim_is_reached_from_the_list_too(house: House) -> None:
    _first, second, _code = await both(house)
    await second.says("/receipt")
    await second.presses("Details 1")
    assert await second.labels() == [MINE, "« My receipts"]
    assert await second.presses(MINE) == THANKS
    (mine,) = await house.rows(Receipt, Receipt.state == "rejected")
    async with house.unchanged():
        assert await second.forges(f"cl:{mine['id']}") == THANKS


async def test_too_many_claims(house: House) -> None:
    first, second, _code = await both(house)
    drives = ("7386400000020001", "7386400000030001")
    for drive in drives:
        code = house.receipt(drive=drive)
        await first.says(code)
        await second.says(code)
    for row in await house.rows(Receipt, Receipt.state == "rejected"):
        said = await second.forges(f"cl:{row['id']}")
    assert said == (
        "We are looking into 2 receipts of yours already. Please wait until one is decided."
    )
    assert len(await house.rows(ReceiptCase)) == 2


async def refunds(team: Visitor) -> str:
    await team.says("/staff")
    return await team.presses("↩️ Refunds: 1")


async def test_a_refund_that_was_sent_in(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
    await guest.says(house.receipt(operation=2, document=900))
    assert await refunds(team) == (
        "A refund was sent in. Which purchase does it take back?\n"
        "ФН 7386400000010001\nФД 900\nФП 12345\nИТОГ 1000.00\n22.11.2026 12:00\n"
        "Demo café “Orbit”\nSent by: V. P.\n"
        "⚠️ No service has checked this refund, and there is no photo of it.\n\n"
        "1. Nov 22, 11:00 · 1,000 ₽\nOf the guest who has sent the refund.\n"
        "It has earned 50 points."
    )
    assert await team.labels() == [
        "↩️ Take back: 1. Nov 22, 11:00 · 1,000 ₽", "✖️ Not one of these", "Next", "« Back",
    ]  # fmt: skip
    assert await team.presses("↩️ Take back: 1") == (
        "Done: 50 points were taken back. The guest has been told."
    )
    assert await told(house, guest) == [
        "🧾 Nov 22, 11:00 · 1,000 ₽\n"
        "This purchase was returned, so it earns no points.\nTaken back: 50 points."
    ]
    assert await team.presses("Next") == "No refunds wait for a decision. Thank you!"
    assert (await house.audit()).findings == []


PART = (
    "300 ₽ of this purchase was returned. A receipt earns all of its points or none, so this one "
    "earns none now."
)


async def test_only_a_part_was_returned(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
    await guest.says(house.receipt(300, operation=2))
    assert (await refunds(team)).endswith(
        "\nIt has earned 50 points.\n"
        "⚠️ Returned: 300 ₽ of 1,000 ₽. Points can only be taken back all together."
    )
    take = "↩️ Take all of its points back: 1. Nov 22, 11:00 · 1,000 ₽"
    assert await team.labels() == [
        take, "🤝 Only a part was returned: keep the points", "✖️ Not one of these", "Next",
        "« Back",
    ]  # fmt: skip
    assert await team.presses(take) == "Done: 50 points were taken back. The guest has been told."
    assert await told(house, guest) == [
        f"🧾 Nov 22, 11:00 · 1,000 ₽\n{PART}\nTaken back: 50 points."
    ]
    assert (await house.audit()).findings == []


async def test_the_points_are_kept_when_only_a_part_was_returned(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
    await guest.says(house.receipt(300, operation=2))
    await refunds(team)
    keep = "🤝 Only a part was returned: keep the points"
    assert await team.presses(keep) == "Done: no points were taken back."
    assert await told(house, guest) == []
    assert (await guest.points()).earned == 50


async def test_a_part_of_what_still_waited_was_returned(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.says(house.receipt(300, operation=2))
    await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
    said = await refunds(team)
    assert "It waits and has earned nothing yet.\n⚠️ Returned: 300 ₽ of 1,000 ₽." in said
    await team.presses("↩️ Take all of its points back: 1")
    assert await told(house, guest) == [
        f"🧾 Nov 22, 11:00 · 1,000 ₽\nWe have checked your receipt. {PART}"
    ]
    assert (await guest.points()).earned == 0


async def test_a_refund_is_compared_with_its_photo(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    await guest.says(house.receipt(at=house.clock.now() - timedelta(hours=1)))
    await guest.photographs(house.receipt(operation=2, document=900))
    said = await refunds(team)
    assert "\nNo service has checked this refund: compare it with the photo.\n" in said
    assert [text for _new, text in team.news][-2:] == ["The refund's photo", said]


async def test_none_of_these(house: House) -> None:
    guest, team = await house.regular(), await moderator(house)
    await guest.says(house.receipt())
    await guest.says(house.receipt(operation=2))
    await refunds(team)
    assert await team.presses("✖️ Not one of these") == "Done: no points were taken back."
    assert await told(house, guest) == []
    assert (await guest.points()).earned == 50


async def test_an_owner_reports_a_refund(house: House) -> None:
    guest, team = await house.regular(name="Vera Petrova"), await moderator(house)
    owner = await house.regular(role=Role.OWNER)
    await guest.says(house.receipt(document=700))
    await owner.says("/partner")
    asked = await owner.presses("↩️ Report a refund")
    assert asked == (
        "You have refunded a purchase at Demo café “Orbit”? Type the document number of the "
        "purchase: on its receipt after “ФД”. The city's team takes the points back."
    )
    wrong = "That is not it: the number has up to 10 digits and nothing else."
    async with house.unchanged():
        assert await owner.says("seven") == wrong
    assert await owner.says("701") == (
        "Thank you, I have noted it. Nobody has sent a receipt with this number from the last 30 "
        "days, so there is nothing to take back now. If somebody does, the city's team looks at "
        "it before it earns points. Was the number wrong? Then report the right one as well."
    )
    assert await owner.presses("↩️ Report another number") == asked
    thanks = "Thank you! The city's team will look at it and take the points back."
    assert await owner.says("ФД 700") == thanks
    seen = await refunds(team)
    assert seen.startswith("The venue says that this purchase was returned.\nФН 73864")
    assert seen.endswith(
        "\nDemo café “Orbit”\n\n1. Nov 22, 12:00 · 1,000 ₽\nGuest: V. P.\nIt has earned 50 points."
    )
    await owner.says("/partner")
    await owner.presses("↩️ Report a refund")
    again = "The city's team knows of this refund already. Thank you!"
    assert await owner.says("700") == again
    await team.presses("↩️ Take back: 1")
    assert len(await told(house, guest)) == 1
    assert len(await house.rows(Event, Event.subject == "case", Event.verb == "decide")) == 1
    assert (await house.audit()).findings == []


async def test_a_report_is_cancelled_or_left(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    for leave in ("Cancel", None):
        await owner.says("/partner")
        await owner.presses("↩️ Report a refund")
        if leave:
            assert await owner.presses(leave) == "All right, no refund was reported."
        else:
            house.clock.advance(hours=1, seconds=1)
            late = "That was a while ago. You can begin again any time."
            assert await owner.says("700") == late
        assert not (await owner.says("700")).startswith("That")
    assert await house.rows(ReceiptCase) == []


async def test_a_cashier_reports_nothing(house: House) -> None:
    cashier = await house.regular(role=Role.CASHIER)
    venue = await house.venue_id("orbita")
    async with house.unchanged():
        said = await cashier.forges(f"de:{venue}:refund")
    assert said == "Only the people in charge of this can do that."
