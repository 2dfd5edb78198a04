"""The cashier's side: codes and tokens, whose they are, and how long a mistake can be undone."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.errors import NotAllowed, NotFound, Refusal
from services.members.attempts import TooMany
from services.members.models import Attempt, RoleGrant
from services.members.roles import Role
from services.rewards import counter
from services.rewards.counter import (
    CodeExpired,
    OtherVenue,
    Presented,
    RefusalReason,
    Settled,
    TooLate,
    UndoReason,
    Wrong,
    mask,
)
from services.rewards.models import Redemption, Reward
from services.rewards.redeem import OwnVenue
from tests.services.town import Town


def lookup(town: Town, cashier: int, code: str) -> Awaitable[Presented | Wrong]:
    return town.run(counter.by_code, city=town.city, cashier_id=cashier, code=code, now=town.now)


def scan(town: Town, cashier: int, token: str) -> Awaitable[Presented]:
    return town.look(counter.by_token, cashier_id=cashier, token=token, now=town.now)


async def refused(town: Town, kind: type[Refusal], attempt: Awaitable[Any]) -> Any:
    """The attempt is refused for this reason and leaves every row as it was."""
    before = await town.everything()
    with pytest.raises(kind) as caught:
        await attempt
    assert await town.everything() == before
    return caught.value


async def test_a_code_and_a_token_show_the_same(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    guest = await town.guest(200, name="Иван Петрович Сидоров")
    ticket = await town.take(guest)
    shown = await lookup(town, cashier, ticket.code)
    assert shown == await scan(town, cashier, ticket.token)
    assert isinstance(shown, Presented)
    assert (shown.id, shown.guest, shown.price) == (ticket.id, "И. П.", 120)
    assert await town.count(Attempt) == 0


@pytest.mark.parametrize(
    ("name", "masked"), [("Ann", "A."), ("anna lee wong", "A. L."), ("李 明", "李. 明.")]
)
def test_a_guest_stays_behind_a_mask(name: str, masked: str) -> None:
    assert mask(name) == masked


async def test_wrong_codes_bring_a_pause_that_a_restart_does_not_forgive(town: Town) -> None:
    cashier, guest = await town.staff(), await town.guest(200)
    ticket = await town.take(guest)
    wrong = f"{(int(ticket.code) + 1) % 10_000:04d}"
    for left in (4, 3, 2, 1, 0):
        assert await lookup(town, cashier, wrong) == Wrong(left)
        town.clock.advance(minutes=1)
    refusal = await refused(town, TooMany, lookup(town, cashier, ticket.code))
    assert refusal.until == town.now - timedelta(minutes=1) + timedelta(minutes=10)
    other = await town.staff()
    assert isinstance(await lookup(town, other, ticket.code), Presented)
    town.clock.advance(minutes=9)
    assert isinstance(await lookup(town, cashier, ticket.code), Presented)


async def test_slow_mistakes_are_forgiven(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    for _ in range(12):
        assert isinstance(await lookup(town, cashier, "0000"), Wrong)
        town.clock.advance(minutes=3)
    assert await lookup(town, cashier, "0000") == Wrong(1)


async def test_a_code_of_another_venue_is_a_wrong_code(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff(venue="milky-way")
    ticket = await town.take(await town.guest(200))
    assert await lookup(town, cashier, ticket.code) == Wrong(4)
    await refused(town, OtherVenue, scan(town, cashier, ticket.token))
    await refused(town, OtherVenue, town.confirm(cashier, ticket.id))
    await refused(town, OtherVenue, town.refuse(cashier, ticket.id))


async def test_who_works_nowhere_confirms_nothing(sqlite_town: Town) -> None:
    town = sqlite_town
    ticket = await town.take(await town.guest(200))
    for nobody in (await town.guest(), await town.staff(Role.ADMIN, None)):
        await refused(town, NotAllowed, town.confirm(nobody, ticket.id))
        await refused(town, NotAllowed, town.refuse(nobody, ticket.id))
        await refused(town, NotAllowed, town.undo(nobody, ticket.id))
        await refused(town, NotAllowed, scan(town, nobody, ticket.token))


async def test_a_role_taken_away_counts_at_once(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    ticket = await town.take(await town.guest(200))
    await town.write(update(RoleGrant).values(revoked_at=town.now))
    await refused(town, NotAllowed, town.confirm(cashier, ticket.id))


async def test_nobody_serves_himself(sqlite_town: Town) -> None:
    """Hired after he took it: even then another person confirms."""
    town = sqlite_town
    guest = await town.guest(200)
    ticket = await town.take(guest)
    await town.accept(guest, await town.invite())
    await refused(town, OwnVenue, lookup(town, guest, ticket.code))
    await refused(town, OwnVenue, town.confirm(guest, ticket.id))
    await refused(town, OwnVenue, town.refuse(guest, ticket.id))
    await town.confirm(await town.staff(), ticket.id)
    await refused(town, OwnVenue, town.undo(guest, ticket.id))


async def test_a_token_nobody_has(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    await refused(town, NotFound, scan(town, cashier, "guessed"))
    await refused(town, NotFound, town.confirm(cashier, 4242))


async def test_each_end_is_told_truly(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier = await town.staff()
    guest = await town.guest(1000)
    ends = {"released": town.cancel, "refused": town.refuse, "confirmed": town.confirm}
    for state, end in ends.items():
        ticket = await town.take(guest)
        await end(guest if state == "released" else cashier, ticket.id)
        for again in (town.confirm, town.refuse):
            refusal = await refused(town, Settled, again(cashier, ticket.id))
            assert (refusal.state, refusal.at) == (state, town.now)
    ticket = await town.take(guest)
    town.clock.advance(minutes=15)
    await refused(town, CodeExpired, town.confirm(cashier, ticket.id))
    await refused(town, CodeExpired, scan(town, cashier, ticket.token))
    assert await lookup(town, cashier, ticket.code) == Wrong(4)
    await town.expire()
    await refused(town, CodeExpired, town.confirm(cashier, ticket.id))
    await refused(town, CodeExpired, town.refuse(cashier, ticket.id))
    await town.assert_clean()


async def test_a_refusal_gives_everything_back_and_says_why(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier, guest = await town.staff(), await town.guest(200)
    ticket = await town.take(guest)
    await town.refuse(cashier, ticket.id)
    assert await town.balance(guest) == (200, 0, 0, 0)
    assert await town.taken() == 0
    row = select(Redemption.state, Redemption.settled_by, Redemption.reason)
    assert await town.rows(row) == [("refused", cashier, RefusalReason.OUT_OF_STOCK)]
    assert await town.outbox() == [(guest, "redemption_refused")]
    await town.assert_clean()


async def test_an_undo_within_five_minutes(town: Town) -> None:
    cashier, guest = await town.staff(), await town.guest(200)
    ticket = await town.take(guest)
    await town.confirm(cashier, ticket.id)
    assert await town.balance(guest) == (80, 0, 0, 0)
    town.clock.advance(minutes=4, seconds=59)
    await town.undo(cashier, ticket.id)
    assert await town.balance(guest) == (200, 0, 0, 0)
    assert await town.taken() == 0
    row = select(Redemption.state, Redemption.reason)
    assert await town.rows(row) == [("undone", UndoReason.MISTAKE)]
    await town.assert_clean()


async def test_an_undo_too_late(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier, guest = await town.staff(), await town.guest(200)
    ticket = await town.take(guest)
    refusal = await refused(town, Settled, town.undo(cashier, ticket.id))
    assert refusal.state == "held"
    await town.confirm(cashier, ticket.id)
    town.clock.advance(minutes=5)
    await refused(town, TooLate, town.undo(cashier, ticket.id))
    await town.assert_clean()


async def test_the_owners_day(sqlite_town: Town) -> None:
    town = sqlite_town
    owner, cashier = await town.staff(Role.OWNER), await town.staff()
    venue, start = await town.venue(), town.now
    guest = await town.guest(1000)
    for end in (town.confirm, town.confirm, town.refuse):
        await end(cashier, (await town.take(guest)).id)
    await town.undo(cashier, 1)
    await town.submit(guest)
    await town.submit(await town.guest(), town.qr(99))
    day = await town.look(counter.today, venue_id=venue, owner_id=owner, start=start)
    assert (day.redemptions, day.points, day.refused) == (1, 120, 1)
    assert (day.receipts, day.turnover) == (1, 100_000)
    for nobody in (cashier, guest, await town.staff(Role.OWNER, "milky-way")):
        attempt = town.look(counter.today, venue_id=venue, owner_id=nobody, start=start)
        await refused(town, NotAllowed, attempt)
    town.clock.advance(minutes=6)
    listed = await town.look(
        counter.confirmed_since,
        city=town.city,
        venue_id=venue,
        staff_id=cashier,
        start=start,
        now=town.now,
    )
    assert [(each.id, each.price, each.can_undo) for each in listed] == [(2, 120, False)]


async def test_the_audit_sees_a_redemption_that_does_not_fit(sqlite_town: Town) -> None:
    town = sqlite_town
    cashier, guest = await town.staff(), await town.guest(1000)
    ticket = await town.take(guest)
    for planted, found in (
        ({"state": "confirmed"}, ["confirmed for 120: transfer pending of 120"]),
        ({"price": 1}, ["held for 1: transfer pending of 120"]),
    ):
        await town.write(update(Redemption).values(**planted))
        assert await town.findings() == found
        await town.write(update(Redemption).values(state="held", price=120))
    await town.confirm(cashier, ticket.id)
    for planted, found in (
        ({"taken": 0}, ["taken 0, redemptions 1, stock 300"]),
        ({"taken": 1, "stock": 0}, ["taken 1, redemptions 1, stock 0"]),
    ):
        await town.write(update(Reward).where(Reward.slug == "orbita-raf").values(**planted))
        assert await town.findings() == found
    await town.write(update(Reward).values(stock=300))
    await town.assert_clean()
