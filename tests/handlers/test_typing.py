"""The numbers of a receipt, typed one by one or at once."""

import pytest

from bot.models import DialogueState
from services.members.models import Attempt
from services.members.roles import Role
from services.receipts.models import Receipt, ReceiptFailure, ReceiptPhoto
from tests.house import House, Visitor

DRIVE = (
    "{step}The number of the till's memory: 16 digits after the letters “ФН”, mostly beside the QR "
    "code at the bottom of the receipt. Please type it here."
)
DOCUMENT = "2 of 5\nThe number of the document: up to 10 digits after the letters “ФД”, near “ФН”."
SIGN = "3 of 5\nThe fiscal sign: up to 10 digits after the letters “ФП”, mostly the last number."
TOTAL = "4 of 5\nThe sum in rubles, as it stands beside “ИТОГ”. For example: 540.50"
MOMENT = (
    "5 of 5\nThe date and the time of the purchase, as printed. For example: 22.11 14:35. The time "
    "alone is enough for a receipt of today."
)
SURE = (
    "Is everything right?\nФН: 7386400000010001\nФД: 7\nФП: 12345\nSum: 540.50 ₽\n"
    "Bought: Nov 22, 11:40"
)
PROMISED = (
    "Receipt from Demo café “Orbit” for 540.50 ₽. Expected: +27 points\n"
    "One of our team will check the numbers you typed. Please send me a photo of the whole receipt "
    "as well, even if its code cannot be read."
)


async def _begins(guest: Visitor) -> str:
    await guest.sends_file(b"hint:none", picture=True)
    return await guest.presses("⌨️ Type the numbers")


async def _types_all(guest: Visitor) -> str:
    return await guest.says("7386400000010001 7 12345 540,50 11:40")


async def test_one_question_at_a_time(house: House) -> None:
    guest = await house.regular()
    assert await _begins(guest) == DRIVE.format(step="1 of 5\n")
    assert guest.news[0][0] == "edited"
    assert await guest.labels() == ["Cancel"]
    for typed, next_ in (
        ("7386 4000 0001 0001", DOCUMENT),
        ("№ 7", SIGN),
        ("12345", TOTAL),
        ("540,50", MOMENT),
        ("22.11 11:40", SURE),
    ):
        assert await guest.says(typed) == next_
        assert await guest.labels() == (
            ["✅ Send", "✏️ Change", "Cancel"] if next_ == SURE else ["« Back", "Cancel"]
        )
    assert await guest.presses("✅ Send") == PROMISED
    (row,) = await house.rows(Receipt)
    names = ("number", "sign", "total", "source", "state", "reason")
    assert {name: row[name] for name in names} == {
        "number": "ru54:7386400000010001:7",
        "sign": "12345",
        "total": 54_050,
        "source": "typed",
        "state": "pending",
        "reason": "typed",
    }
    assert row["fields"]["operation_assumed"]
    assert row["purchased_at"].astimezone(house.city.timezone).isoformat()[:16] == (
        "2026-11-22T11:40"
    )
    assert await house.rows(DialogueState) == []
    assert await house.rows(Attempt) == []


@pytest.mark.parametrize(
    ("before", "typed", "mistake"),
    [
        ([], "738640000001000", "I count 15 digits, but this number has 16."),
        ([], "7", "I count 1 digit, but this number has 16."),
        ([], "٧٣٨٦٤٠٠٠٠٠٠١٠٠٠١", "Please use the ordinary digits from 0 to 9."),
        ([], "I do not see it", "I can only take the digits here, without other words."),
        (["7386400000010001"], "0", "zero"),
        (["7386400000010001"], "99999999999", "zero"),
        (["7386400000010001"], "12 three", "I can only take the digits here, without other words."),
        (["7386400000010001", "7"], "4294967296", "zero"),
        (["7386400000010001", "7", "1"], "5.4.0", "I cannot read this as a sum of money."),
        (["7386400000010001", "7", "1"], "0", "I cannot read this as a sum of money."),
        (
            ["7386400000010001", "7", "1", "540"],
            "yesterday",
            "I cannot read this as a date and a time.",
        ),
        (
            ["7386400000010001", "7", "1", "540"],
            "32.11 11:40",
            "There is no such day or time. Please look at the receipt once more.",
        ),
    ],
)
async def test_a_wrong_answer_is_asked_again(
    house: House, before: list[str], typed: str, mistake: str
) -> None:
    guest = await house.regular()
    question = await _begins(guest)
    for text in before:
        question = await guest.says(text)
    if mistake == "zero":
        mistake = "This number cannot be right: it has too many digits, or is zero."
    async with house.unchanged():
        assert await guest.says(typed) == f"{mistake}\n\n{question}"


@pytest.mark.parametrize("total", ["540", "540.00", "540,00", "=540.00", "540 ₽"])
@pytest.mark.parametrize(
    "moment", ["22.11 11:40", "22.11.2026 11:40", "22.11.26, 11:40", "11:40", "2026-11-22T11:40"]
)
async def test_sums_and_times_as_people_write_them(house: House, total: str, moment: str) -> None:
    guest = await house.regular()
    await _begins(guest)
    for text in ("7386400000010001", "7", "12345", total):
        await guest.says(text)
    assert await guest.says(moment) == SURE.replace("540.50", "540")


async def test_all_numbers_in_one_message(house: House) -> None:
    guest = await house.regular()
    # Without having been asked, named as on paper, in another order.
    paper = "22.11.26 11:40\nИТОГ =540.50\nФН: 7386400000010001 ФД: 7 ФП: 12345"
    assert await guest.says(paper) == SURE
    await guest.presses("Cancel")
    assert await _types_all(guest) == SURE
    await guest.presses("Cancel")
    await _begins(guest)
    assert await _types_all(guest) == SURE
    assert await guest.says("What now?") == SURE
    assert await guest.presses("✅ Send") == PROMISED


