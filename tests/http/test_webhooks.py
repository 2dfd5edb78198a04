"""Every public move reaches every address that asked, exactly once in its eyes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.reports.models import Report
from services.reports.states import Acting, Verb
from services.sharing import deliveries, webhooks
from services.sharing.deliveries import BACKOFF
from services.sharing.models import Webhook, WebhookDelivery
from services.sharing.outside import Outside
from tests.house import House
from tests.http.desk import Desk
from tests.http.receiver import Receiver


async def tell(house: House, receiver: Receiver, *subjects: str) -> None:
    """From now on the receiver hears of moves."""
    async with house.database.transaction() as tx:
        secret = await webhooks.add(
            tx, city_id=house.city.id, url=receiver.url,
            subjects=subjects or ("report", "project"), now=house.clock.now(),
        )  # fmt: skip
    assert secret is not None
    receiver.secret = secret


async def states(house: House) -> list[str]:
    return [row["state"] for row in await house.rows(WebhookDelivery)]


async def work(house: House) -> None:
    while await house.app.webhooks.round():
        pass


async def test_a_move_is_told(house: House, desk: Desk, receiver: Receiver) -> None:
    await tell(house, receiver)
    number = await desk.report("open", text="A hole", author_id=None)
    await desk.move(number, Verb.ASSIGN)
    await desk.move(number, Verb.SCHEDULE, reason="In the plan of works")
    await work(house)
    assert receiver.faults == []
    assert receiver.moves == [("1", "open"), ("1", "assigned"), ("1", "scheduled")]
    last = receiver.taken[-1]
    assert last == {
        "id": "kaluga-4",
        "city": "kaluga",
        "number": 4,
        "at": "2026-11-22T09:03:00Z",
        "subject": "report",
        "subject_id": "1",
        "verb": "schedule",
        "before": "assigned",
        "after": "scheduled",
        "acting": "official",
        "reason": "In the plan of works",
        "facts": last["facts"],
        "hash": last["hash"],
        "url": "http://127.0.0.1:8080/open311/v2/requests/1.json",
    }
    assert receiver.taken[0]["before"] is None
    assert await states(house) == ["sent"] * 3


async def test_what_is_private_is_never_told(house: House, desk: Desk, receiver: Receiver) -> None:
    await tell(house, receiver)
    await desk.report("submitted")
    await desk.report("clarify")
    await desk.report("declined")
    await desk.project("premoderation")
    await desk.project("idea")
    hidden = await desk.report("open")
    await house.change(Report, Report.number == hidden, hidden=True)
    await work(house)
    assert (receiver.calls, await states(house)) == (0, [])


async def test_only_what_was_asked_for(house: House, desk: Desk, receiver: Receiver) -> None:
    await desk.report("open")
    await tell(house, receiver, "project")
    await desk.report("open")
    project = await desk.project("evaluation")
    await work(house)
    assert receiver.moves == [(str(project), "evaluation")]


async def test_what_was_hidden_meanwhile_is_withheld(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    number = await desk.report("open")
    receiver.answers = [500]
    await house.app.webhooks.round()
    await desk.move(number, Verb.DECLINE, Acting.MODERATOR)
    house.clock.advance(minutes=5)
    await work(house)
    assert (receiver.moves, await states(house)) == ([], ["withheld"])


async def test_a_failing_address_is_tried_again_and_then_listed(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [500] * (len(BACKOFF) + 1)
    assert await house.app.webhooks.round() == 1
    for n, pause in enumerate(BACKOFF, start=1):
        house.clock.advance(seconds=pause.total_seconds() - 1)
        assert await house.app.webhooks.round() == 0
        house.clock.advance(seconds=1)
        assert await house.app.webhooks.round() == 1
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


async def test_a_redirect_is_not_followed(house: House, desk: Desk, receiver: Receiver) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [302]
    await house.app.webhooks.round()
    assert receiver.calls == 1
    ((answer,),) = [[row["answer"]] for row in await house.rows(WebhookDelivery)]
    assert answer == "302"


async def test_an_address_that_has_ended_hears_nothing(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [500]
    await house.app.webhooks.round()
    async with house.database.transaction() as tx:
        assert await webhooks.end(tx, house.city.id, receiver.url, house.clock.now())
        assert not await webhooks.end(tx, house.city.id, receiver.url, house.clock.now())
    house.clock.advance(days=1)
    await desk.report("open")
    await work(house)
    assert (receiver.calls, await states(house)) == (1, ["withheld"])
    async with house.database.transaction() as tx:
        assert await webhooks.retry(tx, house.city.id, None, house.clock.now()) == 0
    await tell(house, receiver)
    await desk.report("open")
    await work(house)
    assert receiver.moves == [("3", "open")]


async def test_an_address_is_told_once_only(house: House, receiver: Receiver) -> None:
    await tell(house, receiver)
    async with house.database.transaction() as tx:
        again = await webhooks.add(
            tx, city_id=house.city.id, url=receiver.url, subjects=("report",),
            now=house.clock.now(),
        )  # fmt: skip
    assert again is None
    assert len(await house.rows(Webhook)) == 1


async def test_our_own_network_is_not_called(
    house: House, desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    monkeypatch.setattr(house.app.webhooks, "_outside", Outside())
    await house.app.webhooks.round()
    assert receiver.calls == 0
    (row,) = await house.rows(WebhookDelivery)
    assert (row["state"], row["answer"]) == ("waiting", row["answer"])
    assert "port" in row["answer"] or "private" in row["answer"]


async def test_a_row_that_was_reserved_by_somebody_who_died_is_sent_later(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    async with house.database.transaction() as tx:
        await deliveries.read_log(tx, house.city.id, house.clock.now(), 100)
    async with house.database.transaction() as tx:
        (taken,) = await deliveries.take(tx, house.city.id, house.clock.now(), 10)
    assert taken.subject_number == 1
    await work(house)
    assert receiver.calls == 0
    house.clock.advance(minutes=2)
    await work(house)
    assert receiver.moves == [("1", "open")]


async def test_old_rows_are_forgotten_but_for_the_dead(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    await work(house)
    await desk.report("open")
    await house.app.webhooks.round()
    await house.change(WebhookDelivery, WebhookDelivery.id == 2, state="dead")
    later = house.clock.now() + timedelta(days=31)
    async with house.database.transaction() as tx:
        assert await deliveries.forget(tx, later, 100) == 1
        left = (await tx.scalars(select(WebhookDelivery.id))).all()
    assert left == [2]
    await work(house)
    assert receiver.calls == 2
