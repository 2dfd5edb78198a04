"""The guest's own list, one receipt with its computation, and the pictures that are kept."""

import asyncio

import pytest

from handlers.chat.receipts import sending
from services.images.contract import Reading
from services.receipts import photos
from services.receipts.models import Receipt, ReceiptPhoto
from services.receipts.verdict import Reason
from tests.handlers.test_receipts import STAGE, TOUR, UNKNOWN, found
from tests.house import House
from tests.services.receipts.scripted import item

NPD = "https://lknpd.nalog.ru/api/v1/receipt/402700000071/200abcd123/print"


async def test_my_receipts_tell_each_state(house: House) -> None:
    guest = await house.regular()
    nothing = "No receipts yet. Photograph the QR code on a receipt and send it to me here."
    assert await guest.says("/receipt") == nothing
    await guest.photographs(house.receipt(1000))
    await guest.photographs(house.receipt(250, drive=UNKNOWN))
    await guest.photographs(house.receipt(50, drive=STAGE))
    assert await guest.says("🧾 My receipts") == (
        "Your receipts\n\n"
        "1. ✖️ Nov 22, 12:00 · 50 ₽ · Demo restaurant “Third Stage”\n"
        "Purchases of 100 ₽ or more earn points.\n\n"
        "2. ⏳ Nov 22, 12:00 · 250 ₽ · place not known yet\n"
        "Receipt saved. I do not recognise this till yet. As soon as the venue joins, the points "
        "are yours.\n\n"
        "3. ✅ Nov 22, 12:00 · 1,000 ₽ · Demo café “Orbit”\n"
        "+50 points"
    )
    assert await guest.labels() == ["Details 1", "Details 2", "Details 3"]


async def test_receipts_come_in_pages(house: House) -> None:
    guest = await house.regular()
    for day in range(10):
        await house.earned(guest, 100 + day, days_ago=30 - day)
    first = await guest.says("/receipt")
    assert [f"+{points} points" in first for points in range(100, 110)] == [False] * 2 + [True] * 8
    assert await guest.labels() == [*(f"Details {n}" for n in range(1, 9)), "Older"]
    second = await guest.presses("Older")
    assert guest.news[0][0] == "edited"
    assert second.count("✅") == 2
    assert await guest.labels() == ["Details 9", "Details 10", "Newer"]
    assert await guest.presses("Newer") == first
    other = await house.regular()
    assert (await other.says("/receipt")).startswith("No receipts yet.")


async def test_points_for_a_part_of_the_sum_are_explained(house: House) -> None:
    guest = await house.regular()
    bought = (item(40_000), item(14_000, "Сигареты"))
    code = await found(house, house.receipt(540), items=bought)
    part = "Points for 400 ₽ of 540 ₽ (tobacco, certificates and the like do not count)."
    assert await guest.photographs(code) == (
        "✅ +20 points for 540 ₽ at Demo café “Orbit”.\n"
        f"{part}\n"
        "4 points can be spent right away.\n16 points will be ready on November 29."
    )
    assert (await guest.says("/receipt")).endswith(f"+20 points\n{part}")
    assert await guest.presses("Details 1") == (
        "✅ Nov 22, 12:00 · 540 ₽ · Demo café “Orbit”\nSent: Nov 22, 12:00\n\n+20 points\n"
        f"{part}\n"
        "400 ₽, 5 points for every 100 ₽: 20 points.\n"
        "At once: 4 points (up to 20 %, and at most 300 points a day).\n"
        "16 points will be ready on November 29."
    )
    assert await guest.labels() == ["« My receipts"]
    assert (await guest.presses("« My receipts")).startswith("Your receipts")


async def test_a_venue_that_brings_more_and_the_months_limit_are_explained(house: House) -> None:
    guest = await house.regular()
    house.rule("limits", points_per_month=60)
    await guest.photographs(house.receipt(1000, drive=TOUR))
    await guest.says("/receipt")
    assert (await guest.presses("Details 1")).split("\n")[3:] == [
        "+60 points",
        "1,000 ₽, 5 points for every 100 ₽, 150 % at such places: 75 points.",
        "Only 60 points were left of the month's limit.",
        "At once: 12 points (up to 20 %, and at most 300 points a day).",
        "48 points will be ready on November 29.",
    ]
    # What is ready is not on its way, and rules of another day explain nothing.
    house.clock.advance(days=8)
    await house.app.jobs.mature_points()
    house.rule("limits", points_per_month=None)
    house.rule("earning", points=7)
    assert (await guest.forges("rd:1")).split("\n")[3:] == [
        "+60 points",
        "At once: 12 points (up to 20 %, and at most 300 points a day).",
    ]


async def test_what_limits_the_part_at_once_is_said_where_it_does(house: House) -> None:
    guest = await house.regular()
    house.rule("earning", now_cap_first_visit=160)
    await guest.photographs(house.receipt(15_000))
    await guest.photographs(house.receipt(15_000, drive=STAGE))
    await guest.photographs(house.receipt(15_000, drive=TOUR))
    whole = "At once: 150 points (up to 20 %, and at most 300 points a day)."
    cut = (
        "At once: {} points (up to 20 %, at most 300 points a day and 160 points before your "
        "second visit)."
    )
    for number, said, later in (
        (1, whole, 600),
        (2, cut.format(10), 740),
        (3, cut.format(0), 1125),
    ):
        assert (await guest.forges(f"rd:{number}")).split("\n")[-2:] == [
            said, f"{later:,} points will be ready on November 29.",
        ]  # fmt: skip
    assert (await guest.points()).available == 160