async def test_the_drive_alone_begins_and_a_bank_card_does_not(house: House) -> None:
    guest = await house.regular()
    assert await guest.says("fiscal drive 7386400000010001") == DOCUMENT
    await guest.presses("Cancel")
    assert "2 of 5" not in await guest.says("4276 4000 0001 0001")


async def test_back_change_and_cancel(house: House) -> None:
    guest = await house.regular()
    await _begins(guest)
    await guest.says("7386400000010001")
    assert await guest.presses("« Back") == DRIVE.format(step="1 of 5\n")
    await guest.says("7386400000010009")
    for text in ("7", "12345", "540,50", "11:40"):
        await guest.says(text)
    assert await guest.presses("✏️ Change") == "What shall we correct?"
    question = DRIVE.format(step="")
    assert await guest.presses("ФН: 7386400000010009") == question
    assert await guest.says("73864") == (f"I count 5 digits, but this number has 16.\n\n{question}")
    assert await guest.says("7386400000010001") == SURE
    assert await guest.forges("ty:nonsense") == SURE
    await guest.presses("✏️ Change")
    assert await guest.presses("« Back") == SURE
    async with house.unchanged():
        assert await guest.presses("Cancel") == (
            "All right, nothing was sent. You can photograph the receipt again whenever you like."
        )
    assert await house.rows(DialogueState) == []
    await guest.forges("go:typing_send")
    assert guest.toast == "There is nothing to send any more."
    assert await guest.forges("go:typing_change") == DRIVE.format(step="1 of 5\n")
    assert await guest.forges("ty:nonsense") == DRIVE.format(step="1 of 5\n")


async def test_a_correction_that_is_left_changes_nothing(house: House) -> None:
    guest = await house.regular()
    assert await _types_all(guest) == SURE
    await guest.presses("✏️ Change")
    assert await guest.presses("Sum: 540.50 ₽") == TOTAL.removeprefix("4 of 5\n")
    assert await guest.labels() == ["« Back", "Cancel"]
    assert await guest.presses("« Back") == SURE
    assert await guest.presses("✅ Send") == PROMISED


async def test_sent_twice_is_sent_once(house: House) -> None:
    guest = await house.regular()
    await _types_all(guest)
    message, data = await guest.finds("✅ Send")
    assert await guest.presses_data(message.id, data) == PROMISED
    assert await guest.forges(data) == ""
    assert guest.toast == "There is nothing to send any more."
    assert len(await house.rows(Receipt)) == 1


async def test_commands_photos_and_other_dialogues_go_their_way(house: House) -> None:
    guest = await house.regular()
    await _begins(guest)
    assert (await guest.says("/card")).startswith("You can spend")
    assert (await guest.says("🧾 My receipts")).startswith("No receipts yet.")
    assert await guest.says("7386400000010001") == DOCUMENT
    # A failed photo leaves the dialogue where it is; a receipt ends it.
    await guest.sends_file(b"hint:dark", picture=True)
    assert await guest.says("7") == SIGN
    assert (await guest.photographs(house.receipt())).startswith("✅ +50 points")
    assert await house.rows(DialogueState) == []


async def test_a_known_receipt_typed_again_is_the_same(house: House) -> None:
    guest = await house.regular()
    code = house.receipt(document=7)
    await guest.photographs(code)
    await guest.says("7386400000010001 7 12345 1000 12:00")
    async with house.unchanged():
        assert await guest.presses("✅ Send") == (
            "I already have this receipt. You earned 50 points for it."
        )


async def test_typed_numbers_do_not_wait_for_a_pause_to_end(house: House) -> None:
    guest = await house.regular()
    for _ in range(3):
        await guest.photographs("hello")
    assert await _types_all(guest) == SURE
    assert await guest.presses("✅ Send") == PROMISED


@pytest.mark.parametrize("verifiers", [("fns", "tills"), ("tills", "fns")])
async def test_where_a_service_can_be_asked_it_is(house: House, verifiers: tuple[str, ...]) -> None:
    guest = await house.regular()
    house.asks(*verifiers)
    await _types_all(guest)
    assert (await guest.presses("✅ Send")).endswith(
        "The receipt is accepted and is being checked."
    )
    (row,) = await house.rows(Receipt)
    assert (row["state"], row["reason"]) == ("pending", "checking")


async def test_a_cashier_types_a_receipt_too(house: House) -> None:
    cashier = await house.regular(role=Role.CASHIER, venue="third-stage")
    await cashier.says("7386400000010001")
    assert await cashier.says("1234") == SIGN
    assert await house.rows(ReceiptFailure) == []


async def test_the_photo_that_was_asked_for_is_kept(house: House) -> None:
    guest = await house.regular()
    await _types_all(guest)
    await guest.presses("✅ Send")
    assert await house.rows(ReceiptPhoto) == []
    house.clock.advance(minutes=1)
    said = await guest.sends_file(b"hint:creased", picture=True)
    assert said == (
        "Thank you! I have added this photo to your receipt that we are checking: "
        "Nov 22, 11:40 · 540.50 ₽. If it shows another receipt, please photograph the QR code of "
        "that one."
    )
    (kept,) = await house.rows(ReceiptPhoto)
    assert kept["jpeg"] == b"hint:creased"
    # No second one takes its place, and the advice is about the photo again.
    house.clock.advance(minutes=1)
    assert (await guest.sends_file(b"hint:dark", picture=True)).startswith("It is too dark")
    assert [row["jpeg"] for row in await house.rows(ReceiptPhoto)] == [b"hint:creased"]
