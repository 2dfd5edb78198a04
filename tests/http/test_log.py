"""The seals of the log, as a neighbour's script fetches them every night."""

from datetime import timedelta

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from services.civic import log
from services.civic.models import CivicEvent, DailyHead
from tests.house import House


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
