"""What else a guest may send: other codes, bad pictures, pasted text, files, several at once."""

import pytest

from handlers.chat import receipts
from services.images.contract import Reading
from services.members.models import Attempt
from services.members.roles import Role
from services.receipts.codes import CodeKind
from services.receipts.models import Receipt
from tests.house import House

ONCE_MORE = (
    "I read the code, but it does not look like a fiscal receipt. Please photograph the receipt "
    "once more."
)
CODES = {
    CodeKind.PAYMENT: (
        "https://qr.nspk.ru/AS10003L4FUK4U8V9AUPQ7SABPQ1GU2U?type=01",
        "This is a payment code. I need the code printed at the bottom of the receipt.",
    ),
    CodeKind.OFD_LINK: (
        "https://receipt.taxcom.ru/v01/show?id=abc",
        "This is a link to the receipt. Please open it and send me the QR code from the page.",
    ),
    CodeKind.SELF_EMPLOYED: (
        "https://lknpd.nalog.ru/api/v1/receipt/123/abc/print",
        "Receipts from self-employed sellers do not earn points yet.",
    ),
    CodeKind.FOREIGN_RECEIPT: (
        "https://suf.purs.gov.rs/v/?vl=A1",
        "This receipt is from another country, so it earns no points here.",
    ),
    CodeKind.MARKING: (
        "0104600000000000215abcdef",
        "This code is from a product. The receipt's own code is at the bottom.",
    ),
    CodeKind.WIFI: (
        "WIFI:T:WPA;S:Orbit;P:secret;;",
        "This is a Wi-Fi code. I need the code from the receipt.",
    ),
    CodeKind.CONTACT: (
        "BEGIN:VCARD",
        "This is a contact card. I need the code from the receipt.",
    ),
    CodeKind.LINK: (
        "https://example.org/menu",
        "This code is a link. I need the QR code from the bottom of the receipt.",
    ),
    CodeKind.UNKNOWN: ("hello", "This code is not from a receipt."),
}

PROBLEMS = {
    "not_an_image": "I can only read pictures. Please send a photo of the receipt.",
    "too_large": "This picture is too large for me. Please send a smaller photo.",
    "no_code": (
        "I cannot see a QR code. Flatten the receipt, hold your phone steady and fill the frame "
        "with the code, without glare. You can also send an image file."
    ),
    "heic": (
        "This file is in the format HEIC, which I cannot open. Please send it as a photo, not as a "
        "file."
    ),
    "pdf": (
        "This is a PDF. Please open it and send me a screenshot with the QR code of the receipt."
    ),
    "busy": (
        "So many photos are being read right now that I could not take this one. Please send it "
        "again in a minute."
    ),
    "unreadable": "I could not read this picture. Please take another photo of the receipt.",
}


def test_every_message_has_a_case() -> None:
    assert set(CODES) == set(receipts.OTHER_CODES) | {CodeKind.UNKNOWN}
    assert set(PROBLEMS) == set(receipts.PROBLEMS)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.value)
async def test_another_code_is_named(house: House, code: CodeKind) -> None:
    guest = await house.regular()
    text, sentence = CODES[code]
    async with house.unchanged(Attempt):
        assert await guest.photographs(text) == sentence


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_a_bad_picture_says_what_to_do(house: House, problem: str) -> None:
    guest = await house.regular()
    faults = {"unreadable": b"fault:died", "busy": b"fault:busy"}
    data = faults.get(problem, b"problem:" + problem.encode())
    async with house.unchanged():
        for _ in range(4):
            assert await guest.sends_file(data, picture=True) == PROBLEMS[problem]


async def test_a_file_over_the_limit_is_not_fetched(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "MAX_BYTES", 10)
    guest = await house.regular()
    async with house.unchanged():
        assert await guest.photographs(house.receipt()) == PROBLEMS["too_large"]


@pytest.mark.parametrize(
    ("source", "says"),
    [("text", "says"), ("photo", "photographs")],
)
async def test_where_a_receipt_came_from_is_kept(house: House, source: str, says: str) -> None:
    guest = await house.regular()
    assert (await getattr(guest, says)(house.receipt())).startswith("✅ +50 points")
    assert [row["source"] for row in await house.rows(Receipt)] == [source]


async def test_an_image_file_is_as_good_as_a_photo(house: House) -> None:
    guest = await house.regular()
    said = await guest.sends_file(b"|" + house.receipt().encode(), name="scan.png")
    assert said.startswith("✅ +50 points")
    assert [row["source"] for row in await house.rows(Receipt)] == ["file"]


async def test_a_pasted_link_or_sentence_with_the_fields_is_read(house: House) -> None:
    first, second = await house.regular(), await house.regular()
    code = house.receipt()
    assert (await first.says(f"https://check.example/?{code}")).startswith("✅ +50 points")
    said = await second.says(f"Here it is: {code.upper()}")
    assert said.startswith("This receipt has already been registered.")


