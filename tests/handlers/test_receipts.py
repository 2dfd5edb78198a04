"""Every row of the decision table, said to a guest, with what it wrote."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from services.cities.models import FiscalDrive, Partner, Till, Venue
from services.members.models import Member
from services.members.roles import Role
from services.receipts import attribution, documents
from services.receipts.models import Receipt, ReceiptCheck
from services.receipts.qr import parse
from services.receipts.verdict import TABLE, Reason, Row
from tests.house import House, Visitor
from tests.services.receipts.scripted import item, ticket_of
from tests.services.receipts.sightings import NEW_SERIAL, NEW_TILL

ORBIT, STAGE, BAKERY = "7386400000010001", "7386400000020001", "7386400000030001"
UNKNOWN = "7386499999999999"
HOTEL, SHOP, TOUR = "7386400000040001", "7386400000050001", "7386400000060001"

Setting = Callable[[House, Visitor], Awaitable[str]]
"""Arranges the world and gives the code to send."""


async def found(house: House, code: str, **changes: Any) -> str:
    """A service is asked, and knows this receipt already; `changes` are those of its ticket."""
    house.asks("fns", "tills")
    slip = parse(code).slip
    ticket = ticket_of(slip, **changes)
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await documents.keep(tx, house.city, slip, documents.Found(ticket, "fns", now))
        await attribution.attribute(tx, house.city, ticket, now)
    return code


async def types(guest: Visitor, code: str) -> str:
    """Type the numbers of this code in one message and send them."""
    qr = parse(code)
    total = f"{qr.total // 100}.{qr.total % 100:02d}"
    await guest.says(f"{qr.drive} {qr.document} {qr.sign} {total} {qr.purchased:%d.%m.%Y %H:%M}")
    return await guest.presses("✅ Send")


async def sends(guest: Visitor, reason: str, code: str) -> str:
    return await (types(guest, code) if reason == Reason.TYPED else guest.photographs(code))


async def _training(house: House, _guest: Visitor) -> str:
    house.rules(test_drives=("7386",))
    return house.receipt()


async def _refund(house: House, _guest: Visitor) -> str:
    return house.receipt(operation=2)


async def _returned(house: House, guest: Visitor) -> str:
    await guest.says(house.receipt(operation=2))
    return house.receipt(at=house.clock.now() - timedelta(hours=1))


async def _payout(house: House, _guest: Visitor) -> str:
    return house.receipt(operation=3)


async def _small(house: House, _guest: Visitor) -> str:
    return house.receipt(99)


async def _future(house: House, _guest: Visitor) -> str:
    return house.receipt(at=house.clock.now() + timedelta(minutes=16))


async def _old(house: House, _guest: Visitor) -> str:
    return house.receipt(at=house.clock.now() - timedelta(hours=72, minutes=1))


async def _before_card(house: House, guest: Visitor) -> str:
    now = house.clock.now()
    await house.change(Member, Member.id == await guest.member_id(), created_at=now)
    return house.receipt(at=now - timedelta(hours=24, minutes=1))


async def _mismatch(house: House, _guest: Visitor) -> str:
    return await found(house, house.receipt(), total=99_900)


async def _correction(house: House, _guest: Visitor) -> str:
    return await found(house, house.receipt(), form=31)


async def _not_a_partner(house: House, _guest: Visitor) -> str:
    code = house.receipt(drive=UNKNOWN)
    return await found(
        house, code, seller_inn="7704340310", registration=None, seller_name="Bistro"
    )


async def _nothing_counts(house: House, _guest: Visitor) -> str:
    return await found(house, house.receipt(), items=(item(100_000, "Сигареты"),))


async def _month_limit(house: House, guest: Visitor) -> str:
    house.rule("limits", points_per_month=50)
    await guest.photographs(house.receipt(drive=STAGE))
    return house.receipt()


async def _frozen_till(house: House, _guest: Visitor) -> str:
    await house.change(FiscalDrive, FiscalDrive.fn == ORBIT, state="frozen")
    return house.receipt()


async def _till_closed(house: House, _guest: Visitor) -> str:
    await house.change(FiscalDrive, FiscalDrive.fn == ORBIT, state="closed")
    return house.receipt()


async def _suspicious(house: House, guest: Visitor) -> str:
    house.rule("suspicion", hold_at=2)
    await guest.photographs(house.receipt(50, document=500))
    return house.receipt(document=501)


async def _unconfirmed_till(house: House, _guest: Visitor) -> str:
    code = house.receipt(drive=UNKNOWN)
    return await found(house, code, registration=NEW_TILL, serial=NEW_SERIAL)


async def _checking(house: House, _guest: Visitor) -> str:
    house.asks("fns", "tills")
    return house.receipt()


async def _before_venue(house: House, _guest: Visitor) -> str:
    await house.change(Venue, Venue.slug == "orbita", joined_on=date(2026, 11, 23))
    return house.receipt()


async def _taken(house: House, _guest: Visitor) -> str:
    code = house.receipt()
    await (await house.regular()).photographs(code)
    return code


async def _closed(house: House, _guest: Visitor) -> str:
    await house.change(Venue, Venue.slug == "orbita", state="suspended")
    return house.receipt()


async def _day_limit(house: House, guest: Visitor) -> str:
    for drive in (ORBIT, STAGE, BAKERY, HOTEL, SHOP):
        await guest.photographs(house.receipt(drive=drive))
    return house.receipt(drive=TOUR)


async def _venue_limit(house: House, guest: Visitor) -> str:
    await guest.photographs(house.receipt(at=house.clock.now() - timedelta(hours=2)))
    return house.receipt()


async def _too_soon(house: House, guest: Visitor) -> str:
    house.rule("limits", per_venue_per_day=5)
    await guest.photographs(house.receipt(at=house.clock.now() - timedelta(minutes=29)))
    return house.receipt()


async def _disputed(house: House, _guest: Visitor) -> str:
    await (await house.regular()).photographs(house.receipt(document=500, sign=1))
    return house.receipt(document=500, sign=2)


async def _own_venue(house: House, guest: Visitor) -> str:
    await guest.comes_by(f"s_{await house.invitation(Role.CASHIER, 'orbita')}")
    return house.receipt()


async def _large(house: House, _guest: Visitor) -> str:
    return house.receipt(15_001)


async def _unknown(house: House, _guest: Visitor) -> str:
    return house.receipt(drive=UNKNOWN)


async def _good(house: House, _guest: Visitor) -> str:
    return house.receipt()


EXPECTED = "Receipt from Demo café “Orbit” for 1,000 ₽. Expected: +50 points\n"

CASES: dict[str, tuple[Setting, str]] = {
    "test_drive": (_training, "This is a training receipt; it earns no points."),
    "refund": (_refund, "This is a refund receipt. Only purchases earn points."),
    "not_a_sale": (_payout, "This receipt is not for a purchase, so it earns no points."),
    "small": (_small, "Purchases of 100 ₽ or more earn points."),
    "future": (_future, "The time on this receipt is in the future. Please check it."),
    "old": (
        _old,
        "This receipt is older than 3 days. Send receipts right after a purchase.",
    ),
    "before_card": (
        _before_card,
        "This purchase was made before you had a card. Receipts from now on earn points.",
    ),
    "before_venue": (
        _before_venue,
        "This purchase was made before Demo café “Orbit” joined the programme.",
    ),
    "taken": (
        _taken,
        "This receipt has already been registered. Each receipt earns points only once.",
    ),
    "mismatch": (
        _mismatch,
        "This receipt does not agree with the tax service's record of it.",
    ),
    "till_closed": (
        _till_closed,
        "This till does not take part in the programme any more, so its receipts earn no points. "
        "If the place takes part, show the receipt to its team: they can have it put right.",
    ),
    "correction": (
        _correction,
        f"{EXPECTED}This is not an ordinary receipt, so one of our team will look at it.",
    ),
    "not_a_partner": (
        _not_a_partner,
        "The receipt is genuine, but Bistro does not take part yet. We will tell them that you "
        "were there.",
    ),
    "nothing_counts": (
        _nothing_counts,
        "What was bought here earns no points: tobacco, alcohol, certificates and the like do not "
        "count.",
    ),
    "venue_closed": (
        _closed,
        "Demo café “Orbit” is not taking part at the moment, so this receipt earns no points.",
    ),
    "day_limit": (
        _day_limit,
        "This one earns nothing: the day's limit for receipts was reached.",
    ),
    "venue_limit": (
        _venue_limit,
        "This one earns nothing: points from Demo café “Orbit” come once a day. Try another place!",
    ),
    "too_soon": (
        _too_soon,
        "Receipts from the same place must be at least 30 minutes apart.",
    ),
    "month_limit": (
        _month_limit,
        "This one earns nothing: the month's limit for points was reached.",
    ),
    "disputed_number": (_disputed, f"{EXPECTED}The receipt is accepted and is being checked."),
    "frozen_till": (
        _frozen_till,
        "The receipt is saved. We are checking which venue this till is at.",
    ),
    "own_venue": (
        _own_venue,
        f"{EXPECTED}You work at Demo café “Orbit”, so one of our team will check this receipt.",
    ),
    "large": (
        _large,
        "Receipt from Demo café “Orbit” for 15,001 ₽. Expected: +750 points\n"
        "That is a large purchase! One of our team will check it within two days.",
    ),
    "suspicious": (
        _suspicious,
        f"{EXPECTED}The receipt is accepted. One of our team will have a look at it first.",
    ),
    "unconfirmed_till": (
        _unconfirmed_till,
        "The receipt is genuine. As soon as the venue confirms its till, the points are yours.",
    ),
    "unknown_drive": (
        _unknown,
        "Receipt saved. I do not recognise this till yet. As soon as the venue joins, the points "
        "are yours.",
    ),
    "typed": (
        _good,
        f"{EXPECTED}One of our team will check the numbers you typed. Please send me a photo of "
        "the whole receipt as well, even if its code cannot be read.",
    ),
    "checking": (_checking, f"{EXPECTED}The receipt is accepted and is being checked."),
    "returned": (
        _returned,
        f"{EXPECTED}We have heard of a refund that may be of this purchase, so one of our team "
        "will look at it first.",
    ),
    "credited": (
        _good,
        "✅ +50 points for 1,000 ₽ at Demo café “Orbit”.\n"
        "10 points can be spent right away.\n40 points will be ready on November 29.",
    ),
}


def test_every_row_of_the_table_has_a_case() -> None:
    assert list(CASES) == [row.reason for row in TABLE]


def _first_line(sentence: str) -> str:
    """What is expected, if it says so."""
    return sentence[: sentence.rfind("\n") + 1]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.reason)
async def test_the_guest_is_told_and_the_receipt_is_kept(house: House, row: Row) -> None:
    reason, state = row.reason, row.state
    arranged, sentence = CASES[reason]
    guest = await house.regular()
    code = await arranged(house, guest)
    before = await guest.points()
    assert await sends(guest, reason, code) == sentence
    mine = await house.rows(Receipt, Receipt.member_id == await guest.member_id())
    last = mine[-1]
    points = 50 if reason == "credited" else 0
    assert (last["state"], last["reason"], last["points"]) == (state, reason, points)
    after = await guest.points()
    assert after.earned - before.earned == points
    assert after.available - before.available == points // 5

    # The same once more: told the same, and nothing is written.
    async with house.unchanged():
        again = await sends(guest, reason, code)
    if state == "rejected":
        assert again == sentence
    elif state == "pending":
        assert (
            again == f"I already have this receipt. {sentence.removeprefix(_first_line(sentence))}"
        )
    else:
        assert again == "I already have this receipt. You earned 50 points for it."
    assert (await house.audit()).findings == []


@pytest.mark.parametrize("table", [Partner, Till], ids=["partner", "till"])
async def test_a_partner_or_till_out_of_use_closes_the_venue(
    house: House, table: type[Any]
) -> None:
    guest = await house.regular()
    await house.change(table, table.id == 1, active=False)
    assert await guest.photographs(house.receipt()) == CASES["venue_closed"][1]
    assert (await guest.points()).earned == 0


async def test_an_unknown_drive_that_a_service_is_asked_about(house: House) -> None:
    """Told so for as long as there is somebody to ask; then as where nobody is asked."""
    guest = await house.regular()
    house.asks("tills", "fns")
    code = house.receipt(drive=UNKNOWN)
    looking = (
        "Receipt accepted. We are finding out where it was issued, which usually takes less than a "
        "day."
    )
    assert await guest.photographs(code) == looking
    assert await guest.photographs(code) == f"I already have this receipt. {looking}"
    assert (await guest.says("/receipt")).endswith(f"place not known yet\n{looking}")
    assert (await guest.presses("Details 1")).endswith(looking)
    async with house.database.transaction() as tx:
        await tx.execute(delete(ReceiptCheck))
    joins = CASES["unknown_drive"][1]
    assert await guest.photographs(code) == f"I already have this receipt. {joins}"
    assert (await guest.says("/receipt")).endswith(joins)
    assert (await guest.presses("Details 1")).endswith(joins)


async def test_a_service_of_other_receipts_finds_out_nothing(house: House) -> None:
    guest = await house.regular()
    house.asks("tills", "npd")
    assert await guest.photographs(house.receipt(drive=UNKNOWN)) == CASES["unknown_drive"][1]


async def test_nothing_is_lost_of_an_unknown_drive(house: House) -> None:
    guest = await house.regular()
    await guest.photographs(house.receipt(777, drive="7386499999999999", document=9))
    row = (await house.rows(Receipt))[0]
    names = ("number", "sign", "drive", "total", "source", "venue_id")
    assert {name: row[name] for name in names} == {
        "number": "ru54:7386499999999999:9",
        "sign": "12345",
        "drive": "7386499999999999",
        "total": 77700,
        "source": "photo",
        "venue_id": None,
    }  # fmt: skip
    assert row["purchased_at"] == house.clock.now()


async def test_the_edges_of_time_and_sum_are_inside(house: House) -> None:
    now = house.clock.now()
    for drive, code in (
        (ORBIT, {"at": now + timedelta(minutes=15)}),
        (STAGE, {"at": now - timedelta(hours=72)}),
        (BAKERY, {"rubles": 100}),
        (HOTEL, {"rubles": 15_000}),
    ):
        guest = await house.regular()
        assert (await guest.photographs(house.receipt(drive=drive, **code))).startswith("✅ +")


async def test_a_tour_brings_more_and_the_cap_stops_points_at_once(house: House) -> None:
    guest = await house.regular()
    assert await guest.photographs(house.receipt(1000, drive=TOUR)) == (
        "✅ +75 points for 1,000 ₽ at Demo tours “Poyekhali!”.\n"
        "15 points can be spent right away.\n60 points will be ready on November 29."
    )
    for drive, at_once in ((ORBIT, 150), (STAGE, 135), (BAKERY, 0)):
        lines = (await guest.photographs(house.receipt(15_000, drive=drive))).split("\n")
        told = [f"{at_once} points can be spent right away."] if at_once else []
        assert lines[1:] == [*told, f"{750 - at_once} points will be ready on November 29."]
    assert (await guest.points()).available == 300


async def test_two_guests_at_once_with_one_receipt(house: House) -> None:
    first, second = await house.regular(), await house.regular()
    code = house.receipt()
    said = await asyncio.gather(first.photographs(code), second.photographs(code))
    assert sorted(text[:14] for text in said) == ["This receipt h", "✅ +50 points f"]
    assert sorted(row["state"] for row in await house.rows(Receipt)) == ["credited", "rejected"]
    assert (await first.points()).earned + (await second.points()).earned == 50
