"""Tills in the chat: an owner adds and confirms them, the city looks into contradictions."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.models import DialogueState
from services.cities.models import FiscalDrive, Till, TillAlert, TillCandidate
from services.members.models import RoleGrant
from services.members.roles import Role
from services.receipts.attribution import attribute
from services.receipts.ticket import Ticket
from tests.house import House, Visitor, house_of
from tests.services.receipts.sightings import (
    NEW_DRIVE,
    NEW_SERIAL,
    NEW_TILL,
    ORBIT,
    ORBIT_TILL,
    OTHER_DRIVE,
    STAGE_DRIVE,
    STRANGER,
    UNSEEN,
)

ORBIT_NAME = "Demo café “Orbit”"
TILLS = (
    f"Tills of {ORBIT_NAME}\n\nTill {ORBIT_TILL} (РН ККТ)\n"
    "Fiscal drive 7386400000010001 (ФН)\nFrom the city's list"
)
BEGIN = (
    f"Let us add a till of {ORBIT_NAME}. Photograph a fresh receipt of it, or paste the text of "
    "the receipt's QR code."
)
TYPE_NUMBER = (
    f"I see the fiscal drive {NEW_DRIVE} (ФН). Now type the till's registration number: 16 digits, "
    "on the receipt after “РН ККТ”."
)
TYPE_SERIAL = (
    "Thank you. The last one: the till's factory number. It stands on the till's label, and on "
    "many receipts after “ЗН ККТ”."
)
ADDED = f"✅ The till belongs to {ORBIT_NAME} now, and its receipts earn points at once."
UNFIT = (
    "These numbers do not fit together with your company's tax number. One digit may be wrong: "
    "please type the number after “РН ККТ” once more."
)
TAKEN = (
    "This till is registered already, so I cannot add it here. If that is a mistake: the city's "
    "team has been told and will look into it."
)
MET = (
    f"Is this your till?\nTill {NEW_TILL} (РН ККТ)\nOn the receipt: Кофейня\n"
    "On the receipt: 248000, г. Калуга, ул. Театральная, д. 4\n\n"
    f"Guests have sent receipts of it. If it stands at {ORBIT_NAME}, confirm it, and they get "
    "their points."
)
GUESTS = "Only the people in charge of this can do that."
NOT_STAFF = "This part is for the staff of partners and the city. Ask for an invitation link."
DECIDED = "A colleague has already decided on this. Nothing more to do."


async def verified(house: House, ticket: Ticket) -> None:
    async with house.database.transaction() as tx:
        await attribute(tx, house.city, ticket, house.clock.now())


async def begins(owner: Visitor) -> None:
    await owner.says("/partner")
    await owner.presses("Tills")
    assert await owner.presses("➕ Add a till") == BEGIN


async def drives(house: House) -> dict[str, str]:
    """Drive → state, of those that were learned."""
    rows = await house.rows(FiscalDrive, FiscalDrive.origin != "pack")
    return {row["fn"]: row["state"] for row in rows}


async def test_an_owner_adds_a_till(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await owner.says("/partner")
    assert await owner.presses("Tills") == TILLS
    assert await owner.labels() == ["➕ Add a till", "« Back"]
    assert await owner.presses("➕ Add a till") == BEGIN
    assert await owner.photographs(house.receipt(drive=NEW_DRIVE)) == TYPE_NUMBER
    assert await owner.says("0000 4001 0303 4560") == TYPE_SERIAL
    assert await owner.says(NEW_SERIAL.lower()) == ADDED
    assert await owner.presses("Tills") == (
        f"{TILLS}\n\nTill {NEW_TILL} (РН ККТ)\nFiscal drive {NEW_DRIVE} (ФН)\nAdded on November 22"
    )
    assert await house.rows(DialogueState) == []
    assert (await house.rows(Till))[-1]["serial"] == NEW_SERIAL
    assert (await house.rows(TillAlert), await house.rows(TillCandidate)) == ([], [])


@pytest.mark.parametrize("way", ["text", "file"])
async def test_the_receipt_may_come_in_other_ways(house: House, way: str) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    code = house.receipt(drive=NEW_DRIVE)
    if way == "text":
        assert await owner.says(code) == TYPE_NUMBER
    else:
        assert await owner.sends_file(b"|" + code.encode()) == TYPE_NUMBER


async def test_what_is_mistyped_is_asked_for_again(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    async with house.unchanged():
        assert (
            await owner.says("here you are") == "I am waiting for a photo of a receipt of the till."
        )
        two = "\n".join(house.receipt(drive=drive) for drive in (NEW_DRIVE, OTHER_DRIVE))
        several = "I see receipts of several tills. Please send one of them."
        assert await owner.photographs(two) == several
        training = "This is a training receipt. Please send a real one."
        house.rules(test_drives=("738640000009",))
        assert await owner.photographs(house.receipt(drive="7386400000090001")) == training
        await owner.photographs(house.receipt(drive=NEW_DRIVE))
        assert await owner.says("12345678") == (
            "That is not it: the number has 16 digits. Look for “РН ККТ” on the receipt and type "
            "what stands after it."
        )
        assert await owner.says(NEW_TILL) == TYPE_SERIAL
        assert await owner.says("DEMO0999") == UNFIT
        assert await owner.says("0000400103034561") == TYPE_SERIAL
        assert await owner.says(NEW_SERIAL) == UNFIT
    await owner.says(NEW_TILL)
    assert await owner.says(NEW_SERIAL) == ADDED


async def test_a_picture_without_a_receipt_is_answered_as_always(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    guest = await house.regular()
    assert await owner.photographs("") == await guest.photographs("") != ""
    assert await owner.photographs(house.receipt(drive=NEW_DRIVE)) == TYPE_NUMBER


async def test_the_counter_and_the_menu_go_on(house: House) -> None:
    """A guest stands at the counter while the owner adds a till."""
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    await owner.photographs(house.receipt(drive=NEW_DRIVE))
    assert "There is no open reward with the code" in await owner.says("12 34")
    assert "You can spend" in await owner.says("💳 My card")
    assert "You can spend" in await owner.says("/card")
    assert await owner.says(NEW_TILL) == TYPE_SERIAL


@pytest.mark.parametrize("after", ["receipt", "registration", "serial"])
async def test_cancel_works_at_every_step(house: House, after: str) -> None:
    owner = await house.regular(role=Role.OWNER)
    async with house.unchanged():
        await begins(owner)
        if after != "receipt":
            await owner.photographs(house.receipt(drive=NEW_DRIVE))
        if after == "serial":
            await owner.says(NEW_TILL)
        assert await owner.presses("Cancel") == TILLS
        assert "I did not quite get that." in await owner.says(NEW_SERIAL)
        assert await owner.forges("go:till_cancel") == "Nothing was changed."
    assert await house.rows(DialogueState) == []


async def test_a_restart_in_the_middle_forgets_nothing(house: House, tmp_path: Path) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    await owner.photographs(house.receipt(drive=NEW_DRIVE))
    async with house_of(house.database, house.clock, tmp_path) as again:
        back = Visitor(again, owner.account)
        assert await back.says(NEW_TILL) == TYPE_SERIAL
    async with house_of(house.database, house.clock, tmp_path) as again:
        assert await Visitor(again, owner.account).says(NEW_SERIAL) == ADDED


async def test_a_photo_an_hour_later_is_a_guests_receipt_again(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    house.clock.advance(hours=1, seconds=1)
    assert "till" in await owner.photographs(house.receipt(drive=NEW_DRIVE))
    assert await house.rows(DialogueState) == []
    await begins(owner)
    await owner.photographs(house.receipt(drive=OTHER_DRIVE))
    house.clock.advance(hours=2)
    late = "That was a while ago, so I have put the till aside. You can begin again any time."
    assert await owner.says(NEW_TILL) == late
    assert await house.rows(DialogueState) == []


async def test_who_is_no_owner_any_more_is_a_guest(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    now = house.clock.now()
    await house.change(RoleGrant, RoleGrant.role == "owner", revoked_at=now)
    guest = await house.regular()
    assert await owner.photographs("") == await guest.photographs("") != ""
    assert "Adding" not in str(await house.rows(DialogueState))
    assert await owner.forges(f"at:{await house.venue_id('orbita')}") == NOT_STAFF


async def test_anothers_till_is_refused_and_the_city_told(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    moderator = await house.regular(role=Role.MODERATOR, venue=None)
    await begins(owner)
    said = await owner.photographs(house.receipt(drive=STAGE_DRIVE))
    assert said == TAKEN
    assert "Third Stage" not in said
    await house.deliver()
    claim = "An owner wanted to add a till that is registered at another place."
    assert await moderator.last() == (
        f"⚠️ A till needs your look.\n{claim}\nFiscal drive {STAGE_DRIVE} (ФН)"
    )
    assert await moderator.presses("Show") == (
        f"{claim}\nFiscal drive {STAGE_DRIVE} (ФН)\nNoticed: Nov 22, 12:00\n\nRegistered\n"
        "Demo restaurant “Third Stage”\nTill 0000400201022769 (РН ККТ)\n"
        "Tax number 0040000021 (ИНН)\n\n"
        f"Who asked\n{ORBIT_NAME}\nTax number 0040000014 (ИНН)"
    )
    assert await moderator.labels() == ["👍 Noted, leave it as it is", "« Back"]
    assert await moderator.presses("👍 Noted") == "Done: all is as it was registered."
    assert [row["state"] for row in await house.rows(TillAlert)] == ["kept"]


async def test_a_till_of_ones_own_is_there_already(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await begins(owner)
    there = f"This till belongs to {ORBIT_NAME} already. There is nothing to do."
    assert await owner.photographs(house.receipt()) == there


async def test_one_tap_confirms_a_till_that_was_seen(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    colleague = await house.regular(role=Role.OWNER)
    await verified(house, UNSEEN)
    await house.deliver()
    assert await owner.last() == MET
    assert await owner.labels() == ["✅ Yes, it is ours", "No, or not sure"]
    assert await owner.presses("✅ Yes") == (
        f"✅ Thank you! This till now belongs to {ORBIT_NAME}. Guests whose receipts waited for it "
        f"get their points in a moment.\nTill {NEW_TILL} (РН ККТ)"
    )
    assert await drives(house) == {NEW_DRIVE: "confirmed"}
    twice = "This till is registered already. Nothing more to do."
    async with house.unchanged():
        assert await colleague.presses("✅ Yes") == twice
        assert await colleague.presses("No, or not sure") == twice


async def test_a_till_that_is_not_theirs_is_refused(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await verified(house, UNSEEN)
    await owner.says("/partner")
    assert "Seen on guests' receipts. Are they yours?" in await owner.presses("Tills")
    assert await owner.presses("❔") == (
        f"A till of {ORBIT_NAME} was seen on guests' receipts\nTill {NEW_TILL} (РН ККТ)\n"
        "On the receipt: Кофейня\nOn the receipt: 248000, г. Калуга, ул. Театральная, д. 4\n\n"
        "Where does it stand?"
    )
    async with house.unchanged():
        await owner.presses("✖️ Not ours")
    said = await owner.presses("Yes, it is not ours")
    assert said == "Noted, thank you: this till is not yours."
    assert [row["state"] for row in await house.rows(TillCandidate)] == ["refused"]
    assert (
        await owner.forges("tr:1:1") == "It was said already that this till does not belong here."
    )


async def test_a_till_of_the_internet_asks_for_its_venue(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await verified(house, replace(UNSEEN, place=None, address=None, internet=True))
    await house.deliver()
    assert await owner.labels() == ["Choose the venue"]
    assert await owner.presses("Choose the venue") == (
        f"A till of {ORBIT_NAME} was seen on guests' receipts\nTill {NEW_TILL} (РН ККТ)\n"
        "It prints receipts of sales on the internet.\n\nWhere does it stand?"
    )
    await owner.presses(f"✅ {ORBIT_NAME}")
    assert await drives(house) == {NEW_DRIVE: "confirmed"}


async def test_a_new_drive_is_told_to_the_owner(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    await verified(house, replace(ORBIT, drive=NEW_DRIVE))
    await house.deliver()
    assert await owner.last() == (
        f"Your till at {ORBIT_NAME} has a new fiscal drive, and I have noted it. Its receipts earn "
        f"points as before; there is nothing to do.\nTill {ORBIT_TILL} (РН ККТ)\n"
        f"Fiscal drive {NEW_DRIVE} (ФН)"
    )


async def test_strangers_touch_no_till(house: House) -> None:
    await verified(house, UNSEEN)
    await verified(house, replace(ORBIT, seller_inn=STRANGER))
    orbita = await house.venue_id("orbita")
    cashier = await house.regular(role=Role.CASHIER)
    other = await house.regular(role=Role.OWNER, venue="docking")
    async with house.unchanged():
        for data in ("tc:1", f"tf:1:{orbita}", "tr:1:1"):
            assert await cashier.forges(data) == GUESTS
            assert await other.forges(data) == GUESTS
        assert await other.forges(f"at:{orbita}") == GUESTS
        assert await other.forges(f"de:{orbita}:tills") == GUESTS
        assert await cashier.forges(f"de:{orbita}:tills") == GUESTS
        for data in ("al:1", "ad:1:kept", "go:tills", "go:strangers"):
            assert await other.forges(data) == NOT_STAFF


async def test_the_city_decides_on_a_contradiction(house: House) -> None:
    moderator = await house.regular(role=Role.MODERATOR, venue=None)
    admin = await house.regular(role=Role.ADMIN, venue=None)
    await verified(house, replace(ORBIT, registration=NEW_TILL))
    await moderator.says("/staff")
    assert await moderator.presses("⚠️ Tills: 1") == "Tills of the partners\n⚠️ 1 to look into"
    assert await moderator.labels() == [f"⚠️ {ORBIT_NAME}", "🤝 Whom to invite", "« Back"]
    said = await moderator.presses(f"⚠️ {ORBIT_NAME}")
    assert said.startswith("A receipt shows this fiscal drive in another till.\nFiscal drive")
    assert f"Registered\n{ORBIT_NAME}\nTill {ORBIT_TILL} (РН ККТ)" in said
    assert f"On the receipt\n{ORBIT_NAME}\nSeller: ИП ОРБИТОВ\nTill {NEW_TILL} (РН ККТ)" in said
    assert await moderator.labels() == [
        "✅ The till moved: accept", "↩️ As registered is right", "🔒 Keep it closed", "« Back",
    ]  # fmt: skip
    assert await moderator.presses("✅ The till moved") == (
        "Done: the till stands where its receipts say. Those that waited get their points.\n"
        "Please correct it in the city pack too: loading it again would undo this."
    )
    async with house.unchanged():
        for data in ("ad:1:accepted", "ad:1:closed", "al:1"):
            assert await admin.forges(data) == DECIDED
        assert (await admin.forges("ad:1:nonsense")).endswith("All is well.")
    async with house.database.reading() as reading:
        found = select(Till.registration).join(FiscalDrive, FiscalDrive.till_id == Till.id)
        assert await reading.scalar(found.where(FiscalDrive.fn == ORBIT.drive)) == NEW_TILL


async def test_a_till_in_question_is_shown_to_its_owner(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    moderator = await house.regular(role=Role.MODERATOR, venue=None)
    await verified(house, replace(ORBIT, seller_inn=STRANGER))
    await owner.says("/partner")
    waits = "⏸ The city's team is looking into it; its receipts wait."
    assert waits in await owner.presses("Tills")
    await moderator.forges("al:1")
    assert "✅ The till moved: accept" not in await moderator.labels()
    async with house.unchanged():
        assert await moderator.forges("ad:1:accepted") == (
            "The seller on the receipt has no venue here that this till could stand in."
        )
    assert (await moderator.forges("ad:1:closed")).startswith("Closed: receipts of this")
    rows = await house.rows(FiscalDrive, FiscalDrive.fn == ORBIT.drive)
    assert [row["state"] for row in rows] == ["closed"]


async def test_whom_to_invite(house: House) -> None:
    moderator = await house.regular(role=Role.MODERATOR, venue=None)
    await moderator.forges("go:tills")
    assert await moderator.presses("🤝 Whom to invite") == (
        "Where guests buy, though it takes no part\nNo such receipts in the last three months."
    )
