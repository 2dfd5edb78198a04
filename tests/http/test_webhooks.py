"""What addresses hear of public moves, and what they do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.civic import log
from services.reports.models import Report
from services.reports.states import Acting, Verb
from services.sharing import deliveries, webhooks
from services.sharing.models import Webhook, WebhookDelivery
from services.sharing.outside import Outside
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import Desk
from tests.http.receiver import Receiver, a_turn_each, states, tell, work


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
        "page": "http://127.0.0.1:8080/reports/1",
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
    (told,) = receiver.taken
    assert told["url"] == "http://127.0.0.1:8080/feeds/projects.geojson"
    assert told["page"] == f"http://127.0.0.1:8080/projects/{project}"


async def test_the_page_of_a_move_is_there(
    house: House, desk: Desk, receiver: Receiver, caller: Caller
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    await desk.project("evaluation")
    await work(house)
    for told in receiver.taken:
        reply = await caller.site(told["page"].removeprefix("http://127.0.0.1:8080/"))
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


async def test_a_move_of_what_has_no_page(house: House, receiver: Receiver) -> None:
    await tell(house, receiver, "measure")
    async with house.database.transaction() as tx:
        await log.record(
            tx, city_id=house.city.id, subject="measure", subject_id=7, verb="open", before=None,
            after="open", acting="official", actor_id=None, at=house.clock.now(),
        )  # fmt: skip
    await work(house)
    (told,) = receiver.taken
    assert (told["url"], told["page"]) == (None, None)


async def test_what_was_hidden_meanwhile_is_withheld(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    number = await desk.report("open")
    receiver.answers = [500]
    await a_turn_each(house.app.webhooks)
    await desk.move(number, Verb.DECLINE, Acting.MODERATOR)
    house.clock.advance(minutes=5)
    await work(house)
    assert (receiver.moves, await states(house)) == ([], ["withheld"])


async def test_a_redirect_is_not_followed(house: House, desk: Desk, receiver: Receiver) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [302]
    await a_turn_each(house.app.webhooks)
    assert receiver.calls == 1
    ((answer,),) = [[row["answer"]] for row in await house.rows(WebhookDelivery)]
    assert answer == "302"


async def test_an_address_that_has_ended_hears_nothing(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    receiver.answers = [500]
    await a_turn_each(house.app.webhooks)
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
    await a_turn_each(house.app.webhooks)
    assert receiver.calls == 0
    (row,) = await house.rows(WebhookDelivery)
    assert (row["state"], row["answer"]) == ("waiting", row["answer"])
    assert "port" in row["answer"] or "private" in row["answer"]


async def test_old_rows_are_forgotten_but_for_the_dead(
    house: House, desk: Desk, receiver: Receiver
) -> None:
    await tell(house, receiver)
    await desk.report("open")
    await work(house)
    await desk.report("open")
    await a_turn_each(house.app.webhooks)
    await house.change(WebhookDelivery, WebhookDelivery.id == 2, state="dead")
    later = house.clock.now() + timedelta(days=31)
    async with house.database.transaction() as tx:
        assert await deliveries.forget(tx, later, 100) == 1
        left = (await tx.scalars(select(WebhookDelivery.id))).all()
    assert left == [2]
    await work(house)
    assert receiver.calls == 2
