"""What a service allows is not wasted, and nobody waits unheard because of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.database import Database
from services.receipts.models import VerifierAccount
from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Because,
    NotYet,
    Period,
    Question,
    Rejected,
    Trouble,
    Unavailable,
    Undecided,
    Verified,
    Working,
)
from services.receipts.verifiers.known import ALLOWANCES
from tests.bot.test_checking import Desk, always
from tests.clock import ManualClock
from tests.services.receipts.scripted import Scripted, found, ticket_of
from tests.services.town import Town, town_of

ACCOUNT = select(VerifierAccount.failures, VerifierAccount.closed_until)


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    async with town_of(database, clock) as town:
        yield town


async def ask_for(desk: Desk, length: timedelta, step: timedelta) -> None:
    """Let the time pass, asking at every step what is due."""
    passed = timedelta()
    while passed < length:
        await desk.round()
        desk.town.clock.advance(seconds=int(step.total_seconds()))
        passed += step


async def test_one_receipt_a_service_stumbles_over_does_not_spend_the_day(town: Town) -> None:
    """Taken each time and never answered, as the tax service does with a date it dislikes."""

    def stumbles(question: Question) -> Answer:
        return Unavailable(Trouble.DOWN) if question.handle else Working("message:0:1:0", 2)

    service = Scripted(answer=stumbles)
    desk = Desk(town, ("fns",), service)
    await town.submit(await town.guest())
    await ask_for(desk, timedelta(hours=24), timedelta(seconds=30))
    assert len(service.asked) < 100
    assert await desk.said() == ["receipt_service_silent"]


async def test_what_works_on_a_receipt_is_not_well_yet(town: Town) -> None:
    def stumbles(question: Question) -> Answer:
        return Unavailable(Trouble.DOWN) if question.handle else Working("message:0:1:0", 2)

    desk = Desk(town, ("fns",), Scripted(answer=stumbles))
    await town.submit(await town.guest())
    await ask_for(desk, timedelta(minutes=2), timedelta(seconds=2))
    [(failures, closed_until)] = await town.rows(ACCOUNT)
    assert failures >= 3
    assert closed_until > town.now


async def test_a_call_about_many_receipts_that_fails_is_one_failure(town: Town) -> None:
    desk = Desk(town, ("fns",), Scripted(answer=always(Unavailable(Trouble.DOWN))))
    for _guest in range(12):
        await town.submit(await town.guest())
    await desk.checking().ask_some("fns")
    assert await town.rows(ACCOUNT) == [(1, None)]


async def test_a_service_that_knows_one_of_many_is_well(town: Town) -> None:
    known: list[str] = []

    def one_of_them(question: Question) -> Answer:
        known.append(question.key)
        return found(question) if question.key == known[0] else Unavailable(Trouble.DOWN)

    desk = Desk(town, ("fns",), Scripted(answer=one_of_them))
    for _guest in range(4):
        await town.submit(await town.guest())
    await desk.checking().ask_some("fns")
    assert await town.rows(ACCOUNT) == [(0, None)]


NOTHING_LEFT = Allowance(calls=0, period=Period.DAY, reserve=0, per_receipt=1)


async def test_whoever_waits_for_a_spent_budget_is_told_and_helped(town: Town) -> None:
    service = Scripted()
    desk = Desk(town, ("fns",), service)
    await town.submit(await town.guest())
    await desk.round(NOTHING_LEFT)
    assert await desk.said() == []
    town.clock.advance(hours=1)
    await desk.round(NOTHING_LEFT)
    await desk.round(NOTHING_LEFT)
    assert await desk.said() == ["receipt_service_silent"]
    for _day in range(4):
        town.clock.advance(hours=24)
        await desk.round(NOTHING_LEFT)
    assert await desk.said() == ["receipt_service_silent", "receipt_needs_photo"]
    assert await desk.states() == [("pending", "undecided")]
    assert service.asked == []


async def test_tills_are_believed_when_the_budget_was_spent_for_three_days(town: Town) -> None:
    desk = Desk(town, ("fns", "tills"), Scripted())
    await town.submit(await town.guest())
    for _day in range(4):
        town.clock.advance(hours=24)
        await desk.round(NOTHING_LEFT)
    assert await desk.states() == [("credited", "credited")]


def test_the_reserve_is_a_share_of_whatever_is_allowed() -> None:
    fns = ALLOWANCES["fns"]
    assert [fns.of(calls).reserve for calls in (0, 10, 100, 1000, 5000)] == [0, 1, 10, 100, 500]


async def test_a_newcomer_is_asked_about_twice_a_day_on_every_day(town: Town) -> None:
    service = Scripted(answer=always(Rejected(Because.FORGED)))
    desk = Desk(town, ("tills", "fns"), service)
    newcomer = await town.guest()
    asked = []
    for day in range(4):
        for number in range(5):
            await town.submit(newcomer, town.qr(drive=f"73864000099{day}000{number}"))
        before = len(service.asked)
        await ask_for(desk, timedelta(hours=24), timedelta(hours=1))
        asked.append(len(service.asked) - before)
    # From noon to noon: those of two days meet in it, of which each has two.
    assert asked[0] == 4
    assert all(count <= 4 for count in asked)


async def test_receipts_of_another_form_are_not_in_the_way(town: Town) -> None:
    """Many of one form are due, and its service rests."""
    resting = Scripted("fns", always(Unavailable(Trouble.QUOTA, 3600)))
    other = Scripted("npd", always(NotYet()), frozenset({"npd"}))
    desk = Desk(town, ("fns", "npd"), resting, other)
    for _guest in range(5):
        await town.submit(await town.guest())
    assert await desk.checking().ask_some("npd") == 0
    assert await desk.checking().ask_some("fns") == 5
    assert other.asked == []


@pytest.mark.parametrize("change", [{"drive": "7386400000010002"}, {"document": 424242}])
async def test_a_ticket_of_another_document_decides_nothing(
    town: Town, change: dict[str, object]
) -> None:
    service = Scripted(answer=lambda asked: Verified(ticket_of(asked.slip, **change)))
    desk = Desk(town, ("fns",), service)
    guest = await town.guest()
    await town.submit(guest)
    await desk.round()
    assert await desk.states() == [("pending", "undecided")]
    assert await town.balance(guest) == (0, 0, 0, 0)


async def test_the_day_of_the_limit_is_the_citys(town: Town) -> None:
    """At nine in the evening UTC another day begins in Kaluga."""
    service = Scripted(answer=always(Rejected(Because.FORGED)))
    desk = Desk(town, ("tills", "fns"), service)
    newcomer = await town.guest()
    for number in range(3):
        await town.submit(newcomer, town.qr(drive=f"738640000999000{number}"))
    await desk.round()
    assert len(service.asked) == 2
    midnight = datetime(2026, 11, 22, 21, tzinfo=UTC)
    town.clock.advance(seconds=int((midnight - town.now).total_seconds()))
    await desk.round()
    assert len(service.asked) == 3


async def test_who_could_not_tell_is_not_asked_again_while_the_next_is_closed(town: Town) -> None:
    """Else one receipt spends the day's calls, a question every few seconds."""
    first = Scripted("fns", always(Undecided("sign")))
    second = Scripted("proverkacheka", always(Unavailable(Trouble.QUOTA, 86_400)))
    desk = Desk(town, ("fns", "proverkacheka", "tills"), first, second)
    await town.submit(await town.guest())
    await ask_for(desk, timedelta(hours=1), timedelta(seconds=30))
    assert (len(first.asked), len(second.asked)) == (1, 1)
    assert await desk.states() == [("pending", "checking")]
    assert await desk.said() == []
    await ask_for(desk, timedelta(hours=1), timedelta(minutes=10))
    assert await desk.said() == ["receipt_service_silent"]
    second.answer = found
    await ask_for(desk, timedelta(hours=26), timedelta(hours=1))
    assert await desk.states() == [("credited", "credited")]
    assert (len(first.asked), len(second.asked)) == (1, 2)
