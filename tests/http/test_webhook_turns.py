"""Every public move reaches every address that asked, once in its eyes; none waits for another."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from bot.background import Background
from bot.webhooks import Webhooks
from services.sharing import deliveries, webhooks
from services.sharing.deliveries import BACKOFF
from services.sharing.models import WebhookDelivery
from tests.house import House
from tests.http.desk import Desk
from tests.http.receiver import Receiver, a_turn_each, states, tell, work


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_failing_address_is_tried_again_and_then_listed(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [500] * (len(BACKOFF) + 1)
    assert await a_turn_each(house.app.webhooks) == 1
    for n, pause in enumerate(BACKOFF, start=1):
        house.clock.advance(seconds=pause.total_seconds() - 1)
        assert await a_turn_each(house.app.webhooks) == 0
        house.clock.advance(seconds=1)
        assert await a_turn_each(house.app.webhooks) == 1
        assert receiver.calls == n + 1
    assert await states(house) == ["dead"]
    async with house.database.reading() as reading:
        (dead,) = await webhooks.dead(reading, house.city.id)
    assert (dead.url, dead.number, dead.answer) == (receiver.url, 2, "500")
    async with house.database.transaction() as tx:
        assert await webhooks.retry(tx, house.city.id, "http://nobody/", house.clock.now()) == 0
        assert await webhooks.retry(tx, house.city.id, None, house.clock.now()) == 1
    await work(house)
    assert (receiver.moves, await states(house)) == ([("1", "open")], ["sent"])


async def test_one_that_is_away_costs_one_call_and_nobody_else_waits(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    async with Receiver() as away:
        await tell(house, away)
        for _ in range(5):
            await desk.report("open")
        away.answers = [503]
        await work(house)
        assert (away.calls, receiver.calls) == (1, 5)
        house.clock.advance(seconds=BACKOFF[0].total_seconds())
        await work(house)
        assert [move[0] for move in away.moves] == ["1", "2", "3", "4", "5"]
    assert (receiver.again, away.again) == ([], [])


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_a_move_that_is_rejected_keeps_no_other_waiting(
    house: House, desk: Desk, receiver: Receiver, status: int
) -> None:
    await tell(house, receiver)
    for _ in range(3):
        await desk.report("open")
    receiver.refuses = {"1": status}
    await work(house)
    assert receiver.moves == [("2", "open"), ("3", "open")]
    assert await states(house) == ["waiting", "sent", "sent"]
    for n, pause in enumerate(BACKOFF[:-1], start=1):
        house.clock.advance(seconds=pause.total_seconds() - 1)
        await work(house)
        assert receiver.calls == 2 + n
        house.clock.advance(seconds=1)
        await work(house)
        assert receiver.calls == 3 + n
    await desk.report("open")
    await work(house)
    assert receiver.moves[-1] == ("4", "open")
    house.clock.advance(seconds=BACKOFF[-1].total_seconds())
    await work(house)
    assert await states(house) == ["dead", "sent", "sent", "sent"]
    (dead,) = [row for row in await house.rows(WebhookDelivery) if row["state"] == "dead"]
    assert (dead["answer"], dead["attempts"]) == (str(status), 1 + len(BACKOFF))


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
async def test_an_address_that_is_away_is_asked_for_one_move_only(
    house: House, desk: Desk, receiver: Receiver, status: int
) -> None:
    await tell(house, receiver)
    for _ in range(3):
        await desk.report("open")
    receiver.refuses = {"1": status}
    await work(house)
    assert (receiver.calls, receiver.moves) == (1, [])
    assert await states(house) == ["waiting"] * 3
    house.clock.advance(seconds=BACKOFF[0].total_seconds() - 1)
    await work(house)
    assert receiver.calls == 1
    receiver.refuses = {}
    house.clock.advance(seconds=1)
    await work(house)
    assert [move[0] for move in receiver.moves] == ["1", "2", "3"]


async def test_a_slow_address_keeps_nobody_waiting(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    """It has not answered yet when another has heard of everything, also of what came later."""
    answer = asyncio.Event()

    async def wait() -> None:
        await answer.wait()

    async with Receiver() as slow:
        slow.meanwhile = wait
        await tell(house, slow)
        await tell(house, receiver)
        await desk.report("open")
        async with Background() as background:
            background.start(partial(house.app.webhooks.run, background.stopping), name="told")
            await until(lambda: (slow.calls, receiver.calls) == (1, 1))
            for _ in range(12):
                await desk.report("open")
            house.app.webhooks.wake()
            await until(lambda: receiver.calls == 13)
            assert (slow.calls, slow.taken) == (1, [])
            answer.set()
            await until(lambda: len(slow.taken) == 13)
            background.stopping.set()
            house.app.webhooks.wake()
    assert (slow.calls, slow.again) == (13, [])
    assert [move[0] for move in slow.moves] == [str(n) for n in range(1, 14)]
    assert await states(house) == ["sent"] * 26


async def test_a_backlog_keeps_no_other_address_waiting(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    for _ in range(60):
        await desk.report("open")
    async with Receiver() as other:
        await tell(house, other)
        await desk.report("open")
        assert await a_turn_each(house.app.webhooks) == 11
        assert (receiver.calls, other.moves) == (10, [("61", "open")])
        await work(house)
    assert [move[0] for move in receiver.moves] == [str(n) for n in range(1, 62)]


async def test_another_process_sends_nothing_that_a_slow_address_still_waits_for(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    """Ten calls of fifty seconds outlast a reservation of two minutes, but not one after the
    other."""
    other = Webhooks(
        database=house.database, clock=house.clock, city=house.app.city,
        outside=house.app.outside, base="http://127.0.0.1:8080",
    )  # fmt: skip
    deep = 0

    async def meanwhile() -> None:
        nonlocal deep
        if deep:
            return
        house.clock.advance(seconds=50)
        if receiver.calls % 3 == 0:
            deep += 1
            await a_turn_each(other)
            deep -= 1

    await tell(house, receiver)
    for _ in range(30):
        await desk.report("open")
    receiver.meanwhile = meanwhile
    await work(house)
    assert receiver.again == []
    assert {move[0] for move in receiver.moves} == {str(n) for n in range(1, 31)}
    assert await states(house) == ["sent"] * 30


async def test_a_stop_is_heeded_after_the_call_that_is_under_way(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    stopping = asyncio.Event()

    async def stop() -> None:
        stopping.set()

    receiver.meanwhile = stop
    await tell(house, receiver)
    for _ in range(5):
        await desk.report("open")
    (turn,) = await house.app.webhooks.turns(stopping)
    assert await turn() == 1
    assert receiver.moves == [("1", "open")]
    assert await states(house) == ["sent", *["waiting"] * 4]


async def test_a_row_that_was_reserved_by_somebody_who_died_is_sent_later(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    async with house.database.transaction() as tx:
        await deliveries.read_log(tx, house.city.id, house.clock.now(), 100)
    async with house.database.transaction() as tx:
        (webhook_id,) = await deliveries.due(tx, house.city.id, house.clock.now())
        taken = await deliveries.take(tx, house.city.id, webhook_id, house.clock.now())
        assert await deliveries.due(tx, house.city.id, house.clock.now()) == []
    assert taken is not None
    assert taken.subject_number == 1
    await work(house)
    assert receiver.calls == 0
    house.clock.advance(minutes=2)
    await work(house)
    assert receiver.moves == [("1", "open")]
