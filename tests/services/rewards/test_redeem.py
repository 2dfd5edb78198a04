"""A guest takes a reward and lets it go: terms, windows, limits, and what a refusal leaves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities.models import Partner, Venue
from services.errors import NotFound, Refusal
from services.ledger import NotEnough
from services.members.roles import Role
from services.rewards import catalogue, redeem
from services.rewards.models import Redemption, Reward
from services.rewards.redeem import Ended, GuestLimit, OutsideWindow, OwnVenue, SoldOut
from tests.services.town import Town

MORNING = {"days": [0, 1, 2, 3, 4], "from": "08:00", "until": "12:00"}


async def refused(town: Town, kind: type[Refusal], guest: int, slug: str = "orbita-raf") -> Any:
    """Taking is refused for this reason and leaves every row as it was."""
    before = await town.everything()
    with pytest.raises(kind) as caught:
        await town.take(guest, slug)
    assert await town.everything() == before
    return caught.value


async def test_a_reward_is_held_and_let_go(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest(200)
    ticket = await town.take(guest)
    assert (ticket.price, ticket.currency, ticket.state) == (120, "points", "held")
    assert ticket.expires_at == town.now + timedelta(minutes=15)
    assert len(ticket.code) == 4
    assert await town.look(redeem.held, guest, town.now) == [ticket]
    assert await town.balance(guest) == (80, 120, 0, 0)
    await town.cancel(guest, ticket.id)
    assert await town.balance(guest) == (200, 0, 0, 0)
    assert await town.taken() == 0
    assert await town.look(redeem.held, guest, town.now) == []
    row = select(Redemption.state, Redemption.settled_at, Redemption.settled_by)
    assert await town.rows(row) == [("released", town.now, guest)]
    assert await town.outbox() == []
    closed_at = town.now
    town.clock.advance(minutes=1)
    with pytest.raises(Ended) as caught:
        await town.cancel(guest, ticket.id)
    assert (caught.value.state, caught.value.at) == ("released", closed_at)
    await town.assert_clean()


async def test_what_keeps_a_guest_from_taking(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest(119)
    refusal = await refused(town, NotEnough, guest)
    assert (refusal.available, refusal.needed) == (119, 120)
    await town.give(guest, 500)
    await town.reward(stock=0)
    await refused(town, SoldOut, guest)
    await town.reward(stock=None, per_guest=1)
    ticket = await town.take(guest)
    assert (await refused(town, GuestLimit, guest)).limit == 1
    await town.cancel(guest, ticket.id)
    await town.take(guest)
    await town.assert_clean()


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Reward, {"active": False}),
        (Reward, {"starts_on": date(2026, 11, 23)}),
        (Reward, {"ends_on": date(2026, 11, 21)}),
        (Venue, {"state": "suspended"}),
        (Partner, {"active": False}),
    ],
)
async def test_what_is_not_on_offer(sqlite_town: Town, table: type, values: Any) -> None:
    town = sqlite_town
    guest = await town.guest(200)
    await town.write(update(table).values(**values))
    await refused(town, NotFound, guest)
    day = town.now.date()
    assert await town.look(catalogue.offered, city_id=town.city.id, day=day) == []


async def test_the_last_day_ends_at_the_citys_midnight(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest(500)
    await town.reward(ends_on=date(2026, 11, 22))
    town.clock.advance(hours=11, minutes=59)
    assert town.now == datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
    await town.take(guest)
    town.clock.advance(minutes=1)
    await refused(town, NotFound, guest)


@pytest.mark.parametrize(
    ("utc", "opens"),
    [
        (datetime(2026, 11, 22, 6, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 27, 21, 30, tzinfo=UTC), False),
    ],
)
async def test_a_window_is_by_the_citys_clock(
    sqlite_town: Town, utc: datetime, opens: bool
) -> None:
    """Weekdays from 8 to 12 in Kaluga are 5 to 9 UTC."""
    town = sqlite_town
    guest = await town.guest(200)
    await town.reward(window=MORNING)
    town.clock.advance(seconds=(utc - town.now).total_seconds())
    assert catalogue.open_now(MORNING, utc, town.city.timezone) is opens
    if opens:
        await town.take(guest)
    else:
        assert (await refused(town, OutsideWindow, guest)).window == MORNING


async def test_staff_take_elsewhere_only(sqlite_town: Town) -> None:
    town = sqlite_town
    for role in (Role.CASHIER, Role.OWNER):
        staff = await town.staff(role)
        await town.give(staff, 300)
        await refused(town, OwnVenue, staff)
        await town.take(staff, "milky-way-dough")
    admin = await town.staff(Role.ADMIN, None)
    await town.give(admin, 300)
    await town.take(admin)
    await town.assert_clean()


async def test_anothers_ticket_is_not_there(sqlite_town: Town) -> None:
    town = sqlite_town
    guest, other = await town.guest(200), await town.guest()
    ticket = await town.take(guest)
    before = await town.everything()
    for attempt in (town.cancel(other, ticket.id), town.look(redeem.ticket, other, ticket.id)):
        with pytest.raises(NotFound):
            await attempt
    assert await town.everything() == before


async def test_a_code_lapses_to_the_minute(town: Town) -> None:
    guest = await town.guest(200)
    ticket = await town.take(guest)
    town.clock.advance(minutes=14, seconds=59)
    await town.expire()
    assert await town.state(ticket.id) == "held"
    town.clock.advance(seconds=1)
    assert await town.look(redeem.held, guest, town.now) == []
    await town.expire()
    assert await town.state(ticket.id) == "expired"
    assert await town.balance(guest) == (200, 0, 0, 0)
    assert await town.taken() == 0
    assert await town.outbox() == [(guest, "redemption_expired")]
    await town.assert_clean()


async def test_the_rest_lapses_after_a_long_stop(sqlite_town: Town) -> None:
    """Nothing ran for a day: every code is let go at the first look, each told once."""
    town = sqlite_town
    guests = [await town.guest(200) for _ in range(5)]
    for guest in guests:
        await town.take(guest)
    town.clock.advance(days=1)
    await town.expire()
    await town.expire()
    assert await town.outbox() == [(guest, "redemption_expired") for guest in guests]
    assert [await town.balance(guest) for guest in guests] == [(200, 0, 0, 0)] * 5
    await town.assert_clean()


async def test_points_that_end_while_they_are_held_come_back(sqlite_town: Town) -> None:
    """They live on for the days of grace, however little was left of them."""
    town = sqlite_town
    guest = await town.guest(120)
    town.clock.advance(days=364, hours=23, minutes=50)
    ticket = await town.take(guest)
    town.clock.advance(minutes=12)
    await town.cancel(guest, ticket.id)
    assert await town.balance(guest) == (120, 0, 0, 0)
    await town.assert_clean()


async def test_merits_are_a_purse_of_their_own(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest(1000)
    await town.reward(currency="merits")
    refusal = await refused(town, NotEnough, guest)
    assert (refusal.available, refusal.needed) == (0, 120)


async def test_the_catalogue(sqlite_town: Town) -> None:
    town = sqlite_town
    day = town.now.date()
    await town.reward("orbita-cookie", stock=0)
    venue = await town.venue()
    shown = await town.look(catalogue.offered, city_id=town.city.id, day=day, venue_id=venue)
    assert [each.left == 0 for each in shown] == [False, False, True]
    assert [each.price for each in shown[:2]] == sorted(each.price for each in shown[:2])
    affordable = await town.look(
        catalogue.offered, city_id=town.city.id, day=day, at_most=100, currency="points"
    )
    assert {each.currency for each in affordable} == {"points"}
    assert all(each.price <= 100 and each.left != 0 for each in affordable)
    venues = await town.look(catalogue.venues_with_rewards, city_id=town.city.id, day=day)
    assert [(each.kind, each.rewards) for each in venues][:2] == [("cafe", 3), ("restaurant", 4)]
    elsewhere = await town.look(catalogue.offered, city_id=town.city.id + 1, day=day)
    assert elsewhere == []
