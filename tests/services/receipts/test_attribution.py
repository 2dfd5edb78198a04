"""What a verified ticket teaches about tills, and what it only puts in question."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.cities import alerts, candidates
from services.cities.alerts import Decision
from services.cities.models import FiscalDrive, Partner, Till, TillAlert, Venue
from services.delivery.models import OutboxMessage
from services.members.roles import Role
from services.receipts import settle
from services.receipts.attribution import Attribution, strangers
from services.receipts.chain import OFFLINE, Chain
from services.receipts.models import Receipt, ReceiptCheck, VerifiedTicket
from services.receipts.ticket import Ticket
from tests.services.receipts.sightings import (
    NEW_DRIVE,
    NEW_TILL,
    ORBIT,
    ORBIT_INN,
    ORBIT_TILL,
    OTHER_DRIVE,
    STAGE_DRIVE,
    STAGE_INN,
    STAGE_TILL,
    STRANGER,
    UNSEEN,
    alerted,
    found,
    second_venue,
    standing,
    verified,
)
from tests.services.town import ORBIT_DRIVE, Town, at_once

PARTNER = Attribution(partner=True)
NOBODY = Attribution(partner=False)
AWAITED = Attribution(partner=True, awaited=True)
CONTRADICTED = Attribution(partner=True, contradicted=True)

TAXI = replace(
    ORBIT,
    drive="7386440800000001",
    seller_inn=STRANGER,
    seller_name="ООО «ТАКСИ»",
    registration="0000840607026308",
    serial=None,
    place="taxi.example.ru",
    address="248926, Россия, Калужская обл., г. Калуга, проезд 1-й Автомобильный, дом 8",
    internet=True,
    provider_inn="500100732259",
)
"""A ride somewhere in the country: the agent's internet till is registered in Kaluga."""


async def state_of(town: Town, fn: str = ORBIT_DRIVE) -> str:
    ((state,),) = await town.rows(select(FiscalDrive.state).where(FiscalDrive.fn == fn))
    return str(state)


async def quiet(town: Town) -> bool:
    return (await found(town), await alerted(town), await town.outbox()) == ([], [], [])


# 1: a known drive


async def test_a_known_drive_in_its_till_is_its_venues(town: Town) -> None:
    before = await standing(town)
    assert await verified(town, ORBIT) == PARTNER
    assert await verified(town, replace(ORBIT, registration=None, serial=None)) == PARTNER
    assert await standing(town) == before
    assert await quiet(town)


# 2: a new drive in a known till


