"""The seals of the log, as a neighbour's script fetches them every night, and the chain itself."""

import asyncio
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from handlers.http import log as routes
from services.civic import log
from services.civic.models import CivicEvent, DailyHead
from services.reports.states import State, Verb
from tests.handlers.reports.town import decides, published, sent, state_of
from tests.house import House

DOCUMENTED = (Path(__file__).parents[2] / "docs/open-api.md").read_text(encoding="utf-8")


async def record(house: House, n: int) -> None:
    async with house.database.transaction() as tx:
        await log.record(
            tx, city_id=house.city.id, subject="report", subject_id=n, verb="open",
            before="submitted", after="open", acting="moderator", actor_id=None,
            at=house.clock.now(), reason="a private word",
        )  # fmt: skip


async def fetched(server: TestServer, path: str = "/log/head", **headers: str) -> tuple[str, str]:
    async with (
        ClientSession() as session,
        session.get(server.make_url(path), headers=headers) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.content_type, await answer.text()


async def test_nothing_is_published_before_the_first_day_is_over(
    house: House, server: TestServer
) -> None:
    await record(house, 1)
    await house.app.jobs.close_log_day()
    assert await fetched(server) == ("text/plain", "")
    kind, text = await fetched(server, "/log/head?format=json")
    assert (kind, '"head": null' in text, '"days": []' in text) == ("application/json", True, True)


async def test_the_ends_of_the_days_as_text_and_as_json(house: House, server: TestServer) -> None:
    await record(house, 1)
    first = house.clock.now().astimezone(house.city.timezone).date()
    house.clock.advance(days=1)
    await record(house, 2)
    house.clock.advance(days=1)
    await house.app.jobs.close_log_day()
    hashes = [row["hash"] for row in await house.rows(CivicEvent)]
    second = first + timedelta(days=1)
    kind, text = await fetched(server)
    assert kind == "text/plain"
    assert text == f"{second} 2 {hashes[1]}\n{first} 1 {hashes[0]}\n"
    async with (
        ClientSession() as session,
        session.get(server.make_url("/log/head"), headers={"Accept": "application/json"}) as answer,
    ):
        told = await answer.json()
    newest = {"day": second.isoformat(), "events": 2, "hash": hashes[1]}
    oldest = {"day": first.isoformat(), "events": 1, "hash": hashes[0]}
    assert told == {
        "city": "kaluga", "hash": "sha256", "head": newest, "days": [newest, oldest],
    }  # fmt: skip
    assert "private" not in text


async def test_a_day_is_closed_once(house: House) -> None:
    await record(house, 1)
    house.clock.advance(days=1)
    for _ in range(3):
        await house.app.jobs.close_log_day()
    assert len(await house.rows(DailyHead)) == 1


async def pages(server: TestServer, after: str = "0") -> dict[str, Any]:
    _kind, text = await fetched(server, f"/log/events?after={after}")
    found: dict[str, Any] = json.loads(text)
    return found


async def checked(server: TestServer) -> dict[int, str]:
    """Run the recipe of the documentation against the server: number → hash."""
    (recipe,) = re.findall(r"```python\n(import hashlib, json.*?)```", DOCUMENTED, re.DOTALL)
    names: dict[str, Any] = {}
    exec(recipe, names)
    base = str(server.make_url("")).rstrip("/")
    hashes: dict[int, str] = await asyncio.to_thread(names["checked"], base)
    return hashes


async def test_whoever_follows_the_documentation_checks_the_whole_chain(
    house: House, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_PAGE", 2)
    house.keeps_pictures()
    report = await published(house, await house.regular())
    await decides(house, report, Verb.ASSIGN)
    await record(house, 77)
    house.clock.advance(days=1)
    await house.app.jobs.close_log_day()
    hashes = await checked(server)
    events = await house.rows(CivicEvent)
    assert hashes == {row["number"]: row["hash"] for row in events}
    assert len(events) == 4
    ((head),) = await house.rows(DailyHead)
    assert hashes[head["number"]] == head["hash"]
    await house.change(CivicEvent, CivicEvent.number == 2, reason="nobody")
    with pytest.raises(AssertionError):
        await checked(server)


async def test_of_what_is_not_public_the_chain_has_a_digest_alone(
    house: House, server: TestServer
) -> None:
    house.keeps_pictures()
    author = await house.regular()
    report = await sent(author)
    house.clock.advance(hours=1)
    await decides(house, report, Verb.CLARIFY, reason="personal_data")
    await author.forges(f"pe:{report}:answer")
    await author.says("It is my own car")
    assert await state_of(house, report) == State.SUBMITTED
    house.clock.advance(hours=1)
    await decides(house, report, Verb.OPEN)
    found = (await pages(server))["events"]
    link = {"number", "prev", "hash", "digest"}
    assert [set(each) - link for each in found] == [set()] * 3 + [{"salt", "content"}]
    assert {**json.loads(found[3]["content"]), "at": "", "facts": {}} == {
        "city_id": house.city.id, "number": 4, "subject": "report", "subject_id": report,
        "verb": "open", "before": "submitted", "after": "open", "acting": "moderator",
        "reason": None, "facts": {}, "at": "",
    }  # fmt: skip
    _kind, text = await fetched(server, "/log/events")
    assert not {word for word in ("clarify", "personal_data", "own_words", "car") if word in text}
    for row, told in zip(await house.rows(CivicEvent), found, strict=True):
        words = log.content(row)
        assert told["digest"] != hashlib.sha256(words.encode()).hexdigest(), "it can be guessed"
        assert (row["salt"] in text) is ("content" in told)
    house.clock.advance(hours=1)
    await decides(house, report, Verb.DECLINE, reason="abuse")
    found = (await pages(server))["events"]
    assert [set(each) for each in found] == [link] * 5
    assert await checked(server) == {each["number"]: each["hash"] for each in found}


async def test_events_from_before_there_were_salts_are_not_listed(
    house: House, server: TestServer
) -> None:
    for n in range(1, 4):
        await record(house, n)
    await house.change(CivicEvent, CivicEvent.number <= 2, salt=None)
    assert [each["number"] for each in (await pages(server))["events"]] == [3]
    assert list(await checked(server)) == [3]


async def test_pages_of_the_chain(
    house: House, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_PAGE", 2)
    for n in range(1, 4):
        await record(house, n)
    first, last = await pages(server), await pages(server, "2")
    assert [each["number"] for each in first["events"]] == [1, 2]
    assert (first["city"], first["hash"], first["next"]) == ("kaluga", "sha256", 2)
    assert ([each["number"] for each in last["events"]], last["next"]) == ([3], None)
    assert (await pages(server, "3"))["events"] == []
    for nonsense in ("-1", "x", "", "1" * 10, "\u0661"):
        async with (
            ClientSession() as session,
            session.get(server.make_url("/log/events"), params={"after": nonsense}) as answer,
        ):
            assert answer.status == 400
            assert await answer.text() == "after must be the number of an event, or 0"


async def test_who_asks_too_often_waits(house: House, server: TestServer) -> None:
    statuses = []
    async with ClientSession() as session:
        for _ in range(400):
            async with session.get(server.make_url("/log/events")) as answer:
                statuses.append(answer.status)
                if answer.status == 429:
                    assert int(answer.headers["Retry-After"]) > 0
                    break
    assert statuses[-1] == 429