async def test_nobody_sees_another_guests_receipt(house: House) -> None:
    guest, other = await house.regular(), await house.regular()
    await guest.photographs(house.receipt())
    assert await other.forges("rd:1") == "I cannot find that any more. It may be gone."


async def test_a_refused_receipt_says_why(house: House) -> None:
    guest = await house.regular()
    await guest.photographs(house.receipt(50))
    await guest.says("/receipt")
    assert await guest.presses("Details 1") == (
        "✖️ Nov 22, 12:00 · 50 ₽ · Demo café “Orbit”\nSent: Nov 22, 12:00\n\n"
        "Purchases of 100 ₽ or more earn points."
    )


async def test_a_receipt_of_a_self_employed_seller_is_asked_about(house: House) -> None:
    guest, other = await house.regular(), await house.regular()
    house.asks("tills", "npd")
    accepted = "Receipt accepted. I am asking the tax service for the sum."
    assert await guest.says(f"Here: {NPD}") == accepted
    assert await guest.says("/receipt") == (
        "Your receipts\n\n1. ⏳ place not known yet\nThe receipt is accepted and is being checked."
    )
    said = await other.says("https://lknpd.nalog.ru/web/about")
    assert said.startswith("This link of a self-employed seller does not lead to a receipt.")


async def test_a_receipt_of_somebody_else_can_be_claimed_from_both_screens(house: House) -> None:
    guest, other = await house.regular(), await house.regular()
    code = house.receipt()
    await guest.photographs(code)
    await other.photographs(code)
    assert await other.labels() == ["🙋 This is my receipt"]
    await other.says("/receipt")
    assert (await other.presses("Details 1")).endswith("Each receipt earns points only once.")
    assert await other.labels() == ["🙋 This is my receipt", "« My receipts"]


async def test_pictures_of_what_waits_or_is_disputed_are_kept(house: House) -> None:
    guest, other = await house.regular(), await house.regular()
    code = house.receipt()
    for visitor, text in (
        (guest, code),
        (guest, house.receipt(50, drive=STAGE)),
        (guest, house.receipt(drive=UNKNOWN)),
        (other, code),
    ):
        await visitor.photographs(text)
    kept = {row["receipt_id"]: row["jpeg"] for row in await house.rows(ReceiptPhoto)}
    reasons = {row["id"]: row["reason"] for row in await house.rows(Receipt)}
    assert [reasons[id_] for id_ in kept] == ["unknown_drive", "taken"]
    assert kept[4] == b"|" + code.encode()
    async with house.database.reading() as reading:
        assert await photos.of(reading, 4) == b"|" + code.encode()
        assert await photos.of(reading, 1) is None


@pytest.mark.parametrize("reason", [Reason.NOT_FOUND, Reason.UNDECIDED])
async def test_a_photo_of_the_whole_receipt_reaches_the_one_that_waits_for_it(
    house: House, reason: Reason
) -> None:
    guest = await house.regular()
    house.asks("fns", "tills")
    code = house.receipt()
    await guest.photographs(code)
    await house.change(Receipt, Receipt.id == 1, reason=reason)
    house.clock.advance(minutes=1)
    # Of a photo with the same code it is plain which receipt is meant.
    assert await guest.photographs(code) == (
        "I already have this receipt. Thank you for the photo! One of our team will look at it."
    )
    (kept,) = await house.rows(ReceiptPhoto)
    assert kept["kept_at"] == house.clock.now()


async def test_of_two_that_wait_a_photo_without_a_code_reaches_neither(house: House) -> None:
    guest = await house.regular()
    house.asks("fns", "tills")
    for drive in (STAGE, TOUR):
        await guest.photographs(house.receipt(drive=drive))
    await house.change(Receipt, reason="not_found")
    house.clock.advance(minutes=1)
    before = await house.rows(ReceiptPhoto)
    assert (await guest.sends_file(b"hint:small", picture=True)).startswith("I can see a code")
    assert await house.rows(ReceiptPhoto) == before
    await house.change(Receipt, Receipt.id == 1, reason="checking")
    said = await guest.sends_file(b"hint:small", picture=True)
    assert said.startswith("Thank you! I have added this photo to your receipt")
    assert [row["jpeg"] for row in await house.rows(ReceiptPhoto)][-1] == b"hint:small"


async def test_the_guest_sees_all_the_while_that_a_photo_is_being_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = await house.regular()
    monkeypatch.setattr(sending, "_TYPING_SECONDS", 0.01)
    read, send = house.app.images.read_and_keep, guest._line.send
    shown, often = [], asyncio.Event()

    async def sees(text: str) -> None:
        if '"typing"' in text:
            shown.append(text)
        if len(shown) == 3:
            often.set()
        await send(text)

    async def slowly(data: bytes) -> tuple[Reading, bytes | None]:
        async with asyncio.timeout(10):
            await often.wait()
        return await read(data)

    monkeypatch.setattr(guest._line, "send", sees)
    monkeypatch.setattr(house.app.images, "read_and_keep", slowly)
    assert (await guest.photographs(house.receipt())).startswith("✅ +50 points")
    assert len(shown) >= 3
    # It stops with the reading.
    told = len(shown)
    await asyncio.sleep(0.05)
    assert len(shown) == told