async def test_a_new_drive_of_a_known_till_is_learned_and_told(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await town.staff(Role.CASHIER)
    await town.staff(Role.OWNER, "docking")
    ticket = replace(ORBIT, drive=NEW_DRIVE)
    assert await verified(town, ticket) == PARTNER
    assert await verified(town, ticket) == PARTNER
    assert await standing(town) == {NEW_DRIVE: ("orbita", ORBIT_TILL, "confirmed")}
    assert await town.outbox() == [(owner, "till_drive")]
    ((facts,),) = await town.rows(select(OutboxMessage.facts))
    assert (facts["registration"], facts["drive"]) == (ORBIT_TILL, NEW_DRIVE)
    assert await town.moves("drive") == [("attach", "confirmed")]


async def test_two_tickets_of_a_new_drive_at_once(town: Town) -> None:
    await town.staff(Role.OWNER)
    ticket = replace(ORBIT, drive=NEW_DRIVE)
    done, refused = await at_once(*(verified(town, ticket) for _ in range(4)))
    assert (done, refused) == ([PARTNER] * 4, [])
    assert await standing(town) == {NEW_DRIVE: ("orbita", ORBIT_TILL, "confirmed")}
    assert [kind for _, kind in await town.outbox()] == ["till_drive"]


# 3: a new till of a partner


async def test_a_new_till_is_offered_to_the_owners_once(town: Town) -> None:
    owners = [await town.staff(Role.OWNER) for _ in range(2)]
    await town.staff(Role.OWNER, "docking")
    await town.staff(Role.MODERATOR, None)
    orbita = await town.venue()
    assert await verified(town, UNSEEN) == AWAITED
    assert await verified(town, UNSEEN) == AWAITED
    assert await verified(town, replace(UNSEEN, drive=OTHER_DRIVE)) == AWAITED
    assert await found(town) == [(1, orbita, [NEW_DRIVE, OTHER_DRIVE], "open")]
    assert await town.outbox() == [(owner, "till_met") for owner in owners]
    ((facts,), _) = await town.rows(select(OutboxMessage.facts))
    assert (facts["candidate"], facts["venue_id"]) == (1, orbita)
    assert facts["venue"]["en"] == "Demo café “Orbit”"
    assert await standing(town) == {}


async def test_without_an_owner_the_city_is_asked(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, UNSEEN)
    assert await town.outbox() == [(moderator, "till_met")]


async def test_two_tickets_of_a_new_till_at_once(town: Town) -> None:
    """One candidate, and both drives are kept."""
    owner = await town.staff(Role.OWNER)
    tickets = [UNSEEN, replace(UNSEEN, drive=OTHER_DRIVE)] * 2
    done, refused = await at_once(*(verified(town, ticket) for ticket in tickets))
    assert (done, refused) == ([AWAITED] * 4, [])
    ((_, venue, drives, state),) = await found(town)
    assert (venue, sorted(drives), state) == (await town.venue(), [NEW_DRIVE, OTHER_DRIVE], "open")
    assert await town.outbox() == [(owner, "till_met")]


async def test_a_ticket_meets_the_owners_tap(town: Town) -> None:
    """Whoever is first, the second drive of the till ends up in it."""
    owner = await town.staff(Role.OWNER)
    orbita = await town.venue()
    await verified(town, UNSEEN)
    second = replace(UNSEEN, drive=OTHER_DRIVE)
    await at_once(verified(town, second), confirm(town, 1, orbita, owner), verified(town, second))
    there = ("orbita", NEW_TILL, "confirmed")
    assert await standing(town) == {NEW_DRIVE: there, OTHER_DRIVE: there}


@pytest.mark.parametrize(
    "virtual", [{"internet": True}, {"place": "https://shop.example"}, {"place": "orbita.example"}]
)
async def test_a_till_of_the_internet_stands_nowhere(
    sqlite_town: Town, virtual: dict[str, Any]
) -> None:
    """Its owner may take it, but no venue is proposed."""
    town = sqlite_town
    await town.staff(Role.OWNER)
    assert await verified(town, replace(UNSEEN, **virtual)) == AWAITED
    assert await found(town) == [(1, None, [NEW_DRIVE], "open")]
    ((facts,),) = await town.rows(select(OutboxMessage.facts))
    assert (facts["venue_id"], facts["venue"]) == (None, None)


@pytest.mark.parametrize(
    ("says", "where"),
    [
        ({"address": None}, None),
        ({"address": "г. Калуга"}, None),
        ({"address": "248001, г Калуга, ул Кирова, д. 9"}, "orbita-2"),
        ({"address": "248001, г Калуга, ул Кирова, д. 90"}, None),
        ({"address": "248000, Калуга, Театральная улица, 4"}, "orbita"),
        ({"address": None, "lat": 54.5201, "lon": 36.2701}, "orbita-2"),
        ({"address": None, "lat": 54.53, "lon": 36.27}, None),
    ],
)
async def test_one_of_several_venues_is_found_by_place(
    sqlite_town: Town, says: dict[str, Any], where: str | None
) -> None:
    town = sqlite_town
    await second_venue(town)
    await verified(town, replace(UNSEEN, **says))
    ((_, venue, _, _),) = await found(town)
    assert venue == (await town.venue(where) if where else None)


@pytest.mark.parametrize("by", [{"fias": "c0ffee"}, {"address": "у вокзала"}])
async def test_a_till_stands_where_its_neighbour_does(
    sqlite_town: Town, by: dict[str, Any]
) -> None:
    town = sqlite_town
    await second_venue(town)
    await verified(town, replace(ORBIT, **by))
    await verified(town, replace(UNSEEN, **{"address": None} | by))
    assert [venue for _, venue, _, _ in await found(town)] == [await town.venue()]


async def test_venues_next_to_each_other_are_not_told_apart(sqlite_town: Town) -> None:
    town = sqlite_town
    await second_venue(town, lat=54.51262, lon=36.25563)
    await verified(town, replace(UNSEEN, address=None, lat=54.5126, lon=36.2556))
    assert [venue for _, venue, _, _ in await found(town)] == [None]


async def test_a_refused_till_is_not_offered_again(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await verified(town, UNSEEN)
    await town.run(
        candidates.refuse_candidate, city_id=town.city.id, candidate_id=1, by=owner, now=town.now
    )
    assert await verified(town, UNSEEN) == PARTNER
    assert await found(town) == [(1, await town.venue(), [NEW_DRIVE], "refused")]
    assert await town.outbox() == [(owner, "till_met")]


@pytest.mark.parametrize("registration", [None, "123", "000040010302906x"])
async def test_a_till_without_a_number_cannot_be_learned(
    sqlite_town: Town, registration: str | None
) -> None:
    ticket = replace(UNSEEN, registration=registration)
    assert await verified(sqlite_town, ticket) == PARTNER
    assert await quiet(sqlite_town)


async def test_a_self_employed_partner_is_known_by_the_inn(town: Town) -> None:
    inn = "500100732259"
    await town.write(update(Partner).where(Partner.slug == "orbita").values(inn=inn))
    owner = await town.staff(Role.OWNER)
    ticket = replace(ORBIT, drive="", document=0, sign=0, seller_inn=inn, registration=None)
    assert await verified(town, ticket) == AWAITED
    await confirm(town, 1, await town.venue(), owner)
    assert await standing(town) == {inn: ("orbita", inn, "confirmed")}
    assert await verified(town, ticket) == PARTNER
    assert await alerted(town) == []


# 4 and 5: strangers and agents


async def test_the_citys_name_in_an_address_proves_nothing(town: Town) -> None:
    """Internet tills of the whole country stand in a data centre in Kaluga."""
    await town.staff(Role.OWNER)
    await town.staff(Role.MODERATOR, None)
    assert await verified(town, TAXI) == NOBODY
    assert await verified(town, replace(TAXI, provider_inn=None, internet=False)) == NOBODY
    assert await quiet(town)
    assert await standing(town) == {}


async def test_what_an_agent_sells_is_the_providers_but_the_till_is_not(town: Town) -> None:
    ride = replace(TAXI, provider_inn=ORBIT_INN)
    assert await verified(town, ride) == PARTNER
    agent = replace(UNSEEN, provider_inn=STRANGER)
    assert await verified(town, agent) == NOBODY
    assert await quiet(town)


async def test_a_partner_of_another_city_or_time_is_a_stranger(sqlite_town: Town) -> None:
    town = sqlite_town
    await town.write(update(Partner).where(Partner.inn == ORBIT_INN).values(active=False))
    assert await verified(town, UNSEEN) == NOBODY
    assert await verified(town, ORBIT) == NOBODY
    assert await verified(town, replace(ORBIT, drive=NEW_DRIVE)) == NOBODY
    assert await quiet(town)
    assert await standing(town) == {}


async def test_strangers_are_counted_by_their_receipts(town: Town) -> None:
    guest = await town.guest()
    bought: list[tuple[Ticket, int]] = [(TAXI, 1), (TAXI, 2), (ORBIT, 3), (UNSEEN, 4)]
    other = replace(TAXI, seller_inn="7728029110", seller_name="ООО «ЛАВКА»", provider_inn=None)
    bought.append((other, 5))
    for ticket, document in bought:
        await verified(town, ticket, document)
        await town.write(
            insert(Receipt).values(
                member_id=guest, number=f"ru54:{ticket.drive}:{document}", sign="1",
                drive=ticket.drive, total=100, submitted_at=town.now, source="text",
                state="rejected", reason="not_a_partner", fields={},
            )
        )  # fmt: skip
    await verified(town, other, 6)
    told = await town.look(strangers, town.city.id)
    assert [(each.inn, each.name, each.receipts) for each in told] == [
        ("500100732259", None, 2),
        ("7728029110", "ООО «ЛАВКА»", 1),
    ]
    town.clock.advance(days=1)
    assert await town.look(strangers, town.city.id, since=town.now) == []
    assert await town.count(VerifiedTicket) == 6


# 6: contradictions


CONTRADICTIONS = {
    "other_till": replace(ORBIT, registration=NEW_TILL),
    "another registered till": replace(ORBIT, registration=STAGE_TILL),
    "other_owner": replace(ORBIT, seller_inn=STAGE_INN),
    "an owner nobody knows": replace(ORBIT, seller_inn=STRANGER),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
async def test_a_contradicted_drive_is_frozen_and_the_city_told_once(town: Town, name: str) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    admin = await town.staff(Role.ADMIN, None)
    await town.staff(Role.OWNER)
    ticket = CONTRADICTIONS[name]
    assert await verified(town, ticket) == CONTRADICTED
    assert await verified(town, ticket) == CONTRADICTED
    kind = "other_owner" if ticket.seller_inn != ORBIT_INN else "other_till"
    assert await alerted(town) == [(kind, ORBIT_DRIVE, "open")]
    assert await state_of(town) == "frozen"
    assert await town.outbox() == [(moderator, "till_alert"), (admin, "till_alert")]
    assert await verified(town, ORBIT) == CONTRADICTED
    assert await town.moves("drive") == [("freeze", "frozen")]


async def test_freeze_twice_at_once(town: Town) -> None:
    await town.staff(Role.MODERATOR, None)
    ticket = CONTRADICTIONS["other_till"]
    done, refused = await at_once(*(verified(town, ticket) for _ in range(4)))
    assert (done, refused) == ([CONTRADICTED] * 4, [])
    assert await alerted(town) == [("other_till", ORBIT_DRIVE, "open")]
    assert await town.moves("drive") == [("freeze", "frozen")]
    assert len(await town.outbox()) == 1


async def test_a_known_till_under_another_inn(town: Town) -> None:
    """The drive is new: it is kept with the till, but frozen."""
    ticket = replace(ORBIT, drive=NEW_DRIVE, seller_inn=STRANGER)
    assert await verified(town, ticket) == CONTRADICTED
    assert await standing(town) == {NEW_DRIVE: ("orbita", ORBIT_TILL, "frozen")}
    assert await alerted(town) == [("other_owner", NEW_DRIVE, "open")]
    assert await state_of(town) == "confirmed"


@pytest.mark.parametrize("what", ["venue", "till", "drive"])
async def test_what_is_closed_and_prints_receipts_is_looked_into(town: Town, what: str) -> None:
    if what == "venue":
        await town.write(update(Venue).where(Venue.slug == "orbita").values(state="closed"))
    elif what == "till":
        await town.write(update(Till).where(Till.registration == ORBIT_TILL).values(active=False))
    else:
        await town.write(update(FiscalDrive).values(state="closed"))
    assert await verified(town, ORBIT) == CONTRADICTED
    assert await alerted(town) == [("closed", ORBIT_DRIVE, "open")]
    assert await state_of(town) == "frozen"


async def test_a_suspended_venue_is_no_contradiction(town: Town) -> None:
    await town.close_venue()
    assert await verified(town, ORBIT) == PARTNER
    assert await quiet(town)


async def test_a_till_at_another_venue_of_its_owner_has_moved(town: Town) -> None:
    there = await second_venue(town)
    assert await verified(town, replace(ORBIT, lat=54.5201, lon=36.2701)) == CONTRADICTED
    ((kind, seen),) = await town.rows(select(TillAlert.kind, TillAlert.seen))
    assert (kind, seen["venue_id"], seen["receipt"]["venue"]["en"]) == ("moved", there, "Orbit 2")
    assert await verified(town, replace(ORBIT, lat=50.0, lon=36.0)) == CONTRADICTED
    assert len(await alerted(town)) == 1


async def test_a_drive_in_two_unregistered_tills(town: Town) -> None:
    """Nothing is there to freeze yet; once the till is confirmed, the drive is frozen in it."""
    owner = await town.staff(Role.OWNER)
    assert await verified(town, UNSEEN) == AWAITED
    second = replace(UNSEEN, registration="0000400104026256", serial="DEMO0104")
    expected = Attribution(partner=True, awaited=True, contradicted=True)
    assert await verified(town, second) == expected
    assert await alerted(town) == [("other_till", NEW_DRIVE, "open")]
    await confirm(town, 1, await town.venue(), owner)
    assert await standing(town) == {NEW_DRIVE: ("orbita", NEW_TILL, "frozen")}


async def test_an_unregistered_till_of_two_owners(town: Town) -> None:
    assert await verified(town, UNSEEN) == AWAITED
    other = replace(UNSEEN, seller_inn=STAGE_INN, drive=OTHER_DRIVE)
    assert (await verified(town, other)).contradicted
    assert await alerted(town) == [("other_owner", OTHER_DRIVE, "open")]
    assert [drives for _, _, drives, _ in await found(town)] == [[NEW_DRIVE]]


async def test_a_till_of_two_owners_at_once(town: Town) -> None:
    other = replace(UNSEEN, seller_inn=STAGE_INN, drive=OTHER_DRIVE)
    done, refused = await at_once(verified(town, UNSEEN), verified(town, other))
    assert refused == []
    assert sorted(each.contradicted for each in done) == [False, True]
    assert len(await found(town)) == 1
    assert [kind for kind, _, _ in await alerted(town)] == ["other_owner"]


async def test_a_drive_the_city_keeps_closed_stays_closed(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    ticket = CONTRADICTIONS["other_till"]
    await verified(town, ticket)
    await town.run(
        alerts.decide, city_id=town.city.id, alert_id=1, decision=Decision.CLOSE, by=moderator,
        now=town.now,
    )  # fmt: skip
    assert await verified(town, ticket) == PARTNER
    assert await state_of(town) == "closed"
    assert await alerted(town) == [("other_till", ORBIT_DRIVE, "closed")]


async def says(town: Town, moderator: int, alert: int, decision: Decision) -> None:
    await town.run(
        alerts.decide, city_id=town.city.id, alert_id=alert, decision=decision, by=moderator,
        now=town.now,
    )  # fmt: skip


MOVED = replace(ORBIT, lat=54.5201, lon=36.2701)


@pytest.mark.parametrize("name", [*CONTRADICTIONS, "moved"])
async def test_what_the_city_keeps_is_not_asked_about_again(town: Town, name: str) -> None:
    """The same receipts go on coming; those at the till earn as before."""
    moderator, guest = await town.staff(Role.MODERATOR, None), await town.guest()
    await second_venue(town)
    ticket = {**CONTRADICTIONS, "moved": MOVED}[name]
    assert await verified(town, ticket) == CONTRADICTED
    await says(town, moderator, 1, Decision.KEEP)
    before = await alerted(town)
    for _ticket in range(3):
        assert await verified(town, ticket) == PARTNER
    assert await state_of(town) == "confirmed"
    assert (await alerted(town), [state for _, _, state in before]) == (before, ["kept"])
    assert await town.outbox() == [(moderator, "till_alert")]
    assert (await town.submit(guest)).state == "credited"


async def test_another_contradiction_than_the_kept_one_is_looked_into(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, CONTRADICTIONS["other_till"])
    await says(town, moderator, 1, Decision.KEEP)
    assert await verified(town, CONTRADICTIONS["another registered till"]) == CONTRADICTED
    assert await state_of(town) == "frozen"
    await says(town, moderator, 2, Decision.KEEP)
    assert await verified(town, CONTRADICTIONS["other_owner"]) == CONTRADICTED
    assert await alerted(town) == [
        ("other_till", ORBIT_DRIVE, "kept"),
        ("other_till", ORBIT_DRIVE, "kept"),
        ("other_owner", ORBIT_DRIVE, "open"),
    ]


async def test_a_drive_is_not_vouched_for_by_what_contradicts_it(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await town.write(update(FiscalDrive).values(origin="owner"))
    await verified(town, CONTRADICTIONS["other_owner"])
    await says(town, moderator, 1, Decision.KEEP)
    await verified(town, CONTRADICTIONS["other_owner"])
    origin = select(FiscalDrive.origin).where(FiscalDrive.fn == ORBIT_DRIVE)
    assert await town.rows(origin) == [("owner",)]
    await verified(town, ORBIT)
    assert await town.rows(origin) == [("receipt",)]


async def test_a_till_out_of_use_that_the_city_keeps_so_is_asked_about_once(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await town.write(update(FiscalDrive).values(state="closed"))
    await verified(town, ORBIT)
    await says(town, moderator, 1, Decision.KEEP)
    assert await verified(town, ORBIT) == PARTNER
    assert await state_of(town) == "closed"
    assert await alerted(town) == [("closed", ORBIT_DRIVE, "kept")]


async def test_an_unregistered_till_of_another_owner_is_asked_about_once(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, UNSEEN)
    other = replace(UNSEEN, seller_inn=STAGE_INN, drive=OTHER_DRIVE)
    assert (await verified(town, other)).contradicted
    await says(town, moderator, 1, Decision.KEEP)
    assert not (await verified(town, other)).contradicted
    assert await alerted(town) == [("other_owner", OTHER_DRIVE, "kept")]


async def test_another_venues_drives_are_untouched(town: Town) -> None:
    await verified(town, CONTRADICTIONS["another registered till"])
    assert await state_of(town, STAGE_DRIVE) == "confirmed"


async def confirm(town: Town, candidate_id: int, venue_id: int, by: int) -> Any:
    return await town.run(
        candidates.confirm_candidate,
        city_id=town.city.id,
        candidate_id=candidate_id,
        venue_id=venue_id,
        by=by,
        now=town.now,
    )


# and what waited


async def settled(town: Town) -> list[tuple[Any, ...]]:
    """What the job makes of the receipts that wait."""
    while await town.run(settle.settle_next, town.city, town.chain, town.now):
        pass
    return await town.rows(select(Receipt.state, Receipt.reason).order_by(Receipt.id))


async def test_what_waited_for_the_tap_earns(town: Town) -> None:
    owner, guest = await town.staff(Role.OWNER), await town.guest()
    await town.submit(guest, town.qr(drive=NEW_DRIVE))
    await verified(town, UNSEEN)
    town.clock.advance(days=13)
    assert await settled(town) == [("pending", "unknown_drive")]
    await confirm(town, 1, await town.venue(), owner)
    assert await settled(town) == [("credited", "credited")]
    await town.assert_clean()


@pytest.mark.parametrize("decision", [Decision.KEEP, Decision.CLOSE])
async def test_what_waited_for_the_citys_word(town: Town, decision: Decision) -> None:
    moderator, guest = await town.staff(Role.MODERATOR, None), await town.guest()
    await verified(town, CONTRADICTIONS["other_till"])
    await town.submit(guest)
    assert await settled(town) == [("pending", "frozen_till")]
    await town.run(
        alerts.decide, city_id=town.city.id, alert_id=1, decision=decision, by=moderator,
        now=town.now,
    )  # fmt: skip
    earned = decision is Decision.KEEP
    assert await settled(town) == [
        ("credited", "credited") if earned else ("rejected", "till_closed")
    ]
    assert await town.balance(guest) == ((10, 0, 40, 0) if earned else (0, 0, 0, 0))
    told = "receipt_credited" if earned else "receipt_rejected"
    assert await town.outbox() == [(moderator, "till_alert"), (guest, told)]
    await town.assert_clean()


@pytest.mark.parametrize("chain", [OFFLINE, Chain(("fns",), {"fns": frozenset({"ru54"})})])
async def test_what_a_closed_drive_prints_is_refused_at_once(town: Town, chain: Chain) -> None:
    """No service is asked for it, and nobody is promised points for when the venue joins."""
    moderator, guest = await town.staff(Role.MODERATOR, None), await town.guest()
    await verified(town, CONTRADICTIONS["other_till"])
    await says(town, moderator, 1, Decision.CLOSE)
    town.chain = chain
    outcome = await town.submit(guest)
    assert (outcome.state, outcome.reason, outcome.asked) == ("rejected", "till_closed", False)
    assert await town.count(ReceiptCheck) == 0
    assert await town.balance(guest) == (0, 0, 0, 0)


async def test_what_was_asked_about_is_asked_no_more_once_the_drive_is_closed(town: Town) -> None:
    town.chain = Chain(("fns",), {"fns": frozenset({"ru54"})})
    moderator, guest = await town.staff(Role.MODERATOR, None), await town.guest()
    await verified(town, CONTRADICTIONS["other_till"])
    assert (await town.submit(guest)).reason == "frozen_till"
    assert await town.count(ReceiptCheck) == 1
    await says(town, moderator, 1, Decision.CLOSE)
    assert await settled(town) == [("rejected", "till_closed")]
    assert await town.count(ReceiptCheck) == 0


async def test_a_drive_that_the_pack_has_again_earns_again(town: Town) -> None:
    moderator, guest = await town.staff(Role.MODERATOR, None), await town.guest()
    await verified(town, CONTRADICTIONS["other_till"])
    await says(town, moderator, 1, Decision.CLOSE)
    code = town.qr()
    assert (await town.submit(guest, code)).reason == "till_closed"
    await town.write(update(FiscalDrive).values(state="confirmed"))
    assert (await town.submit(guest, code)).state == "credited"
