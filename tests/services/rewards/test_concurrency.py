"""Everybody at once, on separate connections: one outcome, nothing lost, a clean audit."""

import random
from datetime import timedelta

import pytest

from services.ledger import NotEnough
from services.rewards import counter, redeem
from services.rewards.counter import CodeExpired, Settled
from services.rewards.models import Redemption
from services.rewards.redeem import Ended, GuestLimit, SoldOut
from tests.services.town import Town, at_once

PRICE = 120


def kinds(refused: list[Exception]) -> list[type[Exception]]:
    return sorted({type(each) for each in refused}, key=str)


async def test_two_taps_take_one_reward(town: Town) -> None:
    guest = await town.guest(PRICE)
    reward = await town.reward()
    done, refused = await at_once(*(town.take_id(guest, reward) for _ in range(8)))
    assert (len(done), len(refused)) == (1, 7)
    assert [(each.available, each.needed) for each in refused] == [(0, PRICE)] * 7
    assert await town.balance(guest) == (0, PRICE, 0, 0)
    assert await town.taken() == 1
    assert await town.moves() == [("take", "held")]
    assert await town.outbox() == []
    await town.assert_clean()


async def test_parallel_spends_from_one_balance(town: Town) -> None:
    """Different rewards, one balance: bought one after another or not at all."""
    guest = await town.guest(200)
    wanted = [("orbita-raf", 120), ("constellation-badge", 100), ("milky-way-dough", 150)]
    ids = [await town.reward(slug) for slug, _ in wanted]
    done, refused = await at_once(*(town.take_id(guest, reward) for reward in ids * 3))
    assert kinds(refused) == [NotEnough]
    assert len(done) + len(refused) == 9
    held = sum(ticket.price for ticket in done)
    assert held in (120, 150, 200)
    assert await town.balance(guest) == (200 - held, held, 0, 0)
    assert sum([await town.taken(slug) for slug, _ in wanted]) == len(done)
    assert await town.moves() == [("take", "held")] * len(done)
    await town.assert_clean()


async def test_two_cashiers_one_voucher(town: Town) -> None:
    guest = await town.guest(200)
    cashiers = [await town.staff() for _ in range(4)]
    ticket = await town.take(guest)
    done, refused = await at_once(*(town.confirm(each, ticket.id) for each in cashiers * 2))
    assert (len(done), kinds(refused)) == (1, [Settled])
    assert [(each.state, each.at) for each in refused] == [("confirmed", town.now)] * 7
    assert await town.state(ticket.id) == "confirmed"
    assert await town.balance(guest) == (80, 0, 0, 0)
    assert await town.taken() == 1
    assert await town.moves() == [("take", "held"), ("confirm", "confirmed")]
    assert await town.outbox() == [(guest, "redemption_confirmed")]
    await town.assert_clean()


async def test_confirm_and_refuse_race(town: Town) -> None:
    guest = await town.guest(200)
    cashier, other = await town.staff(), await town.staff()
    ticket = await town.take(guest)
    done, refused = await at_once(town.confirm(cashier, ticket.id), town.refuse(other, ticket.id))
    assert (len(done), kinds(refused)) == (1, [Settled])
    state = await town.state(ticket.id)
    verb = {"confirmed": "confirm", "refused": "refused"}[state]
    assert refused[0].state == state
    assert await town.moves() == [("take", "held"), (verb, state)]
    assert await town.outbox() == [(guest, f"redemption_{state}")]
    spent, taken = (PRICE, 1) if state == "confirmed" else (0, 0)
    assert await town.balance(guest) == (200 - spent, 0, 0, 0)
    assert await town.taken() == taken
    await town.assert_clean()


async def test_confirm_and_cancel_race(town: Town) -> None:
    cashier = await town.staff()
    for seed in range(6):
        guest = await town.guest(PRICE)
        before = await town.taken()
        ticket = await town.take(guest)
        attempts = [town.confirm(cashier, ticket.id), town.cancel(guest, ticket.id)]
        random.Random(seed).shuffle(attempts)
        done, refused = await at_once(*attempts)
        assert len(done) == 1
        state = await town.state(ticket.id)
        lost = {"confirmed": [Ended], "released": [Settled]}
        assert kinds(refused) == lost[state]
        spent, taken = (PRICE, 1) if state == "confirmed" else (0, 0)
        assert await town.balance(guest) == (PRICE - spent, 0, 0, 0)
        assert await town.taken() == before + taken
        told = [kind for who, kind in await town.outbox() if who == guest]
        assert told == (["redemption_confirmed"] if taken else [])
    assert len(await town.moves()) == 12
    await town.assert_clean()


@pytest.mark.parametrize("first", ["confirm", "expire"])
async def test_confirm_and_expire_race(town: Town, first: str) -> None:
    """Two processes whose clocks stand on either side of the last second."""
    cashier = await town.staff()
    guest = await town.guest(PRICE)
    ticket = await town.take(guest)
    end = ticket.expires_at
    confirm = town.run(
        counter.confirm,
        token=ticket.token,
        cashier_id=cashier,
        now=end - timedelta(milliseconds=1),
    )
    expire = town.run(redeem.expire_next, end)
    pair = (confirm, expire) if first == "confirm" else (expire, confirm)
    _, refused = await at_once(*pair)
    state = await town.state(ticket.id)
    if state == "confirmed":
        assert refused == []
        assert await town.balance(guest) == (0, 0, 0, 0)
        assert await town.taken() == 1
    else:
        assert (state, kinds(refused)) == ("expired", [CodeExpired])
        assert await town.balance(guest) == (PRICE, 0, 0, 0)
        assert await town.taken() == 0
    assert await town.outbox() == [(guest, f"redemption_{state}")]
    assert len(await town.moves()) == 2
    await town.assert_clean()


