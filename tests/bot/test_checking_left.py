"""A service whose limit is only its own word: its calls are used up, and more are bought."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.purse import DatabasePurse
from services.database import Database
from services.receipts.accounts import Account, accounts
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Period,
    Question,
    Trouble,
    Unavailable,
)
from tests.bot.test_checking import Desk
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, found
from tests.services.town import Town, town_of

BY_WORD = Allowance(calls=None, period=Period.MONTH, reserve=0, per_receipt=1)


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


class Prepaid(Scripted):
    """As OFD.ru: each call is paid from the purse, and its answer says how many are left."""

    def __init__(self, town: Town, bought: int) -> None:
        super().__init__("ofdru")
        self.bought = bought
        self.purse = DatabasePurse(town.database, town.clock, "ofdru", BY_WORD)

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        return {question.key: await self._one(question) for question in questions}

    async def _one(self, question: Question) -> Answer:
        if not await self.purse.spend(1):
            return Unavailable(Trouble.QUOTA)
        self.asked.append(question)
        none_left = self.bought == 0
        self.bought = max(0, self.bought - 1)
        await self.purse.leave(self.bought)
        return Unavailable(Trouble.QUOTA) if none_left else found(question)


async def account(town: Town) -> Account:
    kept: dict[str, Account] = await town.look(accounts, {"ofdru": BY_WORD}, town.now)
    return kept["ofdru"]


async def test_calls_that_are_bought_are_used_within_an_hour(town: Town) -> None:
    service = Prepaid(town, 1)
    desk = Desk(town, ("ofdru",), service)
    for _guest in range(4):
        await town.submit(await town.guest())
    await desk.round(BY_WORD)
    assert (len(service.asked), (await account(town)).is_open(town.now)) == (1, False)
    assert [state for state, _ in await desk.states()].count("credited") == 1
    service.bought = 100
    town.clock.advance(minutes=59)
    await desk.round(BY_WORD)
    assert len(service.asked) == 1
    town.clock.advance(minutes=2)
    await desk.round(BY_WORD)
    town.clock.advance(hours=1)
    await desk.round(BY_WORD)
    assert await desk.states() == [("credited", "credited")] * 4
    assert (len(service.asked), (await account(town)).remaining) == (4, 97)
    await town.assert_clean()


async def test_while_none_are_bought_one_call_an_hour_asks(town: Town) -> None:
    service = Prepaid(town, 0)
    desk = Desk(town, ("ofdru",), service)
    for _guest in range(3):
        await town.submit(await town.guest())
    for _minute in range(5 * 60):
        await desk.round(BY_WORD)
        town.clock.advance(minutes=1)
    assert len(service.asked) == 5
    assert {state for state, _ in await desk.states()} == {"pending"}


async def test_one_of_many_processes_has_the_call_that_asks_anew(town: Town) -> None:
    purses = [DatabasePurse(town.database, town.clock, "ofdru", BY_WORD) for _ in range(6)]
    assert await purses[0].spend(1)
    await purses[0].leave(0)
    assert not any([await purse.spend(1) for purse in purses])
    town.clock.advance(hours=1)
    assert (await account(town)).remaining == 1
    paid = await asyncio.gather(*(purse.spend(1) for purse in purses))
    assert sorted(paid) == [False] * 5 + [True]
    assert (await account(town)).remaining == 0
    await purses[0].leave(50)
    assert (await account(town)).remaining == 50


async def test_a_limit_of_ones_own_holds_until_the_month_ends(town: Town) -> None:
    limited = BY_WORD.of(10)
    purse = DatabasePurse(town.database, town.clock, "ofdru", limited)
    assert await purse.spend(1)
    await purse.leave(0)
    town.clock.advance(hours=2)
    assert not await purse.spend(1)
    town.clock.advance(seconds=int(timedelta(days=10).total_seconds()))
    assert await purse.spend(1)
