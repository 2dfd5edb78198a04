"""Photos that other systems send: whichever way, within limits, and never at the report's cost."""

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.reports.models import Report, ReportPhoto
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import JPEG, Desk


async def test_photos_in_parts_and_inside_an_address(
    house: House, desk: Desk, caller: Caller
) -> None:
    fms = await caller.with_key()
    files = {"photo1": JPEG + b"1", "photo2": JPEG + b"2", "file_note": b"problem:not_an_image"}
    reply = await fms.sends(files)
    assert reply.id == "1"
    assert len(await desk.tokens(1)) == 2
    notice = reply.xml["request"][0]["service_notice"]
    assert isinstance(notice, str)
    inside = "data:image/jpeg;base64," + base64.b64encode(JPEG + b"3").decode()
    reply = await fms.sends(media_url=inside, description=None)
    assert len(await desk.tokens(2)) == 1
    many = {f"photo{n}": JPEG + bytes([n]) for n in range(8)}
    reply = await fms.sends(many)
    assert len(await desk.tokens(3)) == 5
    rows = await house.rows(ReportPhoto)
    assert {row["shown"] for row in rows} == {False}


async def test_photos_behind_an_address(desk: Desk, caller: Caller) -> None:
    async def photo(request: web.Request) -> web.Response:
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": "/photo"})
        if request.path == "/endless":
            return web.Response(body=b"x" * (13 * 1024 * 1024))
        return web.Response(body=JPEG, content_type="image/jpeg")

    app = web.Application()
    app.add_routes([web.get("/{what}", photo)])
    server = TestServer(app)
    await server.start_server()
    try:
        fms = await caller.with_key()
        for path, count in (("photo", 1), ("moved", 0), ("endless", 0)):
            reply = await fms.sends(media_url=str(server.make_url(f"/{path}")))
            assert len(await desk.tokens(int(reply.id))) == count
        reply = await fms.sends(media_url="file:///etc/passwd")
        assert await desk.tokens(int(reply.id)) == []
    finally:
        await server.close()


async def test_our_own_network_is_not_looked_into(
    house: House, desk: Desk, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.app.outside, "_private", False)
    fms = await caller.with_key()
    for url in (
        caller.base,
        "http://127.0.0.1/",
        "http://localhost/x.jpg",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001/",
        "http://2130706433/",
    ):
        reply = await fms.sends(media_url=url)
        assert reply.status == 200
        assert await desk.tokens(int(reply.id)) == []


@pytest.mark.parametrize(("fault", "status"), [(b"fault:timeout", 200), (b"fault:busy", 503)])
async def test_photos_that_cannot_be_worked_on(
    house: House, desk: Desk, caller: Caller, fault: bytes, status: int
) -> None:
    """One that breaks the reader is left out; where too many wait, both are sent again."""
    fms = await caller.with_key()
    reply = await fms.sends({"photo": fault})
    assert reply.status == status
    rows = await house.rows(Report)
    assert len(rows) == (1 if status == 200 else 0)
    if status == 503:
        assert reply.headers["Retry-After"] == "30"


@asynccontextmanager
async def shop() -> AsyncIterator[tuple[TestServer, Counter[str]]]:
    """Gives a photo of its own at /good…, hangs at /slow…, has nothing else; counts the calls."""
    asked: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.Response:
        asked[request.path] += 1
        if request.path.startswith("/slow"):
            await asyncio.sleep(30)
        found = request.path.startswith("/good")
        return web.Response(
            status=200 if found else 404, body=JPEG + request.path.encode() if found else b""
        )

    app = web.Application()
    app.add_routes([web.get("/{what}", answer)])
    server = TestServer(app)
    await server.start_server()
    try:
        yield server, asked
    finally:
        await server.close()


async def with_photos(caller: Caller, server: TestServer, *paths: str) -> tuple[str, object]:
    """The id of a report with photos at these addresses, and what is said about them."""
    fields = [("service_code", "pothole"), ("lat", "54.5138"), ("long", "36.2612")]
    fields += [("description", "x"), ("jurisdiction_id", "kaluga")]
    fields += [("media_url", str(server.make_url(path))) for path in paths]
    reply = await caller.post("requests.xml", fields)
    assert reply.status == 200
    return reply.id, reply.xml["request"][0]["service_notice"]


async def test_only_a_few_addresses_are_tried(desk: Desk, caller: Caller) -> None:
    await caller.with_key()
    async with shop() as (server, asked):
        number, notice = await with_photos(caller, server, *(f"/no{n}" for n in range(250)))
        assert asked == {f"/no{n}": 1 for n in range(8)}
        assert notice == "Не удалось прочитать 250 фото, сообщение пришло без них."
        assert await desk.tokens(int(number)) == []


async def test_good_ones_behind_a_few_bad_ones_and_repeats(desk: Desk, caller: Caller) -> None:
    await caller.with_key()
    async with shop() as (server, asked):
        good = [f"/good{n}" for n in range(6)]
        number, _notice = await with_photos(caller, server, "/no1", "/no2", "/no3", "/no1", *good)
        assert len(await desk.tokens(int(number))) == 5
        assert asked == dict.fromkeys(["/no1", "/no2", "/no3", *good[:5]], 1)
        number, notice = await with_photos(caller, server, *good)
        assert (len(await desk.tokens(int(number))), notice) == (5, {})


async def test_all_addresses_together_have_a_minute(
    desk: Desk, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.http.open311.pictures._SECONDS", 0.5)
    await caller.with_key()
    async with shop() as (server, asked), asyncio.timeout(5):
        number, notice = await with_photos(
            caller, server, "/good", "/slow1", "/slow2", "/slow3", "/good2"
        )
        assert len(await desk.tokens(int(number))) == 1
        assert asked == {"/good": 1, "/slow1": 1}
        assert notice == "Не удалось прочитать 4 фото, сообщение пришло без них."
