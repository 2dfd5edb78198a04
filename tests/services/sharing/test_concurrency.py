"""Other systems at the same time: each thing happens once, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from services.civic import log
from services.civic.models import CivicEvent
from services.civic.places import Spot
from services.projects.models import Project
from services.reports import moves
from services.reports.models import Category, Report, ReportNote
from services.reports.photos import Picture
from services.reports.states import Acting, Verb
from services.sharing import clients, deliveries, taking, updates, webhooks
from services.sharing.clients import Client
from services.sharing.models import ApiUpdate, Webhook, WebhookDelivery
from services.sharing.taking import Incoming
from services.sharing.updates import Told
from tests.services.town import Town

JPEG = b"\xff\xd8\xff a picture"


async def client(town: Town, name: str = "fms") -> Client:
    key = await town.run(
        clients.add, city_id=town.city.id, name=name, per_minute=60, may_update=True, now=town.now
    )
    found: Client = await town.look(clients.by_key, town.city.id, key)
    return found


async def incoming(town: Town, foreign_id: str | None = "7") -> Incoming:
    ((category_id,),) = await town.rows(select(Category.id).where(Category.code == "pothole"))
    spot = Spot(54.5138, 36.2612)
    return Incoming(category_id, "A hole", spot, {}, foreign_id, [Picture(JPEG, "one")])


async def take(town: Town, of: Client, report: Incoming) -> int:
    number: int = await town.run(taking.take, town.city, of, report, town.now)
    return number


async def opened(town: Town) -> int:
    number = await take(town, await client(town), await incoming(town))
    await move(town, number, Verb.OPEN, Acting.SYSTEM)
    return number


async def move(town: Town, number: int, verb: Verb, acting: Acting) -> None:
    town.clock.advance(minutes=1)
    ((report_id,),) = await town.rows(select(Report.id).where(Report.number == number))
    await town.run(
        moves.move, town.city, report_id, verb, by=None, acting=acting, now=town.now
    )  # fmt: skip


async def test_the_same_report_sent_by_two_at_once(town: Town) -> None:
    of, report = await client(town), await incoming(town)
    numbers = await asyncio.gather(*(take(town, of, report) for _ in range(8)))
    assert set(numbers) == {1}
    assert await town.count(Report) == 1
    assert await town.count(CivicEvent) == 1


async def test_many_reports_at_once_have_numbers_without_gaps(town: Town) -> None:
    of = await client(town)
    reports = [await incoming(town, f"{n}") for n in range(8)]
    numbers = await asyncio.gather(*(take(town, of, report) for report in reports))
    assert sorted(numbers) == [*range(1, 9)]
    assert (await town.look(log.verify, town.city.id)).is_whole


async def test_the_same_update_sent_twice_at_once(town: Town) -> None:
    number = await opened(town)
    of: Client = (await town.rows(select(clients.ApiClient.id)))[0][0]
    who = Client(of, "fms", 60, may_update=True)
    told = Told(number, "42", "INVESTIGATING", "The crew is here")
    answers = await asyncio.gather(
        *(town.run(updates.take, town.city, who, told, town.now) for _ in range(8))
    )
    assert set(answers) == {"3"}
    assert await town.count(ApiUpdate) == 1
    assert await town.count(CivicEvent, CivicEvent.after == "assigned") == 1


async def test_the_same_answer_to_a_question_twice_at_once(town: Town) -> None:
    of = replace(await client(town), may_update=False)
    number = await take(town, of, await incoming(town))
    ((report_id,),) = await town.rows(select(Report.id).where(Report.number == number))
    await town.run(
        moves.move, town.city, report_id, Verb.CLARIFY, by=None, acting=Acting.MODERATOR,
        reason="where_exactly", now=town.now,
    )  # fmt: skip
    window = (town.now - timedelta(hours=1), town.now)
    asked = await town.look(updates.between, town.city, *window, client=of, limit=9)
    assert [(each.state, each.reason) for each in asked] == [("clarify", "where_exactly")]
    assert await town.look(updates.between, town.city, *window, client=None, limit=9) == []
    told = Told(number, "42", "OPEN", "At the corner", Picture(JPEG + b"2", "two"))
    answers = await asyncio.gather(
        *(town.run(updates.take, town.city, of, told, town.now) for _ in range(6))
    )
    assert len(set(answers)) == 1
    assert await town.count(ApiUpdate) == 1
    assert await town.count(CivicEvent, CivicEvent.after == "submitted") == 2
    assert await town.count(ReportNote, ReportNote.acting == "author") == 1


async def test_two_systems_move_one_report_at_once(town: Town) -> None:
    number = await opened(town)
    who = [await client(town, name) for name in ("one", "two", "three")]
    told = Told(number, "42", "INVESTIGATING", "The crew is here")
    answers = await asyncio.gather(
        *(town.run(updates.take, town.city, each, told, town.now) for each in who)
    )
    assert sum(answer == "3" for answer in answers) == 1
    assert sum(answer.startswith("u") for answer in answers) == 2
    assert await town.count(CivicEvent, CivicEvent.after == "assigned") == 1
    assert (await town.look(log.verify, town.city.id)).is_whole


async def listening(town: Town, count: int = 2) -> None:
    for n in range(count):
        await town.run(
            webhooks.add, city_id=town.city.id, url=f"http://receiver{n}/", now=town.now,
            subjects=("report", "project"),
        )  # fmt: skip


async def read(town: Town, limit: int = 3) -> int:
    total = 0
    while done := await town.run(deliveries.read_log, town.city.id, town.now, limit):
        total += done
    return total


async def reserve(town: Town) -> list[deliveries.Call]:
    """Every call that is due, as one process takes them."""
    calls = []
    for webhook_id in await town.look(deliveries.due, town.city.id, town.now):
        while call := await town.run(deliveries.take, town.city.id, webhook_id, town.now):
            calls.append(call)
    return calls


async def test_two_processes_read_the_log_at_once(town: Town) -> None:
    await listening(town)
    number = await opened(town)
    await move(town, number, Verb.ASSIGN, Acting.OFFICIAL)
    await move(town, number, Verb.START, Acting.OFFICIAL)
    await asyncio.gather(*(read(town, limit) for limit in (1, 2, 3)))
    rows = await town.rows(
        select(WebhookDelivery.webhook_id, WebhookDelivery.event_id, func.count()).group_by(
            WebhookDelivery.webhook_id, WebhookDelivery.event_id
        )
    )
    assert len(rows) == 6
    assert {count for *_, count in rows} == {1}
    assert {end for (end,) in await town.rows(select(Webhook.last_event))} == {4}


async def test_two_processes_take_calls_at_once(town: Town) -> None:
    await listening(town)
    await opened(town)
    await read(town)
    taken = await asyncio.gather(*(reserve(town) for _ in range(4)))
    assert sorted(call.id for calls in taken for call in calls) == [1, 2]
    assert await reserve(town) == []
    town.clock.advance(minutes=2)
    assert len(await reserve(town)) == 2


async def test_moves_that_are_made_while_the_log_is_read(town: Town) -> None:
    await listening(town, 1)
    of = await client(town)

    async def report(n: int) -> None:
        number = await take(town, of, await incoming(town, f"{n}"))
        ((report_id,),) = await town.rows(select(Report.id).where(Report.number == number))
        await town.run(
            moves.move, town.city, report_id, Verb.OPEN, by=None, acting=Acting.SYSTEM,
            now=town.now,
        )  # fmt: skip

    await asyncio.gather(*(report(n) for n in range(8)), *(read(town, 2) for _ in range(4)))
    await read(town)
    assert await town.count(WebhookDelivery) == 8
    events = await town.rows(
        select(CivicEvent.number)
        .join(WebhookDelivery, WebhookDelivery.event_id == CivicEvent.id)
        .order_by(CivicEvent.number)
    )
    public = await town.rows(
        select(CivicEvent.number).where(CivicEvent.after == "open").order_by(CivicEvent.number)
    )
    assert events == public


async def test_a_late_answer_does_not_undo_an_end(town: Town) -> None:
    await listening(town, 1)
    await opened(town)
    await read(town)
    (call,) = await reserve(town)
    await town.run(webhooks.end, town.city.id, "http://receiver0/", town.now)
    await town.run(deliveries.failed, call, "500", town.now)
    await town.run(deliveries.sent, call, "200", town.now)
    assert await town.rows(select(WebhookDelivery.state)) == [("withheld",)]


async def test_what_reads_reads_the_same_on_both(town: Town) -> None:
    """Every public move, and nothing before publication."""
    await listening(town, 1)
    number = await opened(town)
    await move(town, number, Verb.ASSIGN, Acting.OFFICIAL)
    private: dict[str, Any] = {
        "city_id": town.city.id, "kind": "urban", "stage": "premoderation", "status": "active",
        "title": "x", "text": "x", "origin": "idea", "created_at": town.now,
        "updated_at": town.now, "stage_at": town.now,
    }  # fmt: skip
    async with town.database.transaction() as tx:
        project_id = await tx.scalar(insert(Project).values(**private).returning(Project.id))
        assert project_id is not None
        await log.record(
            tx, city_id=town.city.id, subject="project", subject_id=project_id, verb="forward",
            before="idea", after="premoderation", acting="author", actor_id=None, at=town.now,
        )  # fmt: skip
    assert await town.look(deliveries.is_busy, town.city.id, town.now)
    assert await read(town) == 4
    calls = await reserve(town)
    assert [(call.subject, call.after) for call in calls] == [
        ("report", "open"),
        ("report", "assigned"),
    ]
    assert not await town.look(deliveries.is_busy, town.city.id, town.now)
    found = await town.look(
        updates.between, town.city, town.now.replace(year=2025), town.now, client=None, limit=10
    )
    assert [(each.id, each.word) for each in found] == [("3", "investigating")]


@pytest.mark.parametrize("name", ["fms", "other"])
async def test_keys(town: Town, name: str) -> None:
    key = await town.run(
        clients.add, city_id=town.city.id, name=name, per_minute=5, may_update=False, now=town.now
    )
    assert len(key) > 40
    again = await town.run(
        clients.add, city_id=town.city.id, name=name, per_minute=5, may_update=False, now=town.now
    )
    assert again is None
    assert key not in repr(await town.everything())
    found = await town.look(clients.by_key, town.city.id, key)
    assert (found.name, found.per_minute, found.may_update) == (name, 5, False)
    assert await town.look(clients.by_key, town.city.id + 1, key) is None
    assert await town.look(clients.by_key, town.city.id, key[:-1]) is None
    assert await town.run(clients.rekey, town.city.id + 1, name) is None
    assert await town.look(clients.by_key, town.city.id, key) == found
    old, key = key, await town.run(clients.rekey, town.city.id, name)
    assert await town.look(clients.by_key, town.city.id, old) is None
    assert await town.look(clients.by_key, town.city.id, key) == found
    assert await town.run(clients.revoke, town.city.id, name, town.now)
    assert not await town.run(clients.revoke, town.city.id, name, town.now)
    assert await town.look(clients.by_key, town.city.id, key) is None
    assert await town.run(clients.rekey, town.city.id, name) is None
    (listed,) = await town.look(clients.of_city, town.city.id)
    assert (listed.name, listed.revoked_at) == (name, town.now)
