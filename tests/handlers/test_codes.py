"""What else a guest may send: other codes, bad pictures, pasted text, files, several at once."""

from typing import get_args

import pytest

from handlers.chat import receipts
from handlers.chat.receipts import sending
from services.images.contract import Hint, Problem, Reading
from services.members.models import Attempt
from services.members.roles import Role
from services.receipts.codes import CodeKind
from services.receipts.models import Receipt, ReceiptFailure
from services.receipts.qr import QrFault
from tests.house import House

DAMAGED = (
    "I can read the code, but it does not look like a whole receipt. Please photograph the receipt "
    "once more."
)
CODES = {
    CodeKind.PAYMENT: (
        "https://qr.nspk.ru/AS10003L4FUK4U8V9AUPQ7SABPQ1GU2U?type=01",
        "This is a payment code. I need the other one, from the receipt that is printed after you "
        "have paid.",
    ),
    CodeKind.TIPS: (
        "https://netmonet.co/tip/12345",
        "This is a code for tips. I need the one from the receipt itself, mostly at its bottom.",
    ),
    CodeKind.OFD_LINK: (
        "https://receipt.taxcom.ru/v01/show?id=abc",
        "This is a link to the receipt. Please open it and send me a screenshot of the QR code "
        "there.",
    ),
    CodeKind.SELF_EMPLOYED: (
        "https://lknpd.nalog.ru/api/v1/other/123",
        "Receipts from self-employed sellers do not earn points yet.",
    ),
    CodeKind.FOREIGN_RECEIPT: (
        "https://suf.purs.gov.rs/v/?vl=A1",
        "This receipt is from another country, so it earns no points here.",
    ),
    CodeKind.MARKING: (
        "0104600000000000215abcdef",
        "This code is from a product or its package. I need the one from the receipt.",
    ),
    CodeKind.ALCOHOL: (
        "https://check.egais.ru?id=1",
        "This code is about the alcohol on the receipt. Please send me the other code of the same "
        "receipt.",
    ),
    CodeKind.OURS: (
        "https://t.me/demo_bot?start=c_1234567890",
        "This is a code of the guest card, not of a receipt. To open it, use your phone's own "
        "camera.",
    ),
    CodeKind.WIFI: (
        "WIFI:T:WPA;S:Orbit;P:secret;;",
        "This is a Wi-Fi code: handy, but I need the code from the receipt.",
    ),
    CodeKind.CONTACT: (
        "BEGIN:VCARD",
        "This is a business card. I need the code from the receipt.",
    ),
    CodeKind.CALENDAR: (
        "BEGIN:VEVENT",
        "This is a date for your calendar. I need the code from the receipt.",
    ),
    CodeKind.PLACE: (
        "geo:54.5,36.2",
        "This is a place on the map. I need the code from the receipt.",
    ),
    CodeKind.PHONE: (
        "tel:+74842000000",
        "This is a phone number. I need the code from the receipt.",
    ),
    CodeKind.MAIL: (
        "mailto:orbit@example.org",
        "This is a mail address. I need the code from the receipt.",
    ),
    CodeKind.CHAT: (
        "https://t.me/orbit",
        "This is an invitation to a chat. I need the code from the receipt.",
    ),
    CodeKind.WALLET: (
        "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "This is a wallet's code. I need the code from the receipt.",
    ),
    CodeKind.LINK: (
        "https://example.org/menu",
        "This is a link, perhaps to a menu. I need the QR code from the bottom of the receipt.",
    ),
    CodeKind.UNKNOWN: ("hello", "I can read this code, but it is not from a receipt."),
}