async def test_undo_twice(town: Town) -> None:
    cashier, other = await town.staff(), await town.staff()
    guest = await town.guest(PRICE)
    ticket = await town.take(guest)
    await town.confirm(cashier, ticket.id)
    done, refused = await at_once(*(town.undo(each, ticket.id) for each in (cashier, other) * 3))
    assert (len(done), kinds(refused)) == (1, [Settled])
    assert {each.state for each in refused} == {"undone"}
    assert await town.balance(guest) == (PRICE, 0, 0, 0)
    assert await town.taken() == 0
    assert await town.moves() == [("take", "held"), ("confirm", "confirmed"), ("undo", "undone")]
    assert await town.outbox() == [(guest, "redemption_confirmed"), (guest, "redemption_undone")]
    await town.assert_clean()


async def test_last_piece_of_stock_for_two_guests(town: Town) -> None:
    guests = [await town.guest(PRICE) for _ in range(6)]
    reward = await town.reward(stock=2)
    done, refused = await at_once(*(town.take_id(guest, reward) for guest in guests))
    assert (len(done), kinds(refused)) == (2, [SoldOut])
    assert await town.taken() == 2
    balances = sorted([await town.balance(guest) for guest in guests])
    assert balances == [(0, PRICE, 0, 0)] * 2 + [(PRICE, 0, 0, 0)] * 4
    assert await town.moves() == [("take", "held")] * 2
    await town.assert_clean()


async def test_per_guest_limit_under_two_taps(town: Town) -> None:
    guest = await town.guest(10 * PRICE)
    reward = await town.reward(per_guest=2)
    done, refused = await at_once(*(town.take_id(guest, reward) for _ in range(6)))
    assert (len(done), kinds(refused)) == (2, [GuestLimit])
    assert {each.limit for each in refused} == {2}
    assert await town.balance(guest) == (8 * PRICE, 2 * PRICE, 0, 0)
    assert await town.taken() == 2
    await town.assert_clean()


async def test_codes_are_unique_while_held(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four codes in all: four guests hold four different ones, the fifth waits for a free one."""
    monkeypatch.setattr("services.rewards.redeem._CODES", 4)
    monkeypatch.setattr("services.rewards.redeem._TRIES", 200)
    guests = [await town.guest(PRICE) for _ in range(4)]
    late = await town.guest(PRICE)
    reward = await town.reward()
    done, refused = await at_once(*(town.take_id(guest, reward) for guest in guests))
    assert refused == []
    assert sorted(ticket.code for ticket in done) == ["0000", "0001", "0002", "0003"]
    _, refused = await at_once(town.take_id(late, reward))
    assert kinds(refused) == [SoldOut]
    assert await town.balance(late) == (PRICE, 0, 0, 0)
    assert await town.taken() == 4
    freed = done[0]
    await town.cancel(guests[0], freed.id)
    assert (await town.take_id(late, reward)).code == freed.code
    assert await town.count(Redemption, Redemption.code == freed.code) == 2
    await town.assert_clean()


async def test_a_guest_takes_while_a_cashier_confirms(town: Town) -> None:
    """Nobody waits for somebody who waits for him."""
    cashier = await town.staff()
    guest = await town.guest(40 * 30)
    cookie = await town.reward("orbita-cookie", per_guest=None)
    for _ in range(8):
        ticket = await town.take_id(guest, cookie)
        done, refused = await at_once(
            town.take_id(guest, cookie), town.confirm(cashier, ticket.id), town.submit(guest)
        )
        assert (len(done), refused) == (3, [])
    available, held, maturing, debt = await town.balance(guest)
    assert (held, debt) == (8 * 30, 0)
    assert available == 40 * 30 - 16 * 30 + 10
    assert maturing == 40
    await town.assert_clean()


async def test_codes_expire_while_their_guests_take_more(town: Town) -> None:
    cookie, raf = await town.reward("orbita-cookie"), await town.reward("orbita-raf")
    guests = [await town.guest(1000) for _ in range(6)]
    for number, guest in enumerate(guests):
        await town.take_id(guest, (cookie, raf)[number % 2])
    town.clock.advance(minutes=15)
    done, refused = await at_once(
        *(town.take_id(guest, (raf, cookie)[number % 2]) for number, guest in enumerate(guests)),
        town.expire(),
        town.expire(),
    )
    assert (len(done), refused) == (8, [])
    assert await town.taken("orbita-cookie") == await town.taken("orbita-raf") == 3
    for number, guest in enumerate(guests):
        price = (120, 30)[number % 2]
        assert await town.balance(guest) == (1000 - price, price, 0, 0)
    assert sorted(await town.outbox()) == [(guest, "redemption_expired") for guest in guests]
    await town.assert_clean()