@pytest.mark.parametrize(
    "fault",
    [
        "t=20261122T1200&s=0.00&fn=7386400000010001&i=1&fp=1&n=1",
        "t=20261122T1200&s=10.00&fn=123&i=1&fp=1&n=1",
        "t=20261322T1200&s=10.00&fn=7386400000010001&i=1&fp=1&n=1",
        "t=20261122T1200&s=10.00&fn=7386400000010001&i=0&fp=1&n=9",
    ],
)
async def test_a_near_miss_asks_for_another_photo_and_counts_no_strike(
    house: House, fault: str
) -> None:
    guest = await house.regular()
    async with house.unchanged():
        assert await guest.says(fault) == ONCE_MORE
        assert await guest.photographs(fault) == ONCE_MORE


async def test_a_training_drive_is_told_apart(house: House) -> None:
    guest = await house.regular()
    async with house.unchanged():
        assert await guest.photographs(house.receipt(drive="9999078900000001")) == (
            "This is a training receipt; it earns no points."
        )


async def test_two_receipts_in_one_photo_are_sent_back(house: House) -> None:
    guest = await house.regular()
    first, second = house.receipt(), house.receipt(2000)
    async with house.unchanged():
        said = await guest.photographs(f"{first}\n{second}\nhttps://example.org")
    assert said == "I see 2 receipts in the photo. Please send them one by one."
    # The same receipt twice, or beside a foreign code, is one receipt.
    said = await guest.photographs(f"{first}\n{first.upper()}\nhttps://example.org")
    assert said.startswith("✅ +50 points for 1,000 ₽")
    assert len(await house.rows(Receipt)) == 1


async def test_staff_who_must_pause_still_scan_and_a_guest_is_not_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, cashier = await house.regular(), await house.regular(role=Role.CASHIER)
    seen: list[bytes] = []
    read = house.app.images.read_codes

    async def reads(data: bytes) -> Reading:
        seen.append(data)
        return await read(data)

    monkeypatch.setattr(house.app.images, "read_codes", reads)
    for visitor in (guest, cashier):
        for _ in range(3):
            await visitor.photographs("hello")
    assert len(seen) == 6
    paused = "Too many attempts. Please try again after 12:10."
    assert await guest.photographs(house.receipt()) == paused
    assert len(seen) == 6
    assert await cashier.photographs("https://x.example/?start=r_nosuchtoken") != paused
    assert await cashier.photographs(house.receipt()) == paused
    assert len(seen) == 8


async def test_three_foreign_codes_bring_a_pause(house: House) -> None:
    guest = await house.regular()
    for _ in range(3):
        assert await guest.photographs("hello") == CODES[CodeKind.UNKNOWN][1]
    async with house.unchanged():
        paused = "Too many attempts. Please try again after 12:10."
        assert await guest.photographs("hello") == paused
        assert await guest.photographs(house.receipt()) == paused
    house.clock.advance(minutes=10)
    assert (await guest.photographs(house.receipt())).startswith("✅ +50 points")


async def test_strikes_of_long_ago_are_forgiven(house: House) -> None:
    guest = await house.regular()
    for _ in range(5):
        assert await guest.photographs("hello") == CODES[CodeKind.UNKNOWN][1]
        house.clock.advance(minutes=6)


async def test_staff_photograph_rewards_even_in_a_pause(house: House) -> None:
    cashier = await house.regular(role=Role.CASHIER)
    for _ in range(3):
        await cashier.photographs("hello")
    said = await cashier.photographs("https://t.me/demo_bot?start=r_0123456789abcdef")
    assert said == "I cannot find that any more. It may be gone."


async def test_my_receipts_tell_each_state(house: House) -> None:
    guest = await house.regular()
    nothing = "No receipts yet. Photograph the QR code on a receipt and send it to me here."
    assert await guest.says("/receipt") == nothing
    await guest.photographs(house.receipt(1000))
    await guest.photographs(house.receipt(250, drive="7386499999999999"))
    await guest.photographs(house.receipt(50, drive="7386400000020001"))
    assert await guest.says("🧾 My receipts") == (
        "Your receipts\n\n"
        "✖️ Nov 22, 12:00 · 50 ₽ · Demo restaurant “Third Stage”\n"
        "Purchases of 100 ₽ or more earn points.\n\n"
        "⏳ Nov 22, 12:00 · 250 ₽ · place not known yet\n"
        "Receipt saved. I do not recognise this till yet. As soon as the venue joins, the points "
        "are yours.\n\n"
        "✅ Nov 22, 12:00 · 1,000 ₽ · Demo café “Orbit”\n"
        "+50 points"
    )
    assert await guest.labels() == []


async def test_receipts_come_in_pages(house: House) -> None:
    guest = await house.regular()
    for day in range(10):
        await house.earned(guest, 100 + day, days_ago=30 - day)
    first = await guest.says("/receipt")
    assert [f"+{points} points" in first for points in range(100, 110)] == [False] * 2 + [True] * 8
    assert await guest.labels() == ["Older"]
    second = await guest.presses("Older")
    assert guest.news[0][0] == "edited"
    assert second.count("✅") == 2
    assert await guest.labels() == ["Newer"]
    assert await guest.presses("Newer") == first
    other = await house.regular()
    assert (await other.says("/receipt")).startswith("No receipts yet.")