PROBLEMS = {
    "not_an_image": "I can only read pictures. Please send a photo of the receipt.",
    "too_large": "This picture is too large for me. Please send a smaller photo.",
    "no_code": (
        "I cannot see a QR code. Smooth the receipt flat, hold your phone still and fill the frame "
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

HINTS = {
    "small": (
        "I can see a code, but it is too small to read. Come closer, so that the code fills half "
        "of the photo."
    ),
    "blurred": (
        "I can see a code, but it is blurred. Hold your phone still and tap on the code, so that "
        "the camera finds it."
    ),
    "glare": (
        "Light is reflected from the code. Turn the receipt a little away from the lamp and switch "
        "the flash off."
    ),
    "dark": (
        "It is too dark in the photo. Move to the light, and keep the shadow of your hand off the "
        "receipt."
    ),
    "cut_off": (
        "Only a part of the code is in the photo. Please show all of it, with some white paper "
        "around."
    ),
    "creased": (
        "I can see a code, but the paper is creased. Smooth it flat on a table and photograph it "
        "from straight above."
    ),
    "none": (
        "I cannot see a QR code in this photo. It is the square of small dots, mostly at the "
        "bottom of the receipt. If it is in the photo: come closer and hold your phone still."
    ),
}
TYPE = "⌨️ Type the numbers"
OTHERWISE = "🏙 It is a problem in the city"


async def _failures(house: House) -> dict[str, int]:
    """How often what was sent did not become a receipt, by the reason that is counted."""
    return {row["reason"]: row["count"] for row in await house.rows(ReceiptFailure)}


def test_every_message_has_a_case() -> None:
    assert set(CODES) | {CodeKind.RECEIPT} == set(receipts.OTHER_CODES) == set(CodeKind)
    assert set(PROBLEMS) == set(receipts.PROBLEMS) == {*get_args(Problem), "busy", "unreadable"}
    assert set(HINTS) == set(receipts.HINTS) == set(get_args(Hint))
    assert set(receipts.FAULTS) == set(QrFault)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.value)
async def test_another_code_is_named(house: House, code: CodeKind) -> None:
    guest = await house.regular()
    house.rules(receipt_forms=("ru54",))
    text, sentence = CODES[code]
    async with house.unchanged(Attempt, ReceiptFailure):
        assert await guest.photographs(text) == sentence
    assert await _failures(house) == {code.value: 1}


@pytest.mark.parametrize(
    "code", [k for k in CODES if k is not CodeKind.UNKNOWN], ids=lambda code: code.value
)
async def test_a_message_that_is_only_such_a_code_is_named_too(
    house: House, code: CodeKind
) -> None:
    guest = await house.regular()
    house.rules(receipt_forms=("ru54",))
    text, sentence = CODES[code]
    async with house.unchanged(ReceiptFailure):
        for _ in range(4):
            assert await guest.says(text) == sentence
    assert await guest.says(f"See {text} for more") != sentence


async def test_words_are_no_code(house: House) -> None:
    guest = await house.regular()
    async with house.unchanged():
        for text in ("hello", "Look: https://example.org", "1234", "54.5, 36.2"):
            assert "receipt itself" not in await guest.says(text)
            assert "I need" not in await guest.last()


@pytest.mark.parametrize("problem", PROBLEMS)
async def test_a_bad_picture_says_what_to_do(house: House, problem: str) -> None:
    guest = await house.regular()
    faults = {"unreadable": b"fault:died", "busy": b"fault:busy"}
    data = faults.get(problem, b"problem:" + problem.encode())
    async with house.unchanged(ReceiptFailure):
        for again in range(4):
            assert await guest.sends_file(data, picture=True) == PROBLEMS[problem]
            offered = [TYPE] if again and problem != "busy" else []
            assert await guest.labels() == [
                *offered,
                *([OTHERWISE] if problem == "no_code" else []),
            ]
    assert await _failures(house) == {problem: 4}


@pytest.mark.parametrize("hint", HINTS)
async def test_advice_fits_what_was_seen(house: House, hint: str) -> None:
    guest = await house.regular()
    async with house.unchanged(ReceiptFailure):
        for offered in ([TYPE] if hint == "none" else [], [TYPE], [TYPE]):
            assert await guest.sends_file(b"hint:" + hint.encode(), picture=True) == HINTS[hint]
            assert await guest.labels() == [*offered, OTHERWISE]
    assert await _failures(house) == {f"unread_{hint}": 3}


async def test_a_receipt_in_between_begins_the_count_anew(house: House) -> None:
    guest = await house.regular()
    for drive in ("7386400000010001", "7386400000020001"):
        await guest.sends_file(b"hint:dark", picture=True)
        assert await guest.labels() == [OTHERWISE]
        assert (await guest.photographs(house.receipt(drive=drive))).startswith("✅")


async def test_a_file_over_the_limit_is_not_fetched(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MAX_BYTES", 10)
    guest = await house.regular()
    async with house.unchanged(ReceiptFailure):
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
    async with house.unchanged(ReceiptFailure):
        assert await guest.says(fault) == DAMAGED
        assert await guest.photographs(fault) == DAMAGED


async def test_a_training_drive_is_told_apart(house: House) -> None:
    guest = await house.regular()
    async with house.unchanged(ReceiptFailure):
        assert await guest.photographs(house.receipt(drive="9999078900000001")) == (
            "This is a training receipt; it earns no points."
        )


async def test_two_receipts_in_one_photo_are_sent_back(house: House) -> None:
    guest = await house.regular()
    first, second = house.receipt(), house.receipt(2000)
    async with house.unchanged(ReceiptFailure):
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
    read = house.app.images.read_and_keep

    async def reads(data: bytes) -> tuple[Reading, bytes | None]:
        seen.append(data)
        return await read(data)

    monkeypatch.setattr(house.app.images, "read_and_keep", reads)
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
