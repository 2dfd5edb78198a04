"""Receipts from unknown tills: what becomes of them once the till is known, or never is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from services.cities.models import FiscalDrive, Till, Venue
from services.delivery.models import OutboxMessage
from services.members import privacy
from services.receipts import settle
from services.receipts.models import Receipt
from services.receipts.verdict import Reason
from tests.services.town import UNKNOWN_DRIVE, Town, at_once


async def step(town: Town) -> bool:
    """One step of the job."""
    done: bool = await town.run(settle.settle_next, town.city, town.chain, town.now)
    return done


async def settle_all(town: Town) -> None:
    while await step(town):
        pass


async def joins(town: Town, drive: str = UNKNOWN_DRIVE, state: str = "confirmed") -> None:
    """The drive turns out to stand in the Orbit."""
    venue = await town.venue()
    ((till,),) = await town.rows(select(Till.id).where(Till.venue_id == venue))
    await town.write(insert(FiscalDrive).values({"fn": drive, "till_id": till, "state": state}))


async def states(town: Town) -> list[tuple[Any, ...]]:
    query = select(Receipt.state, Receipt.reason, Receipt.points)
    return await town.rows(query.order_by(Receipt.id))


async def told(town: Town) -> list[tuple[Any, ...]]:
    query = select(OutboxMessage.kind, OutboxMessage.facts).order_by(OutboxMessage.id)
    return await town.rows(query)


def unknown(town: Town, **fields: Any) -> Any:
    return town.qr(drive=UNKNOWN_DRIVE, **fields)


async def test_credited_to_the_last_field_when_its_till_is_known(town: Town) -> None:
    guest = await town.guest()
    sent = town.now
    await town.submit(guest, unknown(town))
    assert await step(town) is False
    assert await told(town) == []
    town.clock.advance(days=5)
    await joins(town)
    assert await step(town) is True
    assert await step(town) is False
    assert await states(town) == [("credited", "credited", 50)]
    venue = await town.venue()
    assert await town.rows(select(Receipt.venue_id, Receipt.submitted_at)) == [(venue, sent)]
    assert await town.balance(guest) == (10, 0, 40, 0)
    ((kind, facts),) = await told(town)
    assert kind == "receipt_credited"
    assert facts == {
        "venue": {
            "ru": "Демо-кофейня «Орбита»",
            "en": "Demo café “Orbit”",
            "zh": "演示咖啡馆“轨道”",
        },
        "total": 100_000,
        "base": 100_000,
        "points_now": 10,
        "points_later": 40,
        "debt_paid": 0,
        "debt": 0,
        "at": town.now.isoformat(),
        "matures_at": (town.now + timedelta(days=7)).isoformat(),
    }
    assert await town.outbox() == [(guest, "receipt_credited")]
    assert await town.moves("receipt") == [("submit", "pending"), ("settle", "credited")]
    await town.assert_clean()


async def test_two_settlers_at_once(town: Town) -> None:
    guests = [await town.guest() for _ in range(3)]
    for guest in guests:
        await town.submit(guest, unknown(town))
    await joins(town)
    _done, refused = await at_once(*(step(town) for _ in range(8)))
    assert refused == []
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50)] * 3
    assert sorted(await town.outbox()) == [(guest, "receipt_credited") for guest in guests]
    assert [await town.balance(guest) for guest in guests] == [(10, 0, 40, 0)] * 3
    assert (await town.moves("receipt")).count(("settle", "credited")) == 3
    await town.assert_clean()


async def test_a_candidate_or_closed_venue_is_waited_for(town: Town) -> None:
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    await joins(town, state="candidate")
    before = await town.everything()
    assert await step(town) is False
    assert await town.everything() == before
    await town.write(update(FiscalDrive).values(state="confirmed"))
    await town.close_venue()
    assert await step(town) is False
    await town.write(update(Venue).values(state="active"))
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50)]


async def test_the_table_judges_as_of_the_moment_it_was_sent(town: Town) -> None:
    """Ten days later it is not too old, and the day of its limits is the day it was sent."""
    town.rules("limits", per_day_per_guest=1, minutes_between=0)
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    town.clock.advance(days=10)
    await town.submit(guest)
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50)] * 2
    await town.assert_clean()


async def test_a_purchase_before_the_venue_joined_earns_as_promised(town: Town) -> None:
    """The guest was told that the points come as soon as the venue joins."""
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    town.clock.advance(days=1)
    await joins(town)
    await town.write(update(Venue).values(joined_on=town.now.date()))
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50)]
    ((kind, facts),) = await told(town)
    assert kind == "receipt_credited"
    assert facts["venue"]["en"] == "Demo café “Orbit”"
    assert await town.moves("receipt") == [("submit", "pending"), ("settle", "credited")]
    await town.assert_clean()


async def test_a_venues_limit_counts_whatever_was_sent_meanwhile(town: Town) -> None:
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    await town.submit(guest)
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("rejected", "venue_limit", 0), ("credited", "credited", 50)]


async def test_two_of_one_venue_and_day(town: Town) -> None:
    guest = await town.guest()
    for _ in range(2):
        await town.submit(guest, unknown(town))
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50), ("rejected", "venue_limit", 0)]
    assert [kind for kind, _ in await told(town)] == ["receipt_credited", "receipt_rejected"]


async def test_what_needs_a_person_goes_on_to_one(town: Town) -> None:
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    await joins(town)
    grants = await town.invite()
    await town.accept(guest, grants)
    await settle_all(town)
    assert await states(town) == [("pending", "own_venue", 0)]
    assert await told(town) == []


async def test_a_number_that_earned_meanwhile_is_taken(town: Town) -> None:
    """Two signs sent at the same moment; one of them was credited before the other was settled."""
    guest, other = await town.guest(), await town.guest()
    qr = unknown(town)
    await town.submit(guest, qr)
    await town.submit(other, replace(qr, sign=666))
    await town.write(
        update(Receipt)
        .where(Receipt.member_id == other)
        .values(state="credited", reason="credited")
    )
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("rejected", "taken", 0), ("credited", "credited", 0)]
    assert await town.outbox() == [(guest, "receipt_rejected")]
    assert await town.balance(guest) == (0, 0, 0, 0)
    await town.assert_clean()


@pytest.mark.parametrize(
    ("joined", "expected"),
    [(False, Reason.NEVER_KNOWN), (True, Reason.VENUE_CLOSED)],
)
async def test_nobody_waits_for_ever(town: Town, joined: bool, expected: Reason) -> None:
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    if joined:
        await joins(town)
        await town.close_venue()
    town.clock.advance(days=14)
    assert await step(town) is False
    town.clock.advance(seconds=1)
    await settle_all(town)
    assert await states(town) == [("rejected", expected, 0)]
    assert await town.outbox() == [(guest, "receipt_rejected")]
    await town.assert_clean()


async def test_a_guest_who_left_is_neither_credited_nor_told(town: Town) -> None:
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    await joins(town)
    await town.run(privacy.delete_member, guest, town.now)
    before = await town.everything()
    assert await step(town) is False
    town.clock.advance(days=30)
    assert await step(town) is False
    assert await town.everything() == before


async def test_what_waits_is_found_by_its_index(sqlite_town: Town) -> None:
    """A partial index is of no use to a statement that binds the state."""
    town = sqlite_town
    query = settle._next(town.city.id, settle.WAITING_FOR_TILLS, Receipt.submitted_at < town.now)
    compiled = query.compile(
        town.database.engine.sync_engine, compile_kwargs={"render_postcompile": True}
    )
    bound = tuple(str(compiled.params[name]) for name in compiled.positiontup or ())
    async with town.database.reading() as tx:
        plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound)
        assert "ix_receipt_pending" in str(plan.all())


async def test_the_months_limit_counts_what_was_credited_while_it_waited(town: Town) -> None:
    town.rules("limits", points_per_month=60)
    guest = await town.guest()
    await town.submit(guest, unknown(town))
    town.clock.advance(days=2)
    assert (await town.submit(guest)).state == "credited"
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 10), ("credited", "credited", 50)]


async def test_the_months_limit_leaves_the_next_month_alone(town: Town) -> None:
    town.rules("limits", points_per_month=60)
    guest = await town.guest()
    town.clock.advance(days=8)
    await town.submit(guest, unknown(town))
    town.clock.advance(days=2)
    assert (await town.submit(guest)).state == "credited"
    await joins(town)
    await settle_all(town)
    assert await states(town) == [("credited", "credited", 50), ("credited", "credited", 50)]
