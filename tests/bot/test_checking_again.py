"""A document that a service has found, sent once more: what was found counts, not what is said."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities.models import FiscalDrive, Partner, Till, Venue
from services.database import Database
from services.members.roles import Role
from services.receipts import claims, settle
from services.receipts.models import Receipt
from services.receipts.slip import Slip
from services.receipts.verifiers.contract import Answer, Question, Verified
from tests.bot.test_checking import Desk
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, item, ticket_of
from tests.services.receipts.sightings import ORBIT_INN, ORBIT_TILL, STRANGER
from tests.services.town import ORBIT_DRIVE, UNKNOWN_DRIVE, Town, town_of

SELLER = "500100732259"


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


def local(town: Town, moment: datetime) -> datetime:
    return moment.astimezone(town.city.timezone).replace(tzinfo=None, second=0)


async def joins(town: Town, inn: str, drive: str) -> None:
    """The Orbit is the seller with this number, and this drive is in its till."""
    await town.write(update(Partner).where(Partner.inn == ORBIT_INN).values(inn=inn))
    await town.write(
        update(FiscalDrive).where(FiscalDrive.fn == ORBIT_DRIVE).values({FiscalDrive.fn: drive})
    )


def of_a_stranger(question: Question) -> Answer:
    return Verified(ticket_of(question.slip, seller_inn=STRANGER, registration=None, serial=None))


async def test_an_old_purchase_with_a_new_time_earns_nothing(town: Town) -> None:
    """Bought at a venue two months before it joined; the code is sent again with today's time."""
    service = Scripted(answer=of_a_stranger)
    desk = Desk(town, ("fns", "tills"), service)
    guest = await town.guest()
    qr = town.qr(5000, drive=UNKNOWN_DRIVE)
    await town.submit(guest, qr)
    await desk.round()
    assert await desk.states() == [("rejected", "not_a_partner")]
    town.clock.advance(days=60)
    await joins(town, STRANGER, UNKNOWN_DRIVE)
    for minutes in (0, 5, 60):
        forged = replace(qr, purchased=local(town, town.now - timedelta(minutes=minutes)))
        for who in (guest, await town.guest()):
            outcome = await town.submit(who, forged)
            assert (outcome.state, outcome.reason) == ("rejected", "mismatch")
            assert await town.balance(who) == (0, 0, 0, 0)
    assert (await town.submit(guest, qr)).reason == "old", "as it was, it is too old"
    assert len(service.asked) == 1
    await town.assert_clean()


async def test_a_time_that_the_service_does_not_tell_is_the_codes_alone(town: Town) -> None:
    def answer(question: Question) -> Answer:
        return Verified(ticket_of(question.slip, purchased=None))

    desk = Desk(town, ("fns",), Scripted(answer=answer))
    await town.submit(await town.guest(), town.qr(1000))
    await desk.round()
    assert await desk.states() == [("credited", "credited")]


async def test_who_mistyped_the_minute_earns_with_the_true_one(town: Town) -> None:
    qr = town.qr(1000)

    def answer(question: Question) -> Answer:
        return Verified(ticket_of(question.slip, purchased=qr.purchased))

    desk = Desk(town, ("fns",), Scripted(answer=answer))
    guest = await town.guest()
    await town.submit(guest, replace(qr, purchased=qr.purchased - timedelta(minutes=1)))
    await desk.round()
    assert await desk.states() == [("rejected", "mismatch")]
    assert (await town.submit(guest, qr)).state == "credited"
    assert await town.balance(guest) == (10, 0, 40, 0)


async def self_employed(town: Town, bought: datetime, total: int = 500_000) -> Desk:
    """The Orbit is a self-employed seller, whose service knows of one receipt."""
    await joins(town, SELLER, SELLER)
    await town.write(
        update(Till).where(Till.registration == ORBIT_TILL).values(registration=SELLER)
    )

    def answer(question: Question) -> Answer:
        return Verified(
            ticket_of(
                question.slip, total=total, ecash=total, purchased=local(town, bought),
                seller_inn=SELLER, registration=None, serial=None, items=(item(total),),
            )
        )  # fmt: skip

    return Desk(town, ("tills", "npd"), Scripted("npd", answer, frozenset({"npd"})))


SLIP = Slip("npd", f"npd:{SELLER}:200abcdefg", "", SELLER, None, None, "RUB", 1, False)


async def kept(town: Town) -> list[tuple[Any, ...]]:
    return await town.rows(
        select(Receipt.state, Receipt.reason, Receipt.total, Receipt.purchased_at).order_by(
            Receipt.id
        )
    )


async def test_an_old_receipt_of_a_self_employed_seller_stays_old(town: Town) -> None:
    bought = town.now - timedelta(days=30)
    desk = await self_employed(town, bought)
    guest = await town.guest()
    assert (await town.hand_in(guest, SLIP)).reason == "checking"
    await desk.round()
    refused = ("rejected", "old", 500_000, bought)
    assert await kept(town) == [refused]
    for who in (guest, await town.guest()):
        again = await town.hand_in(who, SLIP)
        assert (again.state, again.reason, again.total) == ("rejected", "old", 500_000)
        assert await town.balance(who) == (0, 0, 0, 0)
    assert await kept(town) == [refused, refused]
    assert len(desk.verifiers["npd"].asked) == 1


async def test_a_small_one_stays_small(town: Town) -> None:
    desk = await self_employed(town, town.now, total=5_000)
    guest = await town.guest()
    await town.hand_in(guest, SLIP)
    await desk.round()
    assert [row[:3] for row in await kept(town)] == [("rejected", "small", 5_000)]
    assert (await town.hand_in(guest, SLIP)).reason == "small"


async def test_a_known_one_earns_with_its_sum_and_time(town: Town) -> None:
    """It was refused while its venue rested; its sum is known when it is sent again."""
    bought = town.now - timedelta(hours=1)
    desk = await self_employed(town, bought)
    guest = await town.guest()
    await town.hand_in(guest, SLIP)
    await town.close_venue()
    await desk.round()
    assert await desk.states() == [("rejected", "venue_closed")]
    await town.write(update(Venue).where(Venue.slug == "orbita").values(state="active"))
    outcome = await town.hand_in(guest, SLIP)
    assert (outcome.state, outcome.total, outcome.points_now, outcome.points_later) == (
        "credited", 500_000, 50, 200,
    )  # fmt: skip
    assert (await kept(town))[-1] == ("credited", "credited", 500_000, bought)


async def test_who_wins_one_that_was_not_known_yet_is_told_of_its_sum(town: Town) -> None:
    """Refused as another's before the service has answered, then given to the second guest."""
    bought = town.now - timedelta(hours=1)
    desk = await self_employed(town, bought)
    first, second = await town.guest(), await town.guest()
    team = await town.staff(Role.MODERATOR, None)
    hers, his = [(await town.hand_in(who, SLIP)).id for who in (first, second)]
    assert his is not None
    await desk.round()
    case = await town.run(claims.claim, town.city, second, his, town.now)
    await town.run(claims.give, city=town.city, case_id=case, against=hers, by=team, now=town.now)
    assert await town.run(settle.settle_next, town.city, town.chain, town.now)
    assert await kept(town) == [
        ("reversed", "claimed", 500_000, bought),
        ("credited", "credited", 500_000, bought),
    ]
    await town.assert_clean()
