"""An owner adds a till by a receipt and two numbers; nothing of somebody else's can be added."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities import registering
from services.cities.models import FiscalDrive, Partner, Till, TillAlert, Venue
from services.cities.registering import Step
from services.errors import NotAllowed, NotFound
from services.members.roles import Role
from tests.services.receipts.sightings import (
    NEW_DRIVE,
    NEW_SERIAL,
    NEW_TILL,
    ORBIT_TILL,
    OTHER_DRIVE,
    STAGE_DRIVE,
    STRANGER,
    UNSEEN,
    alerted,
    found,
    second_venue,
    standing,
    verified,
)
from tests.services.town import ORBIT_DRIVE, Town, at_once

STAGE_NEW_TILL, STAGE_SERIAL = "0000400209063389", "DEMO0209"


async def _do(tx: Any, town: Town, venue: int, by: int, numbers: dict[str, str]) -> Step:
    owner = await registering.asking(tx, city=town.city, venue_id=venue, by=by, now=town.now)
    if len(numbers) == 1:
        return await registering.look_at(tx, owner, **numbers)
    return await registering.add(tx, owner, **numbers)


async def shows(town: Town, by: int, drive: str = NEW_DRIVE, venue: str = "orbita") -> Step:
    step: Step = await town.run(_do, town, await town.venue(venue), by, {"drive": drive})
    return step


async def adds(town: Town, by: int, venue: str = "orbita", **other: str) -> Step:
    numbers = {"drive": NEW_DRIVE, "registration": NEW_TILL, "serial": NEW_SERIAL} | other
    step: Step = await town.run(_do, town, await town.venue(venue), by, numbers)
    return step


async def test_a_till_is_added_by_its_numbers(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    before = await town.everything()
    assert await shows(town, owner) is Step.NUMBERS
    assert await town.everything() == before
    assert await adds(town, owner) is Step.ADDED
    assert await standing(town) == {NEW_DRIVE: ("orbita", NEW_TILL, "confirmed")}
    query = select(Till.serial, Till.origin).where(Till.registration == NEW_TILL)
    assert await town.rows(query) == [(NEW_SERIAL, "owner")]
    assert await shows(town, owner) is Step.HERE
    assert await adds(town, owner) is Step.HERE
    assert await town.moves("till") == [("register", "active")]


async def test_a_new_drive_is_added_to_the_owners_till(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await adds(town, owner)
    assert await adds(town, owner, drive=OTHER_DRIVE) is Step.ADDED
    assert await adds(town, owner, drive="7386400000010005", registration=ORBIT_TILL,
                      serial="demo0101") is Step.ADDED  # fmt: skip
    listed = await town.look(registering.tills_of, venue_id=await town.venue(), by=owner)
    assert [(row.registration, [fn for fn, _ in row.drives], row.since) for row in listed] == [
        (ORBIT_TILL, [ORBIT_DRIVE, "7386400000010005"], None),
        (NEW_TILL, [NEW_DRIVE, OTHER_DRIVE], town.now),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"registration": "0000400103034561"},
        {"registration": "000040010303456"},
        {"registration": "०" * 16},
        {"serial": "DEMO0104"},
        {"serial": "ДЕМО0103"},
        {"serial": ""},
        {"serial": "0" * 21},
        {"registration": STAGE_NEW_TILL, "serial": STAGE_SERIAL},
    ],
)
async def test_numbers_that_do_not_fit(sqlite_town: Town, wrong: dict[str, str]) -> None:
    town = sqlite_town
    owner = await town.staff(Role.OWNER)
    before = await town.everything()
    assert await adds(town, owner, **wrong) is Step.UNFIT
    assert await town.everything() == before


async def test_leading_zeros_of_the_serial_may_be_left_out(sqlite_town: Town) -> None:
    owner = await sqlite_town.staff(Role.OWNER)
    assert await adds(sqlite_town, owner, serial=f"000{NEW_SERIAL.lower()}") is Step.ADDED


async def test_a_training_drive_is_no_till(sqlite_town: Town) -> None:
    owner = await sqlite_town.staff(Role.OWNER)
    assert await shows(sqlite_town, owner, "9999078900012345") is Step.TRAINING


async def test_what_the_tax_service_knows_is_not_asked_for(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await verified(town, UNSEEN)
    assert await shows(town, owner) is Step.ADDED
    assert await standing(town) == {NEW_DRIVE: ("orbita", NEW_TILL, "confirmed")}
    assert [state for *_, state in await found(town)] == ["confirmed"]


async def test_a_drive_the_tax_service_knows_as_anothers(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await verified(town, replace(UNSEEN, seller_inn=STRANGER))
    assert await shows(town, owner) is Step.STRANGERS
    assert await adds(town, owner) is Step.STRANGERS
    await verified(town, replace(UNSEEN, drive=OTHER_DRIVE, registration="0000400104026256"))
    assert await adds(town, owner, drive=OTHER_DRIVE) is Step.UNFIT
    assert await standing(town) == {}


@pytest.mark.parametrize("numbers", [{}, {"registration": NEW_TILL, "serial": NEW_SERIAL}])
async def test_anothers_drive_is_refused_and_the_city_told(
    town: Town, numbers: dict[str, str]
) -> None:
    """The till of the other goes on as if nothing had been said."""
    owner = await town.staff(Role.OWNER)
    moderator = await town.staff(Role.MODERATOR, None)
    for _ in range(2):
        if numbers:
            assert await adds(town, owner, drive=STAGE_DRIVE, **numbers) is Step.TAKEN
        else:
            assert await shows(town, owner, STAGE_DRIVE) is Step.TAKEN
    assert await alerted(town) == [("claimed", STAGE_DRIVE, "open")]
    assert await town.outbox() == [(moderator, "till_alert")]
    assert await standing(town) == {}
    states = select(FiscalDrive.state).where(FiscalDrive.fn == STAGE_DRIVE)
    assert await town.rows(states) == [("confirmed",)]
    ((seen,),) = await town.rows(select(TillAlert.seen).where(TillAlert.kind == "claimed"))
    assert seen["registered"]["venue"]["en"] == "Demo restaurant “Third Stage”"
    assert seen["claim"]["venue"]["en"] == "Demo café “Orbit”"


async def test_a_till_of_the_owners_other_venue_is_taken(town: Town) -> None:
    await second_venue(town)
    owner = await town.staff(Role.OWNER, "orbita-2")
    step = await adds(town, owner, "orbita-2", registration=ORBIT_TILL, serial="DEMO0101")
    assert step is Step.TAKEN
    assert await alerted(town) == [("claimed", NEW_DRIVE, "open")]


async def test_who_may_add_a_till(town: Town) -> None:
    cashier = await town.staff(Role.CASHIER)
    other = await town.staff(Role.OWNER, "docking")
    owner = await town.staff(Role.OWNER)
    before = await town.everything()
    for member in (cashier, other):
        for attempt in (shows(town, member), adds(town, member)):
            with pytest.raises(NotAllowed):
                await attempt
    assert await town.everything() == before
    await town.write(update(Partner).where(Partner.slug == "orbita").values(active=False))
    with pytest.raises(NotFound):
        await adds(town, owner)
    with pytest.raises(NotAllowed):
        await town.look(registering.tills_of, venue_id=await town.venue(), by=cashier)


async def test_two_owners_add_the_same_till_at_once(town: Town) -> None:
    await second_venue(town)
    first, second = await town.staff(Role.OWNER), await town.staff(Role.OWNER, "orbita-2")
    done, refused = await at_once(adds(town, first), adds(town, second, "orbita-2"))
    assert (sorted(done), refused) == ([Step.ADDED, Step.TAKEN], [])
    assert await town.count(Till, Till.registration == NEW_TILL) == 1
    assert len(await standing(town)) == 1


async def test_an_owner_and_a_receipt_at_once(town: Town) -> None:
    """However they meet, there is one till and no candidate waits."""
    owner = await town.staff(Role.OWNER)
    await at_once(adds(town, owner), verified(town, UNSEEN), verified(town, UNSEEN))
    assert await standing(town) == {NEW_DRIVE: ("orbita", NEW_TILL, "confirmed")}
    assert [state for *_, state in await found(town)] in ([], ["confirmed"])
    assert await alerted(town) == []


async def test_one_drive_for_two_owners_at_once(town: Town) -> None:
    first, second = await town.staff(Role.OWNER), await town.staff(Role.OWNER, "third-stage")
    done, refused = await at_once(
        adds(town, first),
        adds(town, second, "third-stage", registration=STAGE_NEW_TILL, serial=STAGE_SERIAL),
    )
    assert (sorted(done), refused) == ([Step.ADDED, Step.TAKEN], [])
    assert len(await standing(town)) == 1
    assert await town.count(Venue, Venue.state == "active") == 6
